import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Reader } from "../src/core/ports.ts"
import type { DocumentId, Passage, Revision } from "../src/core/types.ts"
import { candidateSentences } from "../src/generation/candidates.ts"
import { support } from "../src/generation/support.ts"
import { rerank } from "../src/retrieval/rerank.ts"
import { type AnsweringBase, openAnsweringBase } from "./support/answering-base.ts"
import { createFakeCrossEncoder } from "./support/fake-reader.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"
import { scoreSentences } from "./support/score-sentences.ts"

const passage = (fused: number, text = "The first thing is here."): Passage => ({
  ...{ rank: 1, documentId: "d" as DocumentId, path: "d.md", title: "", revision: "r" as Revision, page: null },
  ...{ start: 0, end: text.length, headingPath: [], text },
  scores: { fused, dense: 0.5, lexical: 4, reader: null },
})
const of = (...fused: number[]) => fused.map((score) => passage(score))

describe("rerank()", () => {
  test("lets a reader of passages choose among those that are close to the first", () => {
    expect(rerank(of(0.95, 0.94, 0.9), [-5, 5, 0])).toEqual([1, 2, 0])
  })

  test("leaves alone what lies further back, whatever the reader says", () => {
    expect(rerank(of(0.95, 0.8, 0.79), [-9, 9, 9])).toEqual([0, 1, 2])
    expect(rerank(of(0.95, 0.9, 0.8), [-9, 9, 9])).toEqual([1, 0, 2])
  })

  test("leaves alone what was not read", () => {
    expect(rerank(of(0.95, 0.94, 0.94), [-9, 8])).toEqual([1, 0, 2])
  })

  test("keeps the order where the reader says the same of all", () => {
    expect(rerank(of(0.9, 0.9, 0.85), [40, 40, 40])).toEqual([0, 1, 2])
  })

  test("has nothing to order without passages", () => {
    expect(rerank([], [])).toEqual([])
  })
})

describe("a reader that scores no sentences", () => {
  const reading = (answerable: number) => ({ answerable, sentences: null })

  test("leaves the decision to the cosine, as none does, until a threshold was learnt with it", () => {
    for (const cosine of [0.2, 0.8]) {
      const { score, isEnough, confidence } = support([], [cosine], [1])
      const given = support([reading(-11)], [cosine], [1])
      expect(given).toMatchObject({ score, isEnough, confidence, calibration: null })
      expect(given.withReader).toBeCloseTo(-11 + 8 * cosine + 2)
    }
    const learnt = { threshold: 3, slope: 1, offset: -3 }
    expect(support([reading(4)], [0.2], [0], learnt)).toMatchObject({ isEnough: true, score: 5.6, calibration: null })
    expect(support([reading(0)], [0.2], [0], learnt)).toMatchObject({ isEnough: false, calibration: null })
  })

  test("adds a tenth of its logit to the evidence of a passage, and nothing for its sentences", () => {
    const passages = [passage(1), passage(0.9, "The third thing is far away.")]
    const input = {
      ...{ terms: [], passages, candidates: candidateSentences(passages), cosines: [0.4, 0.4] },
      ...{ statistics: { chunks: 100, byTerm: new Map() }, modifiedAt: new Map() },
    }
    const scoresOf = (readings: ReturnType<typeof reading>[]) =>
      new Map(scoreSentences({ ...input, readings }).map(({ quote, score }) => [quote, score]))
    const [without, given] = [scoresOf([]), scoresOf([reading(5), reading(-20)])]
    expect(given.get("The first thing is here.")).toBeCloseTo((without.get("The first thing is here.") ?? 0) + 0.5)
    expect(given.get("The third thing is far away.")).toBeCloseTo(
      (without.get("The third thing is far away.") ?? 0) - 1.2,
    )
  })
})

describe("answer() with a cross-encoder", () => {
  const folder = makeTemporaryFolder()
  let base: AnsweringBase
  /** Likes what holds this, and nothing else. */
  let liked = ""
  beforeAll(async () => {
    const reader: Reader = {
      ...createFakeCrossEncoder(),
      read: async (_, passages) =>
        passages.map(({ text }) => ({ answerable: text.includes(liked) ? 9 : -9, sentences: null })),
    }
    base = await openAnsweringBase(folder.path, { reader })
  }, 60_000)
  afterAll(async () => {
    await base.kb.dispose()
    folder.remove()
  })

  test("answers, says so in the receipt, and keeps what it read with the passage", async () => {
    liked = "16 weeks"
    const given = await base.ask("How many weeks of paid leave do parents get?")
    expect(given).toMatchObject({ status: "answered", text: "Parents get 16 weeks of paid leave. [1]" })
    expect(given.model.reader).toBe("fake-cross-encoder")
    const { trace } = await base.kb.getAnswer(given.id, { principal: ADMIN })
    expect(trace.passages[0]?.scores.reader).toBe(9)
    expect(trace.passages[0]?.sentences.map(({ reader }) => reader)).toEqual([null])
    expect(trace.support.score).toBeLessThanOrEqual(1)
  })

  test("shows the passages that it has moved in the order of their ranks, each with its own scores and sentences", async () => {
    // both documents hold one of the two words that tell them apart
    const question = "holidays of employees or leave of parents"
    const asked = async (like: string) => {
      liked = like
      const { id, passages, evidence } = await base.ask(question)
      const { trace } = await base.kb.getAnswer(id, { principal: ADMIN })
      expect(passages.map(({ rank }) => rank)).toEqual(passages.map((_, place) => place + 1))
      for (const [place, { rank, documentId, start, scores, sentences }] of trace.passages.entries()) {
        const shown = passages[place]
        expect({ rank, documentId, start }).toEqual({
          ...{ rank: shown?.rank, documentId: shown?.documentId, start: shown?.start },
        })
        expect(scores.reader).toBe(shown?.text.includes(like) ? 9 : -9)
        expect(sentences.every((one) => shown !== undefined && one.start >= shown.start && one.end <= shown.end)).toBe(
          true,
        )
        expect(sentences.length).toBeGreaterThan(0)
      }
      return { first: passages[0]?.path, best: evidence[0]?.path }
    }
    expect(await asked("16 weeks")).toEqual({ first: "leave.md", best: "leave.md" })
    expect(await asked("France")).toEqual({ first: "holidays.md", best: "holidays.md" })
  })
})
