import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { replay } from "../src/app/replay.ts"
import { compose } from "../src/compose.ts"
import { loadConfig } from "../src/config.ts"
import type { Entailment, EntailmentShares } from "../src/core/ports.ts"
import { createLimiter } from "../src/engine/limiter.ts"
import { loadCatalogue } from "../src/engine/models/catalogue.ts"
import { resolveEntailment } from "../src/engine/models/resolve-entailment.ts"
import { listModels } from "../src/engine/models/store.ts"
import { createTransformersEntailment } from "../src/engine/transformers-entailment.ts"
import { type AnsweringBase, LEAVE, openAnsweringBase } from "./support/answering-base.ts"
import { createFakeEntailment, type FakeEntailment } from "./support/fake-entailment.ts"
import { makeTemporaryFolder, temporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"
import { writeTinyCrossEncoder, writeTinyEntailment } from "./support/tiny-onnx.ts"

const LEAVE_QUESTION = "How many weeks of paid leave do parents get?"
const PUMP_QUESTION = "How many newton metres are the housing bolts of the pump tightened to?"
const WRITTEN = "Parents get 16 weeks of paid leave."
const log = () => undefined

function folderOf(labels: readonly string[]): string {
  const folder = join(temporaryFolder(), "nli")
  writeTinyEntailment(folder, labels)
  return folder
}

describe("resolveEntailment()", () => {
  test("finds the labels by their names, in any order and any case", async () => {
    const one = await resolveEntailment(folderOf(["CONTRADICTION", "Neutral", "entailment"]))
    expect(one).toMatchObject({
      id: expect.stringMatching(/^nli@[0-9a-f]{8}$/),
      places: { contradiction: 0, neutral: 1, entailment: 2 },
    })
    expect(await resolveEntailment("none")).toBeNull()
  })

  test("throws model-damaged for a model of other labels, and names them", async () => {
    const folder = join(temporaryFolder(), "cross-encoder")
    writeTinyCrossEncoder(folder)
    await expect(resolveEntailment(folder)).rejects.toMatchObject({
      code: "model-damaged",
      message: expect.stringMatching(/labels entailment, neutral and contradiction, it names LABEL_0$/),
    })
  })

  test("throws model-missing for a folder without a model, and names the setting", async () => {
    await expect(resolveEntailment(temporaryFolder())).rejects.toMatchObject({
      code: "model-missing",
      message: expect.stringContaining("IBID_NLI"),
    })
  })
})

describe("createTransformersEntailment()", () => {
  test("gives the same shares whatever the order of the labels", async () => {
    const orders = [
      ["entailment", "neutral", "contradiction"],
      ["CONTRADICTION", "ENTAILMENT", "NEUTRAL"],
    ]
    const shares: EntailmentShares[] = []
    for (const labels of orders) {
      const model = await resolveEntailment(folderOf(labels))
      if (model === null) throw new TypeError("A folder is a model")
      const entailment = createTransformersEntailment({ model, limiter: createLimiter(2), log })
      onTestFinished(() => entailment.dispose())
      shares.push(await entailment.judge(LEAVE, "Parents get no leave of 16 weeks.", {}))
    }
    expect(shares[0]).toEqual(shares[1])
    expect(new Set(Object.values(shares[0] ?? {})).size).toBe(3)
  })
})

describe("the answer flow and a model of entailment", () => {
  const folder = makeTemporaryFolder()
  let shares: EntailmentShares | null = null
  let fake: FakeEntailment
  let base: AnsweringBase
  beforeAll(async () => {
    fake = createFakeEntailment()
    const entailment: Entailment = {
      ...fake,
      judge: async (...call) => {
        const judged = await fake.judge(...call)
        return shares ?? judged
      },
    }
    base = await openAnsweringBase(folder.path, { entailment })
  }, 60_000)
  afterAll(async () => {
    await base.kb.dispose()
    folder.remove()
  })

  async function ask(question: string, given: EntailmentShares | null = null) {
    shares = given
    const before = fake.asked.length
    const answer = await base.ask(question)
    return {
      answer,
      asked: fake.asked.slice(before),
      receipt: await base.kb.getAnswer(answer.id, { principal: ADMIN }),
    }
  }

  test("shows a sentence that the evidence entails, asked with the title of its document, and keeps the shares", async () => {
    const { answer, asked, receipt } = await ask(LEAVE_QUESTION)
    expect(answer).toMatchObject({ mode: "generated", text: `${WRITTEN} [1]` })
    expect(asked).toEqual([{ premise: `Leave: ${LEAVE}`, hypothesis: WRITTEN }])
    expect(receipt.models.entailment).toEqual({ id: "fake-entailment", sha256: null })
    expect(receipt.trace).toMatchObject({
      withheld: null,
      entailment: [{ entailment: 0.95, neutral: 0, contradiction: 0.05 }],
    })
  })

  test.each([
    ["contradicted", { entailment: 0.3, neutral: 0.3, contradiction: 0.4 }],
    ["not said", { entailment: 0.45, neutral: 0.5, contradiction: 0.05 }],
    ["as likely not said", { entailment: 0.5, neutral: 0.5, contradiction: 0 }],
  ])("withholds a sentence that is %s, and the quote stands in for it", async (_, given) => {
    const { answer, receipt } = await ask(LEAVE_QUESTION, given)
    expect(answer).toMatchObject({ status: "answered", mode: "extractive", text: `“${LEAVE}” [1]` })
    expect(answer.warnings).toEqual([
      {
        code: "sentence-withheld",
        message: "The written sentence was withheld, the quote stands in for it: not-entailed",
      },
    ])
    expect(receipt).toMatchObject({ written: WRITTEN, trace: { withheld: "not-entailed", entailment: [given] } })
  })

  test("is not asked about what the gate withholds, nor where nothing is written", async () => {
    const withheld = await ask(PUMP_QUESTION)
    expect(withheld.asked).toEqual([])
    expect(withheld.receipt.trace.withheld).toBe("not-in-evidence")
    expect(withheld.receipt.trace.entailment).toBeUndefined()
    const before = fake.asked.length
    expect(await base.ask({ question: LEAVE_QUESTION, generate: false })).toMatchObject({ mode: "extractive" })
    expect(fake.asked).toHaveLength(before)
  })

  test("is named by a replay where another one was in force", async () => {
    const { receipt } = await ask(LEAVE_QUESTION)
    const changesWith = async (parts: typeof base.parts) =>
      (await replay(receipt, receipt.collections, parts, { principal: ADMIN })).changes
    expect(await changesWith(base.parts)).toEqual([])
    expect(await changesWith({ ...base.parts, entailment: null })).toEqual([
      { what: "entailment", before: "fake-entailment", now: null },
    ])
  })
})

describe("IBID_NLI", () => {
  const configured = (nli: string) =>
    loadConfig({ environment: { IBID_DATA: temporaryFolder(), IBID_NLI: nli, IBID_GENERATOR: "none" } }).config

  test("is none unless it is set", () => {
    expect(loadConfig({ environment: {} }).config.nli).toBe("none")
  })

  test("a start refuses a folder that holds no such model", async () => {
    await expect(compose(configured(temporaryFolder()), { log })).rejects.toMatchObject({ code: "model-missing" })
    const folder = folderOf(["yes", "no", "maybe"])
    await expect(compose(configured(folder), { log })).rejects.toMatchObject({ code: "model-damaged" })
    writeFileSync(join(folder, "onnx", "model_quantized.onnx"), "<html>")
    await expect(compose(configured(folder), { log })).rejects.toMatchObject({ code: "model-damaged" })
  })

  test("a folder is in force from the start, and in the list of models", async () => {
    const folder = folderOf(["entailment", "neutral", "contradiction"])
    const kb = await compose(configured(folder), { log })
    await kb.dispose()
    const settings = { generator: "none", embedder: "all-minilm-l6-v2", reader: "auto", ocrLanguages: [] }
    const listed = async (nli: string) => {
      const models = await listModels(loadCatalogue(), temporaryFolder(), { ...settings, nli })
      return models.filter(({ kind }) => kind === "nli")
    }
    expect(await listed("none")).toEqual([])
    expect(await listed(folder)).toMatchObject([{ id: expect.stringMatching(/^nli@/), installed: true, inUse: true }])
  })
})
