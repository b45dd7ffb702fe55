import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Evaluation } from "../src/app/answer-metrics.ts"
import { type QuestionSet, readCorpus, readQuestionSet } from "../src/app/question-set.ts"
import { IbidError } from "../src/core/errors.ts"
import type { CollectionId } from "../src/core/types.ts"
import { writeTuning } from "../src/db/tunings.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { ADMIN, type Models, openBundledModels, openTestBase, type TestBase } from "./support/knowledge-base.ts"

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

async function run(answers: boolean, limit?: number, files: { readonly qrels?: string } = {}): Promise<Evaluation> {
  return await evaluation(await readQuestionSet(set, files), mkdtempSync(join(folder, "data-")), { answers, limit })
}

async function evaluation(
  questions: QuestionSet,
  data: string,
  { answers, limit }: { readonly answers: boolean; readonly limit?: number | undefined },
): Promise<Evaluation> {
  const base = await openTestBase(data, models)
  try {
    const options = { answers, generate: false, principal: ADMIN, ...(limit === undefined ? {} : { limit }) }
    for await (const event of base.kb.evaluate(questions, options)) {
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

describe("evaluate() with answers judges by gold only the questions that have it", () => {
  const measured = async (questions: readonly object[]) => {
    const own = mkdtempSync(join(folder, "gold-"))
    cpSync(set, own, { recursive: true })
    writeFileSync(join(own, "queries.jsonl"), questions.map((row) => `${JSON.stringify(row)}\n`).join(""))
    return await evaluation(await readQuestionSet(own), mkdtempSync(join(folder, "data-")), { answers: true })
  }
  const question = (id: string, text: string, more: object = {}) => ({ _id: id, text, ...more })
  const [leave, lunch] = ["How many weeks of paid leave do parents get?", "What does lunch cost for employees?"]

  test("others do not count as wrong", async () => {
    const gold = { answers: ["3.80 euros"] }
    const { answers: alone } = await measured([question("q2", lunch, gold)])
    const rows = [question("q1", leave, { answers: [" "], quote: "" }), question("q2", lunch, gold)]
    // its answer is there, its document is not named
    const { answers } = await measured([...rows, question("q9", leave, { answers: ["16 weeks"] })])
    expect(answers).toMatchObject({ asked: 3, citationRecall: alone?.citationRecall, f1: expect.any(Number) })
    expect(answers?.evidenceRecall5).toBe(1)
  })

  test("without any the values are null, and a quote alone judges citations", async () => {
    const none = { em: null, f1: null, citationPrecision: null, citationRecall: null }
    const ranks = { evidenceRecall1: null, evidenceRecall3: null, evidenceRecall5: null }
    expect((await measured([question("q1", leave)])).answers).toMatchObject({ asked: 1, ...none, ...ranks })
    const quoted = await measured([question("q1", leave, { quote: CORPUS[0]?.text })])
    expect(quoted.answers).toMatchObject({ em: null, f1: null, evidenceRecall1: 1 })
  })
})

test("evaluate() throws where the language model is busy: quotes alone would be measured in its name", async () => {
  const generator = createFakeGenerator(() => {
    throw new IbidError("overloaded", "Busy")
  })
  const base = await openTestBase(mkdtempSync(join(folder, "data-")), models, { generator })
  try {
    const questions = await readQuestionSet(set, {})
    const measured = async () => {
      for await (const _ of base.kb.evaluate(questions, { answers: true, generate: true, principal: ADMIN }));
    }
    await expect(measured()).rejects.toMatchObject({ code: "overloaded" })
  } finally {
    await base.kb.dispose()
  }
})

test("evaluate() with a limit spreads the questions over the set", async () => {
  expect((await run(false, 2)).queries).toBe(1)
})

test("evaluate() takes a question whose gains are all 0 for one without relevant documents", async () => {
  writeFileSync(join(set, "zero.tsv"), "query-id\tcorpus-id\tscore\nq1\tleave\t1\nq1\tpump\t0\nq2\tpump\t0\n")
  const { queries, retrieval } = await run(false, undefined, { qrels: "zero.tsv" })
  expect([queries, retrieval.ndcg10]).toEqual([1, 1])
})

describe("evaluate() goes on without documents that cannot be indexed, and counts them in every run", () => {
  const measuredTwice = async (own: string) => {
    writeFileSync(join(own, "queries.jsonl"), `${JSON.stringify({ ...QUERIES[0], document: "leave" })}\n`)
    const data = mkdtempSync(join(folder, "data-"))
    for (const _ of ["first", "again"]) {
      const { documents, failedDocuments } = await evaluation(await readQuestionSet(own), data, { answers: false })
      expect([documents, failedDocuments]).toEqual([2, 1])
    }
  }

  test("of a corpus", async () => {
    const own = mkdtempSync(join(folder, "failing-"))
    const rows = [{ _id: "empty", title: "", text: "" }, CORPUS[0]]
    writeFileSync(join(own, "corpus.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
    await measuredTwice(own)
  })

  test("of a folder", async () => {
    const own = mkdtempSync(join(folder, "failing-"))
    mkdirSync(join(own, "docs"))
    writeFileSync(join(own, "docs", "empty.md"), "")
    writeFileSync(join(own, "docs", "leave"), CORPUS[0]?.text ?? "")
    await measuredTwice(own)
  })
})

describe("values of questions are kept in the data folder", () => {
  interface Again {
    readonly build?: string
    readonly fresh?: boolean
    /** Ends the run after so many answers. */
    readonly endAfter?: number
  }

  async function runIn(data: string, { build, fresh = false, endAfter }: Again = {}): Promise<Evaluation | undefined> {
    const base = await openTestBase(data, models, build === undefined ? {} : { build })
    const end = new AbortController()
    const options = { answers: true, generate: false, fresh, principal: ADMIN, signal: end.signal }
    try {
      for await (const event of base.kb.evaluate(await readQuestionSet(set), options)) {
        if (event.type === "evaluation") return event.evaluation
        if (event.stage === "answer" && event.done === endAfter) end.abort()
      }
      return undefined
    } catch (thrown) {
      if (end.signal.aborted) return undefined
      throw thrown
    } finally {
      await base.kb.dispose()
    }
  }

  test("so that a run that was ended goes on where it stood, and says the same in the end", async () => {
    const data = mkdtempSync(join(folder, "data-"))
    expect(await runIn(data, { endAfter: 2 })).toBeUndefined()
    // what a killed process has written half
    const [file = ""] = readdirSync(join(data, "eval")).filter((name) => name.startsWith("answers-"))
    appendFileSync(join(data, "eval", file), '["half')
    const resumed = await runIn(data)
    expect(resumed?.cached).toEqual({ search: 3, answers: 2 })
    const again = await runIn(data)
    expect(again?.cached).toEqual({ search: 3, answers: 3 })
    expect(again?.perQuestion).toEqual(resumed?.perQuestion)
    expect([again?.answers, again?.abstention]).toEqual([resumed?.answers, resumed?.abstention])
    expect(await run(true)).toMatchObject({ answers: resumed?.answers, cached: { search: 0, answers: 0 } })
  })

  test("until another build measures, or somebody asks for fresh values", async () => {
    const data = mkdtempSync(join(folder, "data-"))
    await runIn(data)
    expect((await runIn(data, { build: "other" }))?.cached).toEqual({ search: 0, answers: 0 })
    expect((await runIn(data))?.cached).toEqual({ search: 3, answers: 3 })
    expect((await runIn(data, { fresh: true }))?.cached).toEqual({ search: 0, answers: 0 })
  })

  test("and measured again once something was learnt, and are there again once that is undone", async () => {
    const data = mkdtempSync(join(folder, "data-"))
    const inBase = async (work: (base: TestBase) => Promise<unknown>) => {
      const base = await openTestBase(data, models)
      await work(base)
      await base.kb.dispose()
    }
    await runIn(data)
    await inBase(async ({ parts: { database, embedder, reader } }) => {
      const report = { questions: { learnt: 1, heldOut: 1, leftOut: 0 }, figures: [], notes: [] }
      const made = { fingerprint: embedder.fingerprint, readerId: reader?.modelId ?? null, report }
      const refusing = { ranking: null, adapter: null, support: { threshold: 99, slope: 1, offset: 0 } }
      await database.write((transaction) => writeTuning(transaction, "default" as CollectionId, refusing, made))
    })
    expect(await runIn(data)).toMatchObject({ cached: { search: 0, answers: 0 }, answers: { answered: 0 } })
    expect((await runIn(data))?.cached).toEqual({ search: 3, answers: 3 })
    await inBase(({ kb }) => kb.undoTuning({ principal: ADMIN }))
    expect(await runIn(data)).toMatchObject({ cached: { search: 3, answers: 3 }, answers: { answered: 1 } })
  })

  test("and measured again for a question of which something else is expected", async () => {
    const data = mkdtempSync(join(folder, "data-"))
    await runIn(data)
    const queries = readFileSync(join(set, "queries.jsonl"), "utf8")
    try {
      writeFileSync(join(set, "queries.jsonl"), queries.replace('["3.80 euros"]', '["4 euros"]'))
      expect((await runIn(data))?.cached).toEqual({ search: 2, answers: 2 })
    } finally {
      writeFileSync(join(set, "queries.jsonl"), queries)
    }
  })
})

test("readQuestionSet() has another fingerprint when a document comes, goes or changes in a folder below", async () => {
  const own = mkdtempSync(join(folder, "stamped-"))
  mkdirSync(join(own, "docs", "x"), { recursive: true })
  writeFileSync(join(own, "questions.jsonl"), '{"id":"c1","question":"a?"}\n')
  const fingerprint = async () => (await readQuestionSet(own)).fingerprint
  const seen = [await fingerprint()]
  writeFileSync(join(own, "docs", "x", "a.md"), "one")
  seen.push(await fingerprint())
  writeFileSync(join(own, "docs", "x", "a.md"), "three")
  seen.push(await fingerprint())
  expect(await fingerprint()).toBe(seen.at(-1))
  rmSync(join(own, "docs", "x", "a.md"))
  expect(new Set(seen).size).toBe(3)
  expect(await fingerprint()).toBe(seen[0])
})

test("readQuestionSet() names what is missing and the line that is wrong", async () => {
  const broken = mkdtempSync(join(folder, "broken-"))
  await expect(readQuestionSet(broken)).rejects.toMatchObject({ code: "path-not-found" })
  writeFileSync(join(broken, "queries.jsonl"), '{"_id":"1","text":"a"}\nnot json\n')
  await expect(readQuestionSet(broken)).rejects.toThrow(/corpus/)
  writeFileSync(join(broken, "corpus.jsonl"), "")
  await expect(readQuestionSet(broken)).rejects.toThrow(/queries\.jsonl": line 2 is not JSON/)
  writeFileSync(join(broken, "queries.jsonl"), '\n{"_id":"1"}\n')
  await expect(readQuestionSet(broken)).rejects.toThrow(/queries\.jsonl": line 2 is a question without text/)
})

test.each([{ queries: "absent.jsonl" }, { qrels: "qrels/absent.tsv" }, { qrels: "../set" }])(
  "readQuestionSet() names the file that was asked for and is none: %j",
  async (files) => {
    const message = expect.stringContaining(JSON.stringify(join(set, Object.values(files)[0] ?? "")))
    await expect(readQuestionSet(set, files)).rejects.toMatchObject({ code: "path-not-found", message })
  },
)

describe("readQuestionSet() refuses", () => {
  test.each([
    ["two questions of one id", '{"_id":"q1","text":"a"}\n{"id":"q1","question":"b"}\n', 'line 2 has the id "q1"'],
    [
      "an answerable that is no boolean",
      '{"_id":"q1","text":"a","answerable":"no"}\n',
      "line 1 has an answerable that",
    ],
    ["answers that are no list", '{"_id":"q1","text":"a","answers":"16 weeks"}\n', "line 1 has answers that are not"],
    ["answers that are numbers", '{"_id":"q1","text":"a","answers":[16]}\n', "line 1 has answers that are not"],
    ["an answer that is a number", '{"_id":"q1","text":"a","answer":16}\n', "line 1 has answers that are not"],
  ])("%s", async (_, questions, state) => {
    const wrong = mkdtempSync(join(folder, "wrong-"))
    writeFileSync(join(wrong, "queries.jsonl"), questions)
    writeFileSync(join(wrong, "corpus.jsonl"), "")
    const message = expect.stringContaining(`queries.jsonl": ${state}`)
    await expect(readQuestionSet(wrong)).rejects.toMatchObject({ code: "invalid-request", message })
  })
})

test("readCorpus() refuses two documents of one id, and one without", async () => {
  const wrong = mkdtempSync(join(folder, "wrong-"))
  writeFileSync(join(wrong, "queries.jsonl"), "")
  const read = async (corpus: string) => {
    writeFileSync(join(wrong, "corpus.jsonl"), corpus)
    for await (const _ of readCorpus(await readQuestionSet(wrong)));
  }
  await expect(read('{"_id":"a","text":"1"}\n{"_id":"a","text":"2"}\n')).rejects.toThrow(/corpus\.jsonl": line 2 .*"a"/)
  await expect(read('{"text":"1"}\n')).rejects.toThrow(/corpus\.jsonl": line 1 has no id/)
})

test("readQuestionSet() and readCorpus() take files with a byte order mark", async () => {
  const marked = mkdtempSync(join(folder, "marked-"))
  writeFileSync(join(marked, "queries.jsonl"), '\uFEFF{"_id":"1","text":"a"}\n')
  writeFileSync(join(marked, "corpus.jsonl"), '\uFEFF{"_id":"d","text":"b"}\n')
  const own = await readQuestionSet(marked)
  expect(own.questions.map(({ id }) => id)).toEqual(["1"])
  const documents = []
  for await (const document of readCorpus(own)) documents.push(document)
  expect(documents).toEqual([{ id: "d", title: "", text: "b" }])
})

describe("readQuestionSet() reads relevance", () => {
  async function relevanceOf(qrels: string) {
    const own = mkdtempSync(join(folder, "qrels-"))
    writeFileSync(join(own, "queries.jsonl"), '{"_id":"q1","text":"a"}\n')
    writeFileSync(join(own, "corpus.jsonl"), "")
    writeFileSync(join(own, "qrels.tsv"), qrels)
    return [...(await readQuestionSet(own)).relevance].map(([question, gains]) => [question, Object.fromEntries(gains)])
  }

  test.each([
    ["BEIR's three columns", "query-id\tcorpus-id\tscore\nq1\td 1\t1\nq1\td2\t2\n", { "d 1": 1, d2: 2 }],
    ["three columns without a header, with a byte order mark", "\uFEFFq1\td1\t1\r\nq1\td2\t2\r\n", { d1: 1, d2: 2 }],
    ["TREC's four columns by spaces", "q1 0 d1 1\nq1  Q0 d2 -2\n", { d1: 1, d2: -2 }],
    ["TREC's four columns by tabs", "q1\t0\td1\t1\nq1\t0\td2\t0\n", { d1: 1, d2: 0 }],
  ])("in %s", async (_, qrels, gains) => {
    expect(await relevanceOf(qrels)).toEqual([["q1", gains]])
  })

  test.each([
    ["query-id\tcorpus-id\tscore\nq1\td1\thigh\n", 'qrels.tsv": line 2 has a gain that is not a number'],
    ["q1 d1 Infinity\n", 'qrels.tsv": line 1 has a gain'],
    ["q1\td1\t1\nq1\td1\t\n", 'qrels.tsv": line 2 has a gain'],
    ["q1 d1 1\nq1 d1\n", 'qrels.tsv": line 2 is not query-id, corpus-id, score'],
    ["q1\t\t1\n", 'qrels.tsv": line 1 is not query-id'],
    ["q1 0 d1 of 1\n", 'qrels.tsv": line 1 is not query-id'],
  ])("and refuses %j", async (qrels, message) => {
    await expect(relevanceOf(qrels)).rejects.toMatchObject({
      ...{ code: "invalid-request", message: expect.stringContaining(message) },
    })
  })
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
