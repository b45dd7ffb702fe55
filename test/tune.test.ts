import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { examine } from "../src/app/answer.ts"
import { learnAdapter, learnRanking, ndcgOf } from "../src/app/learn-ranking.ts"
import { balancedAccuracy, learnSupport } from "../src/app/learn-support.ts"
import type { ObservedQuestion } from "../src/app/observe-questions.ts"
import { readQuestionSet } from "../src/app/question-set.ts"
import type { TuneEvent } from "../src/app/tune.ts"
import type { Reader } from "../src/core/ports.ts"
import type { Tuning } from "../src/core/tuning.ts"
import type { CollectionId, DocumentId } from "../src/core/types.ts"
import { findTuning } from "../src/db/tunings.ts"
import { createCrashParser } from "./support/crash-parser.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeCrossEncoder, createFakeReader } from "./support/fake-reader.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase, type TestBase } from "./support/knowledge-base.ts"

const PRESENT = { ranking: { denseWeight: 0.5, sentenceShare: 0.6, coverageWeight: 0.5 }, adapter: null }
const id = (name: string) => name as DocumentId

/** A question whose words lead to the wrong document and whose vector leads to the right one. */
const misledByWords = (name: string): ObservedQuestion => ({
  ...{ id: name, isLearnt: true, vector: Float32Array.of(1, 0), gains: new Map([[id("right"), 1]]) },
  ...{ isAnswerable: true, supportScore: 1, isAnswered: true, weights: PRESENT.ranking },
  hits: [
    {
      documentId: id("wrong"),
      vector: Float32Array.of(0, 1),
      dense: 0.5,
      lexical: 9,
      features: [{ cosine: 0.5, coverage: 0.5 }],
    },
    {
      documentId: id("right"),
      vector: Float32Array.of(1, 0),
      dense: 0.9,
      lexical: 1,
      features: [{ cosine: 0.5, coverage: 0.5 }],
    },
  ],
})

describe("learnRanking()", () => {
  test("finds weights for the arm that leads to the right documents", () => {
    const questions = ["a", "b", "c"].map(misledByWords)
    expect(ndcgOf(questions[0] as ObservedQuestion, PRESENT)).toBeCloseTo(1 / Math.log2(3), 6)
    const ranking = learnRanking(questions, PRESENT)
    expect(ranking?.denseWeight).toBeGreaterThan(0.5)
    for (const question of questions)
      expect(ndcgOf(question, { ranking: ranking ?? PRESENT.ranking, adapter: null })).toBe(1)
  })

  test("compares with the weights that each question has by its language, where nothing was learnt", () => {
    const byVector = { denseWeight: 1, sentenceShare: 0, coverageWeight: 0.5 }
    const questions = ["a", "b"].map((name) => ({ ...misledByWords(name), weights: byVector }))
    for (const question of questions) expect(ndcgOf(question, { ranking: null, adapter: null })).toBe(1)
    expect(learnRanking(questions, { ranking: null, adapter: null })).toBeNull()
  })

  test("changes nothing where nothing is better", () => {
    const best = { ranking: { denseWeight: 1, sentenceShare: 0, coverageWeight: 0.5 }, adapter: null }
    expect(learnRanking([misledByWords("a")], best)).toBeNull()
  })
})

describe("learnSupport()", () => {
  const scored = (supportScore: number, isAnswerable: boolean) => ({ supportScore, isAnswerable })
  const answerable = Array.from({ length: 20 }, (_, place) => scored(3 + place / 10, true))
  const others = Array.from({ length: 20 }, (_, place) => scored(place / 10, false))

  test("finds the threshold between the two kinds, and a confidence that parts them", () => {
    const learnt = learnSupport([...answerable, ...others])
    expect(learnt?.threshold).toBeCloseTo(2.45, 6)
    const confidence = (score: number) => 1 / (1 + Math.exp(-((learnt?.slope ?? 0) * score + (learnt?.offset ?? 0))))
    expect(confidence(4)).toBeGreaterThan(0.9)
    expect(confidence(0.5)).toBeLessThan(0.1)
    expect(balancedAccuracy([...answerable, ...others], learnt?.threshold ?? 0)).toBe(1)
  })

  test("refuses at most a tenth of the answerable questions, whatever else it costs", () => {
    const among = [3.15, 4.05].flatMap((score) => Array.from({ length: 50 }, () => scored(score, false)))
    const learnt = learnSupport([...answerable, ...among])
    expect(answerable.filter(({ supportScore }) => supportScore < (learnt?.threshold ?? 9))).toHaveLength(2)
  })

  test("says nothing from too few questions of a kind", () => {
    expect(learnSupport([...answerable, ...others.slice(0, 9)])).toBeNull()
  })
})

