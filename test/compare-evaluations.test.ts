import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bootstrapIntervals } from "../src/app/bootstrap.ts"
import { compareEvaluations, readEvaluation } from "../src/app/compare-evaluations.ts"
import { mean } from "../src/app/metrics.ts"
import type { AnswerValues, QuestionValues, SearchValues } from "../src/app/question-values.ts"

const SEARCH: SearchValues = {
  ...{ ndcg10: 0.5, recall10: 0.5, recall100: 0.5, mrr10: 0.5, lexical: 0.5, dense: 0.5, firstStage: 0.5 },
  searchMs: 10,
}
const ANSWER: AnswerValues = {
  ...{ answerable: true, answered: true, em: 0, f1: 0.5, citations: 1, exactQuotes: 1, rightCitations: 1 },
  ...{ goldEvidenceRank: 1, sentences: 1, unsupportedSentences: 0, confidence: 0.9 },
  ...{ firstTokenMs: null, evidenceMs: 1, totalMs: 2 },
}
const models = { generator: null, reader: "reader", embedder: "embedder" }

/** An evaluation of so many questions. */
function evaluation(count: number, values: (position: number) => Omit<QuestionValues, "id">) {
  const perQuestion = Array.from({ length: count }, (_, position) => ({ id: `q${position}`, ...values(position) }))
  return { set: "set", build: "b", models, perQuestion }
}
const verdictsOf = (comparison: ReturnType<typeof compareEvaluations>) =>
  Object.fromEntries(comparison.metrics.map(({ metric, verdict }) => [metric, verdict]))

describe("bootstrapIntervals()", () => {
  const options = { resamples: 1_000, confidence: 0.95, seed: 7 }
  const values = Array.from({ length: 200 }, (_, position) => (position % 2 === 0 ? 0 : 1))

  const meanOf = (weights: Uint32Array) => [mean(values.map((value, place) => value * (weights[place] ?? 0)))]

  test("has the width that the standard error says", () => {
    const [interval] = bootstrapIntervals(values.length, meanOf, options)
    // 1.96 · √(0.25 / 200) = 0.0693
    expect(interval?.low).toBeCloseTo(0.5 - 0.0693, 1.7)
    expect(interval?.high).toBeCloseTo(0.5 + 0.0693, 1.7)
  })

  test("is the same for the same seed, and another one for another", () => {
    const of = (seed: number) => bootstrapIntervals(values.length, meanOf, { ...options, seed })
    expect(of(7)).toEqual(of(7))
    expect(of(7)).not.toEqual(of(8))
  })
})

describe("compareEvaluations()", () => {
  test("says better, worse or undecided for each metric, by the interval of the difference", () => {
    const earlier = evaluation(100, () => ({ search: SEARCH }))
    const now = evaluation(100, (position) => ({
      search: {
        ...SEARCH,
        ...{ ndcg10: 0.6, mrr10: position % 10 === 0 ? 0.2 : 0.4, recall10: position % 2 === 0 ? 0.3 : 0.7 },
      },
    }))
    const comparison = compareEvaluations(earlier, now)
    expect(verdictsOf(comparison)).toMatchObject({
      "retrieval.ndcg10": "better",
      "retrieval.mrr10": "worse",
      "retrieval.recall10": "undecided",
      "retrieval.recall100": "undecided",
    })
    expect(comparison.metrics[0]).toMatchObject({ earlier: 0.5, now: 0.6, difference: 0.1, low: 0.1, high: 0.1 })
    expect(comparison.metrics.some(({ metric }) => metric.startsWith("answers."))).toBe(false)
  })

  test("is paired: a small gain on every question is seen through large differences between questions", () => {
    const spreadOut = (gain: number) =>
      evaluation(50, (position) => ({ search: { ...SEARCH, ndcg10: (position % 10) / 10 + gain } }))
    const { metrics } = compareEvaluations(spreadOut(0), spreadOut(0.01))
    expect(metrics.find(({ metric }) => metric === "retrieval.ndcg10")).toMatchObject({ verdict: "better", low: 0.01 })
  })

  test("more unsupported sentences are worse, and ratios are of sums", () => {
    const earlier = evaluation(60, () => ({ answer: ANSWER }))
    const now = evaluation(60, (position) => ({
      answer: { ...ANSWER, unsupportedSentences: position % 2, sentences: 2, citations: 2 },
    }))
    const comparison = compareEvaluations(earlier, now)
    expect(verdictsOf(comparison)).toMatchObject({
      "answers.unsupportedSentences": "worse",
      "answers.citationPrecision": "worse",
      "answers.f1": "undecided",
    })
    const unsupported = comparison.metrics.find(({ metric }) => metric === "answers.unsupportedSentences")
    expect([unsupported?.earlier, unsupported?.now]).toEqual([0, 0.25])
  })

  test("judges by gold only the questions that have it on both sides, and leaves out what none has", () => {
    const earlier = evaluation(60, (position) => ({ answer: { ...ANSWER, f1: position % 2 } }))
    const now = evaluation(60, (position) => ({
      answer: { ...ANSWER, f1: position % 2, hasAnswers: position % 2 === 1, hasGold: false },
    }))
    for (const { metrics } of [compareEvaluations(earlier, now), compareEvaluations(now, earlier)]) {
      expect(metrics.find(({ metric }) => metric === "answers.f1")).toMatchObject({ earlier: 1, now: 1, difference: 0 })
      const names = metrics.map(({ metric }) => metric)
      expect(names).toContain("answers.quoteExactness")
      expect(names.filter((name) => /citation|evidence/.test(name))).toEqual([])
    }
  })

  test("compares abstention by drawing whole questions again", () => {
    const of = (confidence: (position: number) => number) =>
      evaluation(100, (position) => ({
        answer: { ...ANSWER, answerable: position % 2 === 0, confidence: confidence(position) },
      }))
    const chance = of((position) => ((position * 37) % 100) / 100)
    const perfect = of((position) => (position % 2 === 0 ? 0.9 : 0.1))
    expect(verdictsOf(compareEvaluations(chance, perfect))["abstention.auroc"]).toBe("better")
  })

  test("takes the questions that both have, and refuses when there is none", () => {
    const earlier = evaluation(10, () => ({ search: SEARCH }))
    const now = evaluation(4, () => ({ search: SEARCH, answer: ANSWER }))
    expect(compareEvaluations(earlier, now).questions).toEqual({ search: 4, answers: 0 })
    const others = { ...now, perQuestion: [{ id: "other", search: SEARCH }] }
    expect(() => compareEvaluations(earlier, others)).toThrow(/no question in common/)
  })
})

describe("readEvaluation()", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ibid-compare-"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each([
    ["nothing", undefined, "path-not-found"],
    ["no JSON", "{", "invalid-request"],
    ["an output without values by question", '{"set":"a","retrieval":{}}', "invalid-request"],
    ["a list", "[]", "invalid-request"],
  ])("refuses %s", async (name, content, code) => {
    const path = join(folder, `${name}.json`)
    if (content !== undefined) writeFileSync(path, content)
    await expect(readEvaluation(path)).rejects.toMatchObject({ code })
  })

  test("reads what was written", async () => {
    const path = join(folder, "earlier.json")
    const written = evaluation(3, () => ({ search: SEARCH }))
    writeFileSync(path, JSON.stringify(written))
    expect(await readEvaluation(path)).toEqual(written)
  })
})
