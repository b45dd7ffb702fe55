import { readdirSync, readFileSync } from "node:fs"
import { extname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeSample } from "../data/make-sample.ts"
import { evalRows } from "./support/eval-rows.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"
import { openSampleBase, SAMPLE } from "./support/sample-base.ts"

interface Question {
  readonly _id: string
  readonly text: string
  readonly answers: readonly string[]
  readonly answerable: boolean
  readonly document?: string
  readonly quote?: string
}

const questions = evalRows<Question>("sample/questions.jsonl")
const files = readdirSync(SAMPLE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

let sample: Awaited<ReturnType<typeof openSampleBase>>

beforeAll(async () => {
  sample = await openSampleBase()
}, 120_000)
afterAll(async () => await sample.dispose())

test("the sample has about forty files in all common formats", () => {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(extname(file.name), (counts.get(extname(file.name)) ?? 0) + 1)
  expect(files.length).toBeGreaterThanOrEqual(40)
  for (const extension of [".md", ".txt", ".html", ".pdf", ".docx", ".csv"]) {
    expect([extension, counts.get(extension) ?? 0]).toEqual([extension, expect.any(Number)])
    expect(counts.get(extension) ?? 0).toBeGreaterThanOrEqual(5)
  }
})

test("makeSample() makes the committed bytes again", async () => {
  const again = temporaryFolder()
  const written = await makeSample(again)
  expect(written.length).toBeGreaterThanOrEqual(12)
  for (const path of written) {
    expect([path, readFileSync(join(again, path)).equals(readFileSync(join(SAMPLE, path)))]).toEqual([path, true])
  }
})

test("every file is indexed, the scan and the photo by recognition that is sure", () => {
  expect(sample.failures).toEqual([])
  expect(sample.texts.size).toBeGreaterThanOrEqual(files.length)
  expect([...sample.confidences.keys()].sort()).toEqual([
    ...["operations/delivery-note-scan.pdf", "operations/hall-3-notice.png"],
  ])
  for (const confidence of sample.confidences.values()) expect(confidence).toBeGreaterThan(80)
})

test("there are at least 60 questions, 15 of them not answerable, each once", () => {
  expect(questions.length).toBeGreaterThanOrEqual(60)
  expect(questions.filter((question) => !question.answerable).length).toBeGreaterThanOrEqual(15)
  expect(new Set(questions.map((question) => question._id)).size).toBe(questions.length)
  expect(new Set(questions.map((question) => question.text)).size).toBe(questions.length)
})

test.each(questions.filter((question) => question.answerable).map((question) => [question._id, question] as const))(
  "%s: the answer stands in the quote, and the quote in its document",
  (_, { answers, quote = "", document = "" }) => {
    for (const answer of answers) expect(quote).toContain(answer)
    expect(sample.texts.get(document)?.replace(/\s+/g, " ")).toContain(quote.replace(/\s+/g, " "))
  },
)

test("every quote of an answer equals the canonical text at its place", async () => {
  let citations = 0
  for (const { text } of questions.filter((_, at) => at % EVERY === 0)) {
    for await (const event of sample.base.kb.ask({ question: text, generate: false }, { principal: ADMIN })) {
      if (event.type !== "answer") continue
      citations += event.answer.citations.length
      for (const { path, start, end, quote } of [...event.answer.citations, ...event.answer.evidence]) {
        expect(sample.texts.get(path)?.slice(start, end)).toBe(quote)
      }
      expect(event.answer.citations.every(({ verified }) => verified)).toBe(true)
    }
  }
  expect(citations).toBeGreaterThan(5)
})

test("the questions are found: nDCG@10 at least .95, and no arm alone is better than both", async () => {
  const { retrieval } = await sample.evaluate({ answers: false })
  expect(retrieval.ndcg10).toBeGreaterThanOrEqual(0.95)
  expect(retrieval.ndcg10).toBeGreaterThanOrEqual(Math.max(retrieval.byArm.dense, retrieval.byArm.lexical))
})

test("the gold sentence is among the evidence for nine in ten, and no answer says more than its quotes", async () => {
  const { answers, abstention } = await sample.evaluate({ answers: true, limit: ASKED })
  expect(answers?.asked).toBe(ASKED)
  expect(answers?.quoteExactness).toBe(1)
  expect(answers?.unsupportedSentences).toBe(0)
  expect(answers?.evidenceRecall5).toBeGreaterThanOrEqual(0.9)
  expect(abstention?.auroc).toBeGreaterThanOrEqual(0.9)
})

/** Answers take most of the time: here some questions are asked, all of them in `test/full/sample-answers.test.ts`. */
const ASKED = 24
const EVERY = 18
