import { rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { AutoModelForSequenceClassification, AutoTokenizer, env } from "@xenova/transformers"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { compose } from "../src/compose.ts"
import { loadConfig } from "../src/config.ts"
import type { Reader } from "../src/core/ports.ts"
import { createCrossEncoderReader } from "../src/engine/cross-encoder-reader.ts"
import { createLimiter } from "../src/engine/limiter.ts"
import { loadCatalogue } from "../src/engine/models/catalogue.ts"
import type { ClassifierFolder } from "../src/engine/models/classifier.ts"
import { resolveReader } from "../src/engine/models/resolve-reader.ts"
import { listModels } from "../src/engine/models/store.ts"
import { findPairFrame } from "../src/engine/pair-frame.ts"
import { passageOf } from "./contract/reader.contract.ts"
import { makeTemporaryFolder, temporaryFolder } from "./support/folder.ts"
import { type TinyModel, writeTinyCrossEncoder, writeTinyEntailment } from "./support/tiny-onnx.ts"

const catalogue = loadCatalogue()
const QUESTION = "How many weeks of parental leave do parents get?"
const TEXT = "Parents (and carers) get 16 weeks of leave. It's paid at 80 %."
const CONFIG = { model_type: "bert", architectures: ["BertForSequenceClassification"], id2label: { 0: "LABEL_0" } }

const whole = makeTemporaryFolder()
beforeAll(() => writeTinyCrossEncoder(whole.path))
afterAll(() => whole.remove())

function folderOf(options: TinyModel = {}): string {
  const folder = join(temporaryFolder(), "tiny")
  writeTinyCrossEncoder(folder, options)
  return folder
}

async function resolved(folder: string): Promise<ClassifierFolder> {
  const reader = await resolveReader(folder, catalogue)
  if (reader.type !== "cross-encoder") throw new TypeError(`A folder is no reader of type ${reader.type}`)
  return reader.model
}

function open(model: ClassifierFolder): Reader {
  const reader = createCrossEncoderReader({ model, limiter: createLimiter(2), log: () => undefined })
  onTestFinished(() => reader.dispose())
  return reader
}

describe("resolveReader()", () => {
  test("takes the bundled one, one of the catalogue by its id, none, or a folder", async () => {
    const bundled = { type: "catalogue", model: expect.objectContaining({ id: "ibid-evidence-v1" }) }
    expect(await resolveReader("auto", catalogue)).toEqual(bundled)
    expect(await resolveReader("ibid-evidence-v1", catalogue)).toEqual(bundled)
    expect(await resolveReader("none", catalogue)).toEqual({ type: "none" })
    expect(await resolved(whole.path)).toMatchObject({
      ...{ folder: whole.path, weights: "onnx/model_quantized.onnx", labels: ["LABEL_0"], maxTokens: 512 },
      id: expect.stringMatching(/@[0-9a-f]{8}$/),
    })
  })

  test("names a model by its folder and its weights, so that others are not taken for it", async () => {
    const folder = folderOf()
    const { id, sha256 } = await resolved(folder)
    expect(id).toBe(`tiny@${sha256.slice(0, 8)}`)
    writeFileSync(join(folder, "onnx", "model_quantized.onnx"), "x", { flag: "a" })
    expect((await resolved(folder)).id).not.toBe(id)
  })

  test("throws model-not-found for an id that is not in the catalogue", async () => {
    await expect(resolveReader("ms-marco", catalogue)).rejects.toMatchObject({ code: "model-not-found" })
  })

  test.each(["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model_quantized.onnx"])(
    "throws model-missing without %s, and names it",
    async (file) => {
      const folder = folderOf()
      rmSync(join(folder, file))
      await expect(resolveReader(folder, catalogue)).rejects.toMatchObject({
        code: "model-missing",
        message: expect.stringMatching(new RegExp(`"tiny" of IBID_READER: .*${file}.* is not there$`)),
      })
    },
  )

  test("throws model-missing for a folder that is not there", async () => {
    await expect(resolveReader(join(temporaryFolder(), "no"), catalogue)).rejects.toMatchObject({
      code: "model-missing",
    })
  })

  test.each([
    ["another kind of model", { ...CONFIG, architectures: ["BertModel"] }, /ForSequenceClassification/],
    ["two labels", { ...CONFIG, id2label: { 0: "no", 1: "yes" } }, /one label, its config.json names 2/],
    ["no labels, which are two", { ...CONFIG, id2label: undefined }, /one label, its config.json names 2/],
    ["no architecture", { model_type: "bert" }, /its config.json cannot be read/],
  ])("throws model-damaged for %s", async (_, config, message) => {
    await expect(resolveReader(folderOf({ config }), catalogue)).rejects.toMatchObject({
      code: "model-damaged",
      message: expect.stringMatching(message),
    })
  })

  test("throws model-damaged where the weights are a pointer to them", async () => {
    const folder = folderOf()
    writeFileSync(join(folder, "onnx", "model_quantized.onnx"), "version https://git-lfs.github.com/spec/v1\n")
    await expect(resolveReader(folder, catalogue)).rejects.toMatchObject({
      code: "model-damaged",
      message: expect.stringContaining("is not an ONNX file"),
    })
  })
})

describe("createCrossEncoderReader()", () => {
  test("scores as the model does on the tokenizer's own pair encoding", async () => {
    env.allowRemoteModels = false
    const options = { local_files_only: true } as const
    const tokenizer = await AutoTokenizer.from_pretrained(whole.path, options)
    const model = await AutoModelForSequenceClassification.from_pretrained(whole.path, { ...options, dtype: "q8" })
    const output = await model(tokenizer(QUESTION, { text_pair: `Handbook > Leave: ${TEXT}` }))
    const passage = passageOf(TEXT, "Handbook", ["Leave"])
    const [reading] = await open(await resolved(whole.path)).read(QUESTION, [passage], {})
    expect(reading?.answerable).toBeCloseTo(output.logits.data[0], 4)
    expect(reading?.sentences).toBeNull()
  })

  test("takes a model that is not quantised", async () => {
    const [own, other] = [await resolved(folderOf({ weights: "onnx/model.onnx" })), await resolved(whole.path)]
    expect(own.weights).toBe("onnx/model.onnx")
    const read = (model: ClassifierFolder) => open(model).read(QUESTION, [passageOf(TEXT)], {})
    expect(await read(own)).toEqual(await read(other))
  })

  test("throws model-damaged where the weights end early", async () => {
    const folder = folderOf()
    truncateSync(join(folder, "onnx", "model_quantized.onnx"), 100_000)
    const call = open(await resolved(folder)).read(QUESTION, [passageOf(TEXT)], {})
    await expect(call).rejects.toMatchObject({ code: "model-damaged", message: expect.stringContaining('"tiny@') })
  })

  test("throws model-damaged where the model gives other logits than its labels are", async () => {
    const folder = join(temporaryFolder(), "three")
    writeTinyEntailment(folder, ["entailment", "neutral", "contradiction"], { config: CONFIG })
    const call = open(await resolved(folder)).read(QUESTION, [passageOf(TEXT)], {})
    await expect(call).rejects.toMatchObject({
      code: "model-damaged",
      message: expect.stringContaining("gives 3 logits, its config.json names 1 labels"),
    })
  })
})

describe("findPairFrame()", () => {
  const encode = (text: string) => [...text].map((letter) => letter.charCodeAt(0))

  test("finds what stands before, between and after two texts", () => {
    const frame = (before: number[], between: number[], after: number[]) =>
      findPairFrame((first, second) => [...before, ...encode(first), ...between, ...encode(second), ...after], encode)
    expect(frame([1], [2], [2])).toEqual({ before: [1], between: [2], after: [2] })
    expect(frame([0], [2, 2], [2])).toEqual({ before: [0], between: [2, 2], after: [2] })
    expect(frame([], [], [])).toEqual({ before: [], between: [], after: [] })
  })

  test("throws where the texts do not stand in their pair", () => {
    expect(() => findPairFrame(() => [1, 2, 3], encode)).toThrow(/does not put two texts/)
    expect(() => findPairFrame(encode, encode)).toThrow(/does not put two texts/)
  })
})

describe("IBID_READER", () => {
  const configured = (reader: string) =>
    loadConfig({ environment: { IBID_DATA: temporaryFolder(), IBID_READER: reader, IBID_GENERATOR: "none" } }).config

  test("a start refuses a folder that holds no cross-encoder", async () => {
    const log = () => undefined
    await expect(compose(configured(temporaryFolder()), { log })).rejects.toMatchObject({ code: "model-missing" })
    const folder = folderOf({ config: { ...CONFIG, architectures: ["BertModel"] } })
    await expect(compose(configured(folder), { log })).rejects.toMatchObject({ code: "model-damaged" })
  })

  test.each([
    ["none", null],
    ["auto", "ibid-evidence-v1"],
  ])("%s is in force from the start", async (setting, id) => {
    const kb = await compose(configured(setting), { log: () => undefined })
    onTestFinished(() => kb.dispose())
    expect(kb.models().reader).toBe(id)
  })

  test("a folder is in force from the start, and in the list of models beside those of the catalogue", async () => {
    const { id, bytes } = await resolved(whole.path)
    const kb = await compose(configured(whole.path), { log: () => undefined })
    onTestFinished(() => kb.dispose())
    expect(kb.models().reader).toBe(id)
    const listed = async (reader: string) => {
      const settings = { generator: "none", embedder: "all-minilm-l6-v2", reader, nli: "none", ocrLanguages: [] }
      const models = await listModels(catalogue, temporaryFolder(), settings)
      return models.filter(({ kind }) => kind === "reader").map((one) => [one.id, one.inUse, one.bytes] as const)
    }
    const [[bundled, , bundledBytes] = []] = await listed("auto")
    expect(await listed("auto")).toEqual([[bundled, true, bundledBytes]])
    expect(await listed("none")).toEqual([[bundled, false, bundledBytes]])
    expect(await listed(whole.path)).toEqual([
      [bundled, false, bundledBytes],
      [id, true, bytes],
    ])
    expect(await listed(join(whole.path, "gone"))).toEqual([[bundled, false, bundledBytes]])
  })
})
