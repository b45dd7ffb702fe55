import { AutoModel, AutoTokenizer, env, type PreTrainedModel, type PreTrainedTokenizer } from "@xenova/transformers"
import { beforeAll, describe, expect, onTestFinished, test } from "vitest"
import type { Reader } from "../src/core/ports.ts"
import { splitSentences } from "../src/core/sentences.ts"
import { packWindows } from "../src/engine/reader-windows.ts"
import type { ReaderOptions } from "../src/engine/transformers-reader.ts"
import { passageOf } from "./contract/reader.contract.ts"
import { createBundledReader, modelFolder, READER } from "./support/bundled-models.ts"
import { temporaryFolder } from "./support/folder.ts"

const QUESTION = "How many weeks of parental leave do parents get?"
const TEXT =
  "Parents (and carers) get 16 weeks, i.e. 112 days, of leave. It's paid at 80 %… “Naïve” cafés — see §4.2!\n" +
  "| Grade | Weeks |\nThe form HR-12/b is due by 3 p.m. 日本語 works too. Ask hr@example.com."
const SPECIAL = { before: [101], between: [102], after: [102] }

let tokenizer: PreTrainedTokenizer
let model: PreTrainedModel
beforeAll(async () => {
  env.allowRemoteModels = false
  const folder = modelFolder("ibid-evidence-v1")
  tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true })
  model = await AutoModel.from_pretrained(folder, { dtype: "q8", local_files_only: true })
})

function open(options: Partial<ReaderOptions> = {}): Reader {
  const reader = createBundledReader(options)
  onTestFinished(() => reader.dispose())
  return reader
}

const encode = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false })
const tokensOf = (title: string, text: string) => ({
  question: encode(QUESTION),
  title: encode(title),
  sentences: splitSentences(text).map(({ start, end }) => encode(text.slice(start, end))),
})

describe("packWindows()", () => {
  test("of a passage's sentences gives the encoding of question and whole passage together", () => {
    const [window, ...others] = packWindows(tokensOf("Handbook > Leave:", TEXT), SPECIAL, 256)
    const joint = tokenizer(QUESTION, { text_pair: `Handbook > Leave: ${TEXT}`, return_tensor: false })
    expect(others).toEqual([])
    expect(window?.ids).toEqual(joint.input_ids)
    expect(window?.typeIds).toEqual(joint.token_type_ids)
  })

  test("keeps sentences whole, in order, each in one window, within the limit", () => {
    const lengths = [100, 100, 3, 50, 170, 1, 90]
    const sentences = lengths.map((length, at) => Array<number>(length).fill(1_000 + at))
    const windows = packWindows({ question: [1, 2], title: [3], sentences }, SPECIAL, 256)
    expect(windows.map(({ spans }) => spans.map(({ sentence }) => sentence))).toEqual([[0, 1, 2], [3, 4, 5], [6]])
    for (const { ids, spans } of windows) {
      expect(ids.length).toBeLessThanOrEqual(256)
      for (const { sentence, start, end } of spans) expect(ids.slice(start, end)).toEqual(sentences[sentence])
    }
  })

  test("cuts a sentence that is longer than a window, a question after 48 tokens and a title after 24", () => {
    const long = Array<number>(999).fill(7)
    const windows = packWindows({ question: long, title: long, sentences: [long, [8]] }, SPECIAL, 256)
    expect(windows.map(({ ids }) => ids.length)).toEqual([256, 76])
    expect(windows[0]?.ids.indexOf(102)).toBe(49)
    expect(windows[0]?.spans).toEqual([{ sentence: 0, start: 74, end: 255 }])
  })

  test("gives no window for sentences without tokens", () => {
    expect(packWindows({ question: [1], title: [], sentences: [[], []] }, SPECIAL, 256)).toEqual([])
  })
})

describe("createTransformersReader()", () => {
  test("scores as the model does on the plain pair encoding of its card", async () => {
    const passage = passageOf(TEXT, "Handbook", ["Leave"])
    const [reading] = await open().read(QUESTION, [passage], {})
    const output = await model(tokenizer(QUESTION, { text_pair: `Handbook > Leave: ${TEXT}` }))
    expect(reading?.answerable).toBeCloseTo(output["answerable"].data[0], 3)
    const logits = [...(output["token_logits"].data as Float32Array)]
    const [window] = packWindows(tokensOf("Handbook > Leave:", TEXT), SPECIAL, 256)
    for (const { sentence, start, end } of window?.spans ?? []) {
      const mean = logits.slice(start, end).reduce((sum, logit) => sum + logit, 0) / (end - start)
      expect(reading?.sentences?.[sentence]).toBeCloseTo(Math.max(-12, mean), 3)
    }
  })

  test("gives a long passage the largest logit of its windows", async () => {
    const reader = open()
    const sentences = Array.from({ length: 60 }, (_, at) => `The pump number ${at} needs oil every 500 hours.`)
    const answer = "Parents get 16 weeks of parental leave."
    const passages = [[...sentences, answer], sentences, [answer]].map((all) => passageOf(all.join(" ")))
    const [whole, without, alone] = (await reader.read(QUESTION, passages, {})).map(({ answerable }) => answerable)
    expect(whole).toBeGreaterThan(without ?? Number.NaN)
    expect(alone).toBeGreaterThan(without ?? Number.NaN)
  })

  test("throws model-missing with a hint where a file is not there", async () => {
    const call = open({ folder: temporaryFolder() }).read(QUESTION, [passageOf(TEXT)], {})
    await expect(call).rejects.toMatchObject({
      code: "model-missing",
      message: expect.stringMatching(/"ibid-evidence-v1".*ibid models import PATH$/),
    })
  })

  test("throws model-damaged where the file is not the published one", async () => {
    const call = open({ model: { ...READER, sha256: "0".repeat(64) } }).read(QUESTION, [passageOf(TEXT)], {})
    await expect(call).rejects.toMatchObject({ code: "model-damaged" })
  })
})
