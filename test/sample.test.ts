import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { extname, join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeSample } from "../data/make-sample.ts"
import { packageRoot } from "../src/core/package-root.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN, type Models, openBundledModels, openTestBase, type TestBase } from "./support/knowledge-base.ts"

interface Question {
  readonly _id: string
  readonly text: string
  readonly answers: readonly string[]
  readonly answerable: boolean
  readonly document?: string
  readonly quote?: string
}

const sample = join(packageRoot, "data", "sample")
const questions: Question[] = readFileSync(join(packageRoot, "data", "eval", "sample", "questions.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line))
const files = readdirSync(sample, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

let folder: string
let models: Models
let base: TestBase
const texts = new Map<string, string>()
const failures: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ibid-sample-"))
  models = openBundledModels()
  base = await openTestBase(folder, models)
  for (const event of await base.ingest(sample)) {
    if (event.event === "document-failed") failures.push(`${event.path} ${event.code}`)
    if (event.event === "document-indexed" || event.event === "document-recognised")
      texts.set(event.path, await base.kb.readText(event.documentId, {}, { principal: ADMIN }))
  }
}, 120_000)
afterAll(async () => {
  await base.kb.dispose()
  await models.dispose()
  rmSync(folder, { recursive: true, force: true })
})

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
    expect([path, readFileSync(join(again, path)).equals(readFileSync(join(sample, path)))]).toEqual([path, true])
  }
})

test("every file is indexed, the scan by recognition", () => {
  expect(failures).toEqual([])
  expect(texts.size).toBeGreaterThanOrEqual(files.length)
  expect(texts.get("operations/delivery-note-scan.pdf")).toMatch(/delivery note/i)
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
    expect(texts.get(document)?.replace(/\s+/g, " ")).toContain(quote.replace(/\s+/g, " "))
  },
)

test("every quote of every answer over the sample equals the canonical text at its place", async () => {
  let citations = 0
  for (const { text } of questions) {
    for await (const event of base.kb.ask({ question: text, generate: false }, { principal: ADMIN })) {
      if (event.type !== "answer") continue
      for (const citation of event.answer.citations) {
        citations++
        expect(citation.verified).toBe(true)
        expect(texts.get(citation.path)?.slice(citation.start, citation.end)).toBe(citation.quote)
      }
      for (const evidence of event.answer.evidence) {
        expect(texts.get(evidence.path)?.slice(evidence.start, evidence.end)).toBe(evidence.quote)
      }
    }
  }
  expect(citations).toBeGreaterThan(50)
})

test("the questions are found: nDCG@10 at least .95, and the gold sentence among the evidence for nine in ten", async () => {
  const { readQuestionSet } = await import("../src/app/question-set.ts")
  const set = await readQuestionSet(join(packageRoot, "data", "eval", "sample"))
  for await (const event of base.kb.evaluate(set, { answers: true, generate: false, principal: ADMIN })) {
    if (event.type !== "evaluation") continue
    const { retrieval, answers, abstention } = event.evaluation
    expect(retrieval.ndcg10).toBeGreaterThanOrEqual(0.95)
    expect(retrieval.ndcg10).toBeGreaterThanOrEqual(Math.max(retrieval.byArm.dense, retrieval.byArm.lexical))
    expect(answers?.quoteExactness).toBe(1)
    expect(answers?.unsupportedSentences).toBe(0)
    expect(answers?.evidenceRecall5).toBeGreaterThanOrEqual(0.9)
    expect(abstention?.auroc).toBeGreaterThanOrEqual(0.9)
  }
})
