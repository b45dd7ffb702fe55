import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Evaluation } from "../src/app/answer-metrics.ts"
import { readQuestionSet } from "../src/app/question-set.ts"
import { ADMIN, type Models, openBundledModels, openTestBase } from "./support/knowledge-base.ts"

const CORPUS = [
  { _id: "leave", title: "Leave", text: "Parents get 16 weeks of paid leave after a birth." },
  { _id: "pump", title: "Pump", text: "The bolts of the housing are tightened to 24 newton metres." },
  { _id: "canteen", title: "Canteen", text: "Lunch costs 3.80 euros for employees." },
]
const QUERIES = [
  { _id: "q1", text: "How many weeks of paid leave do parents get?", answers: ["16 weeks"], answerable: true },
  { _id: "q2", text: "What does lunch cost for employees?", answers: ["3.80 euros"], answerable: true },
  { _id: "q3", text: "What is the capital of Mongolia?", answers: [], answerable: false },
  {
    _id: "q4",
    text: "How tight are the bolts of the housing?",
    answers: ["24"],
    answerable: true,
    split: "reader-train",
  },
]

let folder: string
let set: string
let models: Models

beforeAll(() => {
  models = openBundledModels()
  folder = mkdtempSync(join(tmpdir(), "ibid-eval-test-"))
  set = join(folder, "set")
  mkdirSync(set)
  const jsonl = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")
  writeFileSync(join(set, "corpus.jsonl"), jsonl(CORPUS))
  writeFileSync(join(set, "queries.jsonl"), jsonl(QUERIES))
  writeFileSync(join(set, "qrels.tsv"), "query-id\tcorpus-id\tscore\nq1\tleave\t1\nq2\tcanteen\t1\nq4\tpump\t1\n")
})
afterAll(async () => {
  await models.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function run(answers: boolean, limit?: number): Promise<Evaluation> {
  const base = await openTestBase(mkdtempSync(join(folder, "data-")), models)
  try {
    const options = { answers, generate: false, principal: ADMIN, ...(limit === undefined ? {} : { limit }) }
    for await (const event of base.kb.evaluate(await readQuestionSet(set), options)) {
      if (event.type === "evaluation") return event.evaluation
    }
    throw new Error("There is an evaluation")
  } finally {
    await base.kb.dispose()
  }
}

test("evaluate() measures retrieval by arm in the shape of the contract", async () => {
  const evaluation = await run(false)
  expect(evaluation).toMatchObject({ set: "set", documents: 3, queries: 3 })
  expect(evaluation.retrieval).toEqual({ ndcg10: 1, recall10: 1, recall100: 1, mrr10: 1, byArm: expect.any(Object) })
  expect(Object.keys(evaluation.retrieval.byArm)).toEqual(["lexical", "dense", "firstStage", "fused"])
  expect(evaluation).not.toHaveProperty("answers")
})

test("evaluate() with answers asks what the reader was not trained on, and counts abstention", async () => {
  const { answers, abstention } = await run(true)
  expect(answers).toMatchObject({ asked: 3, answered: 1, quoteExactness: 1, citationPrecision: 1, citationRecall: 1 })
  expect(answers).toMatchObject({ evidenceRecall5: 1, unsupportedSentences: 0 })
  expect(abstention).toMatchObject({ asked: 3, auroc: 1, precision: 1, recall: 1, f1: 1 })
})

test("evaluate() with a limit spreads the questions over the set", async () => {
  expect((await run(false, 2)).queries).toBe(1)
})

test("readQuestionSet() names what is missing and the line that is wrong", async () => {
  const broken = mkdtempSync(join(folder, "broken-"))
  await expect(readQuestionSet(broken)).rejects.toMatchObject({ code: "path-not-found" })
  writeFileSync(join(broken, "queries.jsonl"), '{"_id":"1","text":"a"}\nnot json\n')
  await expect(readQuestionSet(broken)).rejects.toThrow(/corpus/)
  writeFileSync(join(broken, "corpus.jsonl"), "")
  await expect(readQuestionSet(broken)).rejects.toThrow(/line 2/)
})

test("readQuestionSet() takes relevance from the questions where there is no table", async () => {
  const own = mkdtempSync(join(folder, "own-"))
  mkdirSync(join(own, "docs"))
  writeFileSync(
    join(own, "questions.jsonl"),
    '{"id":"c1","question":"a?","answer":"b","doc":"docs/x/y.md","quote":"b."}\n',
  )
  const { questions, relevance, docs } = await readQuestionSet(own)
  expect(questions).toEqual([{ id: "c1", text: "a?", answers: ["b"], answerable: true, quote: "b.", split: null }])
  expect(relevance.get("c1")).toEqual(new Map([["x/y.md", 1]]))
  expect(docs).toBe(join(own, "docs"))
})
