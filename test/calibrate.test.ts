import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type QuestionSet, readQuestionSet, type SetQuestion } from "../src/app/question-set.ts"
import type { IbidError } from "../src/core/errors.ts"
import { packageRoot } from "../src/core/package-root.ts"
import type { Message } from "../src/core/ports.ts"
import type { Calibration } from "../src/core/roles.ts"
import { createCrashParser } from "./support/crash-parser.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeGenerator, type FakeGenerator } from "./support/fake-generator.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase } from "./support/knowledge-base.ts"

const MODELS = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }
let set: QuestionSet
const folder = makeTemporaryFolder()
beforeAll(async () => {
  set = await readQuestionSet(join(packageRoot, "data", "eval", "calibration"))
})
afterAll(() => folder.remove())

/** One data folder for all: a set that is indexed is not indexed again. */
async function calibrated(
  generator: FakeGenerator,
  {
    budgetMs = 600_000,
    questions = set.questions.slice(0, 60),
    limit,
    signal,
  }: {
    readonly budgetMs?: number
    readonly questions?: readonly SetQuestion[]
    readonly limit?: number
    readonly signal?: AbortSignal
  } = {},
): Promise<Calibration> {
  const { kb } = await openTestBase(folder.path, MODELS, { generator, parserHost: createCrashParser() })
  const part = { ...set, questions }
  try {
    const limited = limit === undefined ? {} : { limit }
    const options = { principal: ADMIN, budgetMs, ...limited, ...(signal === undefined ? {} : { signal }) }
    for await (const event of kb.calibrate(part, options)) if (event.type === "calibration") return event.calibration
  } finally {
    await kb.dispose()
  }
  throw new Error("The calibration ended without a result")
}

const contentOf = (messages: readonly Message[]): string => messages.at(-1)?.content ?? ""

/** The question of the set that a prompt asks. */
function questionIn(messages: readonly Message[]): SetQuestion {
  const content = contentOf(messages)
  const asked = set.questions.find(({ text }) => content.includes(`Question: ${text}`))
  if (asked === undefined) throw new Error(`No question of the set is in: ${content}`)
  return asked
}

const hasGold = (text: string, { quote }: SetQuestion): boolean => quote !== null && text.includes(quote)

/** The quote up to its last comma where that holds the answer: of what a careful writer may leave out, what the set tells. */
function shortened({ quote, answers: [answer = ""] }: SetQuestion): string {
  const short = (quote ?? "").replace(/,[^,]*$/, ".")
  return short.includes(answer) ? short : (quote ?? "")
}

/** Knows the set by heart: writes the answer, says yes to the right sentence alone, and chooses it. */
const knowing = () =>
  createFakeGenerator(
    (messages) => {
      const question = questionIn(messages)
      return [hasGold(contentOf(messages), question) ? shortened(question) : "I do not know."]
    },
    (messages, choices) => {
      const question = questionIn(messages)
      if (choices[0] === "yes") return hasGold(contentOf(messages), question) ? [9, 1] : [1, 9]
      const lines = contentOf(messages).split("\n")
      return choices.map((number) => {
        const line = lines.find((one) => one.startsWith(`${number}. `)) ?? ""
        return hasGold(line, question) ? 9 : 1
      })
    },
  )

/** Says yes to all, chooses the first sentence of any list, and makes numbers up. */
const careless = () =>
  createFakeGenerator(
    () => ["It is 4711 kilometres."],
    (_, choices) => choices.map((_choice, place) => (place === 0 ? 9 : 1)),
  )

