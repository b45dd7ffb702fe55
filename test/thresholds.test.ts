import { describe, expect, test } from "vitest"
import { type Evaluation, metricsOf } from "../src/app/answer-metrics.ts"
import { missedThresholds, parseThreshold } from "../src/app/thresholds.ts"

const models = { generator: null, reader: null, embedder: "embedder" }
const search = {
  ...{ ndcg10: 0.7, recall10: 0.5, recall100: 0.9, mrr10: 0.5, lexical: 0.4, dense: 0.5, firstStage: 0.6 },
  searchMs: 12,
}
const EVALUATION: Evaluation = {
  ...{ set: "set", documents: 1, queries: 1, build: "b", models, cached: { search: 0, answers: 0 } },
  ...{ perQuestion: [{ id: "q", search }], ...metricsOf([{ id: "q", search }], 1) },
}
const missedOf = (...texts: string[]) =>
  missedThresholds(
    EVALUATION,
    texts.map((text) => parseThreshold(text, "below", { answers: true })),
  ).map(({ metric }) => metric)

describe("parseThreshold()", () => {
  test.each(["retrieval.ndcg10", "retrieval.ndcg10=", "retrieval.ndcg10=high", "=0.5", "retrieval.ndcg10=0.5x"])(
    "refuses %s",
    (text) => {
      expect(() => parseThreshold(text, "below", { answers: true })).toThrow(/not metric=value/)
    },
  )

  test("lists the metrics that there are when it meets another one", () => {
    const parse = () => parseThreshold("retrieval.ndcg=0.5", "below", { answers: true })
    expect(parse).toThrow(expect.objectContaining({ code: "invalid-request" }))
    expect(parse).toThrow(/retrieval\.ndcg10, .*abstention\.auroc.*timings\.searchP95Ms/)
  })

  test.each(["answers.f1=0.5", "abstention.auroc=0.5", "timings.answerP50Ms=5"])("%s needs answers", (text) => {
    expect(() => parseThreshold(text, "below", { answers: false })).toThrow(/needs --answers/)
    expect(parseThreshold(text, "below", { answers: true }).kind).toBe("below")
  })
})

describe("missedThresholds()", () => {
  test("names those that are lower than asked for, and none that is equal", () => {
    expect(missedOf("retrieval.ndcg10=0.7", "retrieval.recall10=0.6", "retrieval.byArm.dense=0.55")).toEqual([
      ...["retrieval.recall10", "retrieval.byArm.dense"],
    ])
  })

  test("names what is higher than allowed", () => {
    const threshold = (value: number) => parseThreshold(`timings.searchP95Ms=${value}`, "above", { answers: false })
    expect(missedThresholds(EVALUATION, [threshold(12), threshold(11.5)])).toEqual([
      { metric: "timings.searchP95Ms", kind: "above", value: 11.5, measured: 12 },
    ])
  })

  test("what cannot be measured is missed", () => {
    expect(missedOf("answers.f1=0")).toEqual(["answers.f1"])
  })

  test("what is not a number is missed", () => {
    const evaluation = { ...EVALUATION, retrieval: { ...EVALUATION.retrieval, ndcg10: Number.NaN } }
    const threshold = parseThreshold("retrieval.ndcg10=0.6", "below", { answers: false })
    expect(missedThresholds(evaluation, [threshold])).toEqual([{ ...threshold, measured: null }])
  })
})