test("learnAdapter() finds none in questions that lead to their passages already", () => {
  expect(
    learnAdapter(
      Array.from({ length: 12 }, (_, place) => misledByWords(`q${place}`)),
      {
        ranking: { denseWeight: 1, sentenceShare: 0, coverageWeight: 0.5 },
        adapter: null,
      },
    ),
  ).toBeNull()
})

/** The documents say it in English, the questions in German: only a map from one to the other can find them. */
const COLOURS = [
  "red:rot",
  "blue:blau",
  "green:gruen",
  "white:weiss",
  "black:schwarz",
  "yellow:gelb",
  "brown:braun",
  "pink:rosa",
]
const THINGS = [
  "valve:Ventil",
  "screw:Schraube",
  "wheel:Rad",
  "box:Kiste",
  "ladder:Leiter",
  "pump:Pumpe",
  "cable:Kabel",
  "hose:Schlauch",
]
const pairs = COLOURS.flatMap((colour) => THINGS.map((thing) => [colour.split(":"), thing.split(":")] as const))

describe("tune()", () => {
  let base: TestBase
  let folder: string
  const kept = makeTemporaryFolder()
  beforeAll(async () => {
    folder = kept.path
    const docs = join(folder, "docs")
    mkdirSync(docs)
    for (const [[colour], [thing]] of pairs)
      writeFileSync(join(docs, `${colour}-${thing}.md`), `The ${colour} ${thing} is here.\n`)
    const models = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }
    base = await openTestBase(join(folder, "data"), models, { parserHost: createCrashParser() })
    await base.ingest(docs)
  })
  afterAll(async () => {
    await base.kb.dispose()
    kept.remove()
  })

  async function setOf(name: string, rows: readonly object[]) {
    const set = join(folder, name)
    mkdirSync(set)
    writeFileSync(join(set, "questions.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
    return await readQuestionSet(set, { isWithoutDocuments: true })
  }

  async function tuned(set: Awaited<ReturnType<typeof setOf>>, { kb }: Pick<TestBase, "kb"> = base) {
    const events: TuneEvent[] = []
    for await (const event of kb.tune(set, { principal: ADMIN })) events.push(event)
    const last = events.at(-1)
    if (last?.type !== "tuned") throw new TypeError("Tuning ends with its report")
    return { ...last, progress: events.filter(({ type }) => type === "progress") }
  }

  const inForce = () =>
    findTuning(base.parts.database.read, ["default" as CollectionId], {
      fingerprint: base.parts.embedder.fingerprint,
      readerId: "fake-reader",
    })

  const first = async (question: string) => (await base.kb.search({ question }, { principal: ADMIN })).passages[0]?.path

  const questions = pairs.map(([[colour, farbe], [thing, ding]]) => ({
    ...{ _id: `${colour}-${thing}`, text: `Ist ${farbe} ${ding} da`, document: `${colour}-${thing}.md` },
  }))
  const unanswerable = Array.from({ length: 30 }, (_, place) => ({
    ...{ _id: `u${place}`, text: `Wetter${place} morgen${place} regnet${place}`, answerable: false },
  }))

  test("keeps what wins on questions that it has not seen, shows it, and undoes it", async () => {
    const before = await Promise.all(questions.map(({ text }) => first(text)))
    const { id: tuning, report, progress } = await tuned(await setOf("whole", [...questions, ...unanswerable]))
    expect(progress).toHaveLength(94)
    expect(report.questions.learnt + report.questions.heldOut).toBe(94)
    const adapter = report.figures.find(({ part }) => part === "adapter")
    expect(adapter).toMatchObject({ metric: "ndcg10", isKept: true })
    expect(adapter?.after).toBeGreaterThan((adapter?.before ?? 1) + 0.2)
    for (const { low, isKept } of report.figures) expect(isKept).toBe(low > 0)

    const after = await Promise.all(questions.map(({ text }) => first(text)))
    const right = (found: readonly (string | undefined)[]) =>
      found.filter((path, place) => path === questions[place]?.document).length
    expect(right(after)).toBeGreaterThan(right(before) + 16)
    const [stored] = await base.kb.listTunings({ principal: ADMIN })
    expect(stored).toMatchObject({ id: tuning, collection: "default", isInForce: true, hasAdapter: true, report })

    expect(await base.kb.undoTuning({ principal: ADMIN })).toBe(tuning)
    expect(await Promise.all(questions.map(({ text }) => first(text)))).toEqual(before)
    expect(await base.kb.listTunings({ principal: ADMIN })).toEqual([])
    await expect(base.kb.undoTuning({ principal: ADMIN })).rejects.toMatchObject({ code: "not-found" })
  })

  test("keeps nothing that does not win", async () => {
    const easy = pairs.map(([[colour], [thing]]) => ({
      ...{ _id: `${colour}-${thing}`, text: `Is the ${colour} ${thing} here?`, document: `${colour}-${thing}.md` },
    }))
    const { id: tuning, report } = await tuned(await setOf("easy", easy))
    expect(tuning).toBeNull()
    expect(report.figures.filter(({ isKept }) => isKept)).toEqual([])
    expect(report.notes.join()).toContain("No threshold was learnt")
    expect(await inForce()).toBeNull()
  })

  test("learns a threshold with a reader whose scale nobody knows", async () => {
    // its logits tell the questions apart, which cosines do not
    const reader: Reader = {
      ...createFakeCrossEncoder(),
      read: async (question, passages) =>
        passages.map(() => ({ answerable: question.startsWith("Ist") ? 5 : -5, sentences: null })),
    }
    const data = join(folder, "data-of-cross-encoder")
    const models = { embedder: createFakeEmbedder(), reader, dispose: async () => undefined }
    const own = await openTestBase(data, models, { parserHost: createCrashParser() })
    try {
      await own.ingest(join(folder, "docs"))
      const [question = { text: "" }] = questions
      const supportOf = async () =>
        (await examine({ question: question.text }, own.parts, { principal: ADMIN })).support
      expect(await supportOf()).toMatchObject({ isEnough: false, calibration: null })
      const set = await setOf("cross-encoder", [...questions, ...unanswerable])
      const { report } = await tuned(set, own)
      const support = report.figures.find(({ part }) => part === "support")
      expect(support).toMatchObject({ before: expect.closeTo(0.5, 1), after: 1, isKept: true })
      expect(await supportOf()).toMatchObject({ isEnough: true, calibration: null })
    } finally {
      await own.kb.dispose()
    }
  })

  test("refuses too few questions, and says how many documents are not there", async () => {
    const gone = questions.slice(0, 50).map((question) => ({ ...question, document: `gone/${question.document}` }))
    const set = await setOf("few", [...gone, ...questions.slice(50)])
    await expect(tuned(set)).rejects.toMatchObject({
      code: "invalid-request",
      message: expect.stringContaining("the documents of 50 questions are not in the collection"),
    })
  })

  test("is for administrators", async () => {
    const reader = { ...ADMIN, role: "reader" } as const
    await expect(base.kb.listTunings({ principal: reader })).rejects.toMatchObject({ code: "forbidden" })
    await expect(base.kb.undoTuning({ principal: reader })).rejects.toMatchObject({ code: "forbidden" })
  })

  test("holds for its collection, its embedder and its reader alone", async () => {
    const { database, embedder } = base.parts
    const { writeTuning } = await import("../src/db/tunings.ts")
    const tuning: Tuning = {
      ...{ ranking: { denseWeight: 1, sentenceShare: 0, coverageWeight: 1 }, adapter: null },
      support: { threshold: -9, slope: 1, offset: 0 },
    }
    const made = { fingerprint: embedder.fingerprint, readerId: "fake-reader" }
    const report = { questions: { learnt: 1, heldOut: 1, leftOut: 0 }, figures: [], notes: [] }
    const collection = "default" as CollectionId
    await database.write((transaction) => writeTuning(transaction, collection, tuning, { ...made, report }))
    const found = (collections: readonly string[], other: object = {}) =>
      findTuning(database.read, collections as readonly CollectionId[], { ...made, ...other })
    expect(await found(["default"])).toMatchObject(tuning)
    expect(await found(["default", "other"])).toBeNull()
    expect(await found(["default"], { fingerprint: "another" })).toBeNull()
    expect(await found(["default"], { readerId: null })).toMatchObject({ ranking: tuning.ranking, support: null })
    const write = async (fingerprint: string) =>
      await database.write((transaction) =>
        writeTuning(transaction, collection, tuning, { ...made, fingerprint, report }),
      )
    const other = await write("another")
    const inForceNow = await inForce()
    expect(await base.kb.undoTuning({ principal: ADMIN })).toBe(inForceNow?.id)
    expect(await found(["default"], { fingerprint: "another" })).toMatchObject({ id: other })
    await expect(base.kb.undoTuning({ principal: ADMIN })).rejects.toMatchObject({ code: "not-found" })
  })
})