describe("KnowledgeBase.calibrate()", () => {
  test("takes the bundled set: 80 questions or more, a third of them unanswerable, half of those about a passage", async () => {
    const none = set.questions.filter(({ answerable }) => !answerable)
    expect(set.questions.length).toBeGreaterThanOrEqual(80)
    expect(none.length / set.questions.length).toBeGreaterThanOrEqual(1 / 3)
    for (const { answerable, quote, answers, id } of set.questions) {
      expect([answerable, quote !== null, answers.length > 0, set.relevance.has(id)]).toEqual(
        Array.from({ length: 4 }, () => answerable),
      )
    }
  })

  test("grants verifier and ranker to a model that wins, with intervals that say so, and measures what it writes", async () => {
    const { held, writer, verifier, ranker, set: measured } = await calibrated(knowing(), { questions: set.questions })
    expect(measured).toMatchObject({ name: "calibration", answerable: expect.any(Number) })
    expect(measured.answerable + measured.unanswerable).toBe(set.questions.length)
    expect([verifier.isGranted, ranker.isGranted]).toEqual([true, true])
    expect(verifier.difference.low).toBeGreaterThan(0)
    expect(verifier.combined.value).toBeGreaterThan(verifier.score.value)
    expect(held).toMatchObject({ verifier: { weight: expect.any(Number) } })
    expect(held.verifier?.weight).toBeGreaterThan(0)
    expect(held.ranker?.weight).toBeGreaterThan(0)
    expect(ranker).toMatchObject({ hasPositionHabit: false, movesWithPlace: { value: expect.any(Number) } })
    expect(writer.passes.value).toBeGreaterThan(0.25)
    expect(writer.holdsAnswer.value).toBe(1)
    expect(writer.words).toBeLessThan(writer.quoteWords)
  })

  test("grants none to a model that says yes to all, and names its position habit", async () => {
    const { held, writer, verifier, ranker } = await calibrated(careless())
    expect(held).toEqual({ isWriter: false, verifier: null, ranker: null })
    expect(verifier).toMatchObject({ isGranted: false, verdict: { value: 0.5 }, difference: { low: 0, high: 0 } })
    expect(verifier.reason).toMatch(/^its verdict does not improve the decision to abstain/)
    expect(ranker).toMatchObject({ hasPositionHabit: true, movesWithPlace: { value: 1 } })
    expect(ranker.favouritePlace).toEqual({ place: 1, share: 1 })
    expect(ranker.reason).toMatch(/^its choice is a position habit/)
    expect(writer.reason).toBe("0 written sentences passed the gate, 15 are needed")
  })

  test("grants no verifier and no ranker where the engine does not tell probabilities", async () => {
    const { verifier, ranker } = await calibrated(
      createFakeGenerator(["Yes."], () => null),
      { questions: set.questions.slice(0, 10) },
    )
    expect(verifier.reason).toBe("the engine does not tell how likely yes and no are")
    expect(ranker.isGranted).toBe(false)
  })

  test("takes as many questions as asked, from all over the set, and none that the reader was trained on", async () => {
    const trained = set.questions.map((one, place) => ({
      ...one,
      split: place % 2 === 0 ? "reader-train" : "validation",
    }))
    const { set: measured } = await calibrated(knowing(), { budgetMs: 0, questions: trained, limit: 12 })
    expect(measured.answerable + measured.unanswerable).toBe(12)
    const { set: all } = await calibrated(knowing(), { budgetMs: 0, questions: trained })
    expect(all.answerable + all.unanswerable).toBe(Math.floor(trained.length / 2))
  })

  test("asks nothing more after its time, and grants nothing that it has not measured", async () => {
    const { leftOut, held } = await calibrated(knowing(), { budgetMs: 0, questions: set.questions.slice(0, 10) })
    expect(leftOut).toBeGreaterThan(10)
    expect(held).toEqual({ isWriter: false, verifier: null, ranker: null })
  })

  test("throws cancelled when the signal fires", async () => {
    const controller = new AbortController()
    const stopping = createFakeGenerator(
      () => ["Text."],
      () => {
        controller.abort()
        return [1, 1]
      },
    )
    const call = calibrated(stopping, { signal: controller.signal })
    await expect(call).rejects.toMatchObject({ code: "cancelled" } satisfies Partial<IbidError>)
  })
})
