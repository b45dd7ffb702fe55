/** Metrics without a judge model. Ranked lists are best first and hold no document twice. */
import { contentTerms, words } from "../core/terms.ts"

/**
 * Normalised discounted cumulative gain at k, in [0, 1]: Σ gain / log2(rank + 1) over the ideal order's value.
 * Järvelin and Kekäläinen, TOIS 2002; linear gain, as BEIR computes it; a gain below 0 (TREC's spam) counts as 0.
 */
export function ndcgAtK(ranked: readonly string[], gains: ReadonlyMap<string, number>, k: number): number {
  const discounted = (values: readonly number[]) =>
    values.slice(0, k).reduce((sum, gain, position) => sum + Math.max(0, gain) / Math.log2(position + 2), 0)
  const ideal = discounted([...gains.values()].sort((a, b) => b - a))
  return ideal === 0 ? 0 : discounted(ranked.map((id) => gains.get(id) ?? 0)) / ideal
}

/** Share of the relevant documents among the first k, in [0, 1]. */
export function recallAtK(ranked: readonly string[], gains: ReadonlyMap<string, number>, k: number): number {
  const relevant = [...gains].filter(([, gain]) => gain > 0).map(([id]) => id)
  if (relevant.length === 0) return 0
  const first = new Set(ranked.slice(0, k))
  return relevant.filter((id) => first.has(id)).length / relevant.length
}

/** One over the rank of the first relevant document among the first k, or 0. */
export function reciprocalRankAtK(ranked: readonly string[], gains: ReadonlyMap<string, number>, k: number): number {
  const position = ranked.slice(0, k).findIndex((id) => (gains.get(id) ?? 0) > 0)
  return position < 0 ? 0 : 1 / (position + 1)
}

/** SQuAD's normalisation: lower case, no punctuation, no articles, single spaces. Rajpurkar et al., EMNLP 2016. */
export function normalizeAnswer(text: string): string {
  return words(text)
    .filter((word) => !["a", "an", "the"].includes(word))
    .join(" ")
}

/** 1 when the normalised answer equals one of the gold answers, else 0. */
export function exactMatch(answer: string, gold: readonly string[]): number {
  const normalized = normalizeAnswer(answer)
  return gold.some((candidate) => normalizeAnswer(candidate) === normalized) ? 1 : 0
}

/** Whether a text holds one of the gold answers, both normalised, as whole words. */
export function holdsAnswer(text: string, gold: readonly string[]): boolean {
  const normalized = ` ${normalizeAnswer(text)} `
  return gold.some((candidate) => normalized.includes(` ${normalizeAnswer(candidate)} `))
}

/** Largest F1 of the words of the answer and of a gold answer, in [0, 1]. */
export function tokenF1(answer: string, gold: readonly string[]): number {
  const given = normalizeAnswer(answer).split(" ").filter(Boolean)
  return Math.max(0, ...gold.map((candidate) => f1(given, normalizeAnswer(candidate).split(" ").filter(Boolean))))
}

/** Share of the gold text's content words that stand in the given text, in [0, 1]. */
export function wordOverlap(text: string, gold: string): number {
  const wanted = new Set(contentTerms(gold))
  if (wanted.size === 0) return 0
  const given = new Set(contentTerms(text))
  return [...wanted].filter((term) => given.has(term)).length / wanted.size
}

/**
 * Wilson's score interval of a share at 95 %, in [0, 1]; it stays sound for small numbers and shares near 0 and 1. Wilson,
 * JASA 1927. The whole range where there is nothing to count.
 */
export function wilsonInterval(count: number, of: number): { readonly low: number; readonly high: number } {
  if (of === 0) return { low: 0, high: 1 }
  const z = 1.959964
  const share = count / of
  const denominator = 1 + z ** 2 / of
  const middle = (share + z ** 2 / (2 * of)) / denominator
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2))
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/**
 * Area under the ROC curve: the probability that a positive scores above a negative, ties count half; as a function of how
 * often each item counts. 0.5 where one side is empty.
 */
export function auroc(
  items: readonly { readonly score: number; readonly isPositive: boolean }[],
): (weights: ArrayLike<number>) => number {
  const order = items.map((item, place) => ({ ...item, place })).sort((left, right) => left.score - right.score)
  return (weights) => {
    let [positives, negatives, wins, start] = [0, 0, 0, 0]
    while (start < order.length) {
      // equal scores win half of each other
      let [positivesHere, negativesHere, end] = [0, 0, start]
      for (; end < order.length && order[end]?.score === order[start]?.score; end++) {
        const weight = weights[order[end]?.place ?? 0] ?? 0
        if (order[end]?.isPositive === true) positivesHere += weight
        else negativesHere += weight
      }
      wins += positivesHere * (negatives + negativesHere / 2)
      positives += positivesHere
      negatives += negativesHere
      start = end
    }
    return positives * negatives === 0 ? 0.5 : wins / (positives * negatives)
  }
}

/** The p-th percentile (0 to 1) by the nearest rank; 0 for an empty list. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? 0
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

function f1(given: readonly string[], gold: readonly string[]): number {
  const left = new Map<string, number>()
  for (const word of gold) left.set(word, (left.get(word) ?? 0) + 1)
  let common = 0
  for (const word of given) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    left.set(word, count - 1)
    common++
  }
  if (common === 0) return 0
  const precision = common / given.length
  const recall = common / gold.length
  return (2 * precision * recall) / (precision + recall)
}
