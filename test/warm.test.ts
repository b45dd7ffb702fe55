import { expect, test } from "vitest"
import { warm } from "../src/app/warm.ts"
import { IbidError } from "../src/core/errors.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeEntailment } from "./support/fake-entailment.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { createFakeReader } from "./support/fake-reader.ts"

function parts(failure?: IbidError) {
  const loaded: string[] = []
  const logged: [string, unknown][] = []
  const embedder = createFakeEmbedder()
  const reader = createFakeReader()
  const entailment = createFakeEntailment()
  return {
    ...{ loaded, logged, embedder },
    reader: {
      ...reader,
      read: async (...call: Parameters<typeof reader.read>) => {
        if (failure !== undefined) throw failure
        loaded.push("reader")
        return await reader.read(...call)
      },
    },
    generator: { ...createFakeGenerator([]), warm: async () => void loaded.push("generator") },
    entailment: {
      ...entailment,
      judge: async (...call: Parameters<typeof entailment.judge>) => {
        loaded.push("entailment")
        return await entailment.judge(...call)
      },
    },
    log: (_: string, message: string, details: unknown) => void logged.push([message, details]),
  }
}

const { signal } = new AbortController()

test("warm() loads all models", async () => {
  const all = parts()
  await warm(all, signal)
  expect([all.embedder.embedded, all.loaded, all.logged]).toEqual([1, ["reader", "generator", "entailment"], []])
})

test("warm() goes on after a model that cannot be loaded, and tells of it", async () => {
  const all = parts(new IbidError("model-damaged", "Cannot load it"))
  await warm(all, signal)
  expect(all.loaded).toEqual(["generator", "entailment"])
  expect(all.logged).toEqual([
    ["a model could not be loaded ahead of questions", { model: "fake-reader", code: "model-damaged" }],
  ])
})

test("warm() is quiet about an end of the program", async () => {
  const all = parts()
  await warm(all, AbortSignal.abort())
  expect(all.logged).toEqual([])
})
