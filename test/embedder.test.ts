import { cpSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env, pipeline } from "@xenova/transformers"
import { describe, expect, onTestFinished, test } from "vitest"
import type { Embedder } from "../src/core/ports.ts"
import { createLimiter } from "../src/engine/limiter.ts"
import type { EmbedderOptions } from "../src/engine/transformers-embedder.ts"
import { createBundledEmbedder, EMBEDDER, modelFolder } from "./support/bundled-models.ts"
import { temporaryFolder } from "./support/folder.ts"

function open(options: Partial<EmbedderOptions> = {}): Embedder {
  const embedder = createBundledEmbedder(options)
  onTestFinished(() => embedder.dispose())
  return embedder
}

/** The bundled model's folder, to be broken. */
function copyModel(): string {
  const folder = join(temporaryFolder(), "model")
  cpSync(modelFolder("all-MiniLM-L6-v2"), folder, { recursive: true })
  return folder
}

describe("createTransformersEmbedder()", () => {
  test("embeds as the model's own pipeline does", async () => {
    env.allowRemoteModels = false
    const folder = modelFolder("all-MiniLM-L6-v2")
    const extract = await pipeline("feature-extraction", folder, { dtype: "q8", local_files_only: true })
    const texts = ["How long is parental leave?", "The pump PF-2210-B needs oil every 500 hours.", "naïve café"]
    const vectors = await open().embed(texts, { kind: "passage" })
    for (const [at, text] of texts.entries()) {
      const expected = await extract(text, { pooling: "mean", normalize: true })
      for (const [place, value] of [...(expected.data as Float32Array)].entries()) {
        expect(vectors[at]?.[place]).toBeCloseTo(value, 4)
      }
    }
  })

  test("puts the model's prefixes before questions and passages", async () => {
    const prefixed = open({ model: { ...EMBEDDER, queryPrefix: "query: ", passagePrefix: "passage: " } })
    const plain = open()
    const [query] = await prefixed.embed(["leave"], { kind: "query" })
    const [passage] = await prefixed.embed(["leave"], { kind: "passage" })
    expect(await plain.embed(["query: leave", "passage: leave"], { kind: "query" })).toEqual([query, passage])
  })

  test("cuts a text at the model's limit", async () => {
    const embedder = open({ model: { ...EMBEDDER, maxTokens: 8 } })
    const texts = ["one two three four five six", "one two three four five six seven eight", "one two three four five"]
    const [six, eight, five] = await embedder.embed(texts, { kind: "passage" })
    expect(eight).toEqual(six)
    expect(five).not.toEqual(six)
  })

  test("answers a question while it embeds passages", async () => {
    const embedder = open({ limiter: createLimiter(1), processes: 1 })
    const order: string[] = []
    const texts = Array.from({ length: 60 }, (_, at) => `Sentence number ${at} about something. `.repeat(12))
    const passages = embedder.embed(texts, { kind: "passage" }).then(() => order.push("passages"))
    const question = embedder.embed(["How long is leave?"], { kind: "query" }).then(() => order.push("question"))
    await Promise.all([passages, question])
    expect(order).toEqual(["question", "passages"])
  })

  test("throws model-missing with a hint where a file is not there", async () => {
    const call = open({ folder: temporaryFolder() }).embed(["a"], { kind: "query" })
    await expect(call).rejects.toMatchObject({
      code: "model-missing",
      message: expect.stringMatching(/"all-minilm-l6-v2".*ibid models import PATH$/),
    })
  })

  test("throws model-damaged where the file is not the published one", async () => {
    const folder = copyModel()
    writeFileSync(join(folder, "onnx", "model_quantized.onnx"), "x", { flag: "a" })
    await expect(open({ folder }).embed(["a"], { kind: "query" })).rejects.toMatchObject({ code: "model-damaged" })
  })

  test("throws model-damaged where the file cannot be read, its hash not being known", async () => {
    const folder = copyModel()
    truncateSync(join(folder, "onnx", "model_quantized.onnx"), 1_000_000)
    const call = open({ folder, model: { ...EMBEDDER, sha256: null } }).embed(["a"], { kind: "query" })
    await expect(call).rejects.toMatchObject({ code: "model-damaged" })
  })

  test("throws model-damaged where vectors have another length than stated", async () => {
    const call = open({ model: { ...EMBEDDER, dimensions: 512 } }).embed(["a"], { kind: "query" })
    await expect(call).rejects.toMatchObject({ code: "model-damaged" })
  })

  test("gives a fingerprint that changes with whatever changes the vectors", () => {
    const changes: Partial<typeof EMBEDDER>[] = [
      {},
      { id: "other" },
      { sha256: null },
      { pooling: "cls" },
      { queryPrefix: "q: " },
      { passagePrefix: "p: " },
      { maxTokens: 256 },
    ]
    const fingerprints = changes.map((change) => open({ model: { ...EMBEDDER, ...change } }).fingerprint)
    expect(new Set(fingerprints).size).toBe(changes.length)
    expect(open({ model: { ...EMBEDDER, denseWeight: 0.1 } }).fingerprint).toBe(fingerprints[0])
  })
})
