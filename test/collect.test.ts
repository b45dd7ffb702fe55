import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { Evaluation } from "../src/app/answer-metrics.ts"
import { growSet } from "../src/app/grow-set.ts"
import type { GivenFeedback } from "../src/app/knowledge-base.ts"
import { readQuestionSet } from "../src/app/question-set.ts"
import { type AnsweringBase, LEAVE, openAnsweringBase } from "./support/answering-base.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase } from "./support/knowledge-base.ts"

const call = { principal: ADMIN }
const rows = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function withFeedback(work: (base: AnsweringBase, set: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder()
  const base = await openAnsweringBase(folder)
  try {
    const say = async (question: string, feedback: Partial<GivenFeedback>) => {
      const { id } = await base.ask(question)
      await base.kb.giveFeedback(id, { verdict: "useful", ...feedback }, call)
    }
    await say("How many weeks of paid leave do parents get?", {})
    await say("Who painted the ceiling of the chapel?", {})
    await say("What holds the cover of PF-2210?", { verdict: "missing-document", document: "pump.md" })
    await say("How many holidays are there?", { verdict: "wrong", text: "It is 31." })
    await work(base, join(folder, "set"))
  } finally {
    await base.kb.dispose()
  }
}

test("growSet() makes questions of feedback: useful ones, rightly unanswered ones, those with a named document", async () => {
  await withFeedback(async (base, set) => {
    const grown = await growSet(set, base.kb, call)
    expect(grown).toEqual({ questions: 3, added: 3, unlabelled: 1, documents: 3 })
    const { questions, relevance } = await readQuestionSet(set)
    const found = Object.fromEntries(questions.map((question) => [question.text.split(" ")[0], question]))
    expect(found["How"]).toMatchObject({
      answerable: true,
      quote: LEAVE,
      answers: ["Parents get 16 weeks of paid leave."],
    })
    expect(found["Who"]).toMatchObject({ answerable: false })
    expect(relevance.get(found["What"]?.id ?? "")).toEqual(new Map([["default/pump.md", 1]]))
    expect(rows(join(set, "unlabelled.jsonl"))).toMatchObject([{ verdict: "wrong", said: "It is 31." }])
  })
}, 30_000)

test("growSet() keeps what is there and adds what is new", async () => {
  await withFeedback(async (base, set) => {
    await growSet(set, base.kb, call)
    const [first] = rows(join(set, "questions.jsonl"))
    writeFileSync(join(set, "questions.jsonl"), `${JSON.stringify({ ...first, answers: ["by hand"] })}\n`)
    const grown = await growSet(set, base.kb, call)
    expect(grown).toMatchObject({ questions: 3, added: 2 })
    expect(rows(join(set, "questions.jsonl"))[0]).toMatchObject({ answers: ["by hand"] })
  })
}, 30_000)

test("growSet() makes no question of a quote whose document has changed", async () => {
  await withFeedback(async (base, set) => {
    await base.change("leave.md", "# Leave\n\nParents get 20 weeks of paid leave.\n")
    expect(await growSet(set, base.kb, call)).toMatchObject({ added: 2, unlabelled: 2 })
  })
}, 30_000)

test("evaluate() measures on a set that was grown", async () => {
  await withFeedback(async (base, set) => {
    await growSet(set, base.kb, call)
    const models = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }
    const other = await openTestBase(temporaryFolder(), models)
    try {
      let evaluation: Evaluation | undefined
      const options = { ...call, answers: true, generate: false }
      for await (const event of other.kb.evaluate(await readQuestionSet(set), options)) {
        if (event.type === "evaluation") evaluation = event.evaluation
      }
      expect(evaluation).toMatchObject({ documents: 3, queries: 2, retrieval: { recall10: 1 }, answers: { asked: 3 } })
      expect((await other.kb.listAnswers(call)).data, "measuring leaves no receipts").toEqual([])
    } finally {
      await other.kb.dispose()
    }
  })
}, 30_000)
