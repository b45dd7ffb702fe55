import { expect, test } from "vitest"
import {
  auroc,
  exactMatch,
  ndcgAtK,
  normalizeAnswer,
  percentile,
  recallAtK,
  reciprocalRankAtK,
  tokenF1,
  wordOverlap,
} from "../src/app/metrics.ts"

const gains = new Map([
  ["a", 1],
  ["b", 1],
])

test("ndcgAtK() is 1 for the ideal order and 0 for a list without a relevant document", () => {
  expect(ndcgAtK(["a", "b", "x"], gains, 10)).toBe(1)
  expect(ndcgAtK(["x", "y"], gains, 10)).toBe(0)
})

test("ndcgAtK() discounts a relevant document by the logarithm of its rank", () => {
  expect(ndcgAtK(["x", "a"], new Map([["a", 1]]), 10)).toBeCloseTo(1 / Math.log2(3), 12)
})

test("ndcgAtK() counts a gain below 0 as 0", () => {
  const judged = new Map(Object.entries({ a: 1, spam: -2 }))
  expect(ndcgAtK(["spam", "a"], judged, 10)).toBeCloseTo(1 / Math.log2(3), 12)
})

test("ndcgAtK() does not look beyond k", () => {
  expect(ndcgAtK(["x", "a"], gains, 1)).toBe(0)
})

test("ndcgAtK() is 0 for a question without relevant documents", () => {
  expect(ndcgAtK(["a"], new Map(), 10)).toBe(0)
})

test("recallAtK() is the share of relevant documents among the first k", () => {
  expect(recallAtK(["a", "x", "b"], gains, 2)).toBe(0.5)
  expect(recallAtK(["a", "x", "b"], gains, 3)).toBe(1)
})

test("recallAtK() does not count a document of gain 0 as relevant", () => {
  expect(recallAtK(["z"], new Map([["z", 0]]), 10)).toBe(0)
})

test("reciprocalRankAtK() is one over the rank of the first relevant document", () => {
  expect(reciprocalRankAtK(["x", "y", "b"], gains, 10)).toBeCloseTo(1 / 3, 12)
  expect(reciprocalRankAtK(["x", "y", "b"], gains, 2)).toBe(0)
})

test("normalizeAnswer() drops case, punctuation and articles", () => {
  expect(normalizeAnswer("The “Quick”, brown-fox!")).toBe("quick brown fox")
})

test("exactMatch() accepts any of the gold answers after normalisation", () => {
  expect(exactMatch("the 16 weeks.", ["sixteen weeks", "16 Weeks"])).toBe(1)
  expect(exactMatch("17 weeks", ["16 weeks"])).toBe(0)
})

test("tokenF1() counts a repeated word once for each time that the gold has it", () => {
  expect(tokenF1("week week week", ["week"])).toBeCloseTo(0.5, 12)
})

test("tokenF1() takes the best gold answer", () => {
  expect(tokenF1("16 weeks", ["unrelated", "16 weeks"])).toBe(1)
})

test("wordOverlap() is the share of the gold's content words in the text", () => {
  expect(wordOverlap("Pumps need oil", "the pump needs fresh oil")).toBeCloseTo(3 / 4, 12)
})

test("auroc() is 1 when all positives are above, 0.5 for ties and for an empty side", () => {
  const of = (positives: readonly number[], negatives: readonly number[], weights?: readonly number[]) => {
    const items = [
      ...positives.map((score) => ({ score, isPositive: true })),
      ...negatives.map((score) => ({ score, isPositive: false })),
    ]
    return auroc(items)(weights ?? items.map(() => 1))
  }
  expect(of([0.9, 0.8], [0.1])).toBe(1)
  expect(of([0.5], [0.5])).toBe(0.5)
  expect(of([], [0.5])).toBe(0.5)
  expect(of([0.2, 0.6, 0.6], [0.1, 0.6, 0.9])).toBeCloseTo((1 + 1.5 + 1.5) / 9)
  // an item that counts twice is as good as two
  expect(of([0.2, 0.6], [0.1, 0.6, 0.9], [1, 2, 1, 1, 1])).toBeCloseTo((1 + 1.5 + 1.5) / 9)
})

test("percentile() takes the nearest rank", () => {
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2)
  expect(percentile([4, 1, 3, 2], 0.95)).toBe(4)
  expect(percentile([], 0.5)).toBe(0)
})
