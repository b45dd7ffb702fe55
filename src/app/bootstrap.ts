/** What every comparison uses, so that it says the same whenever it is made. */
export const BOOTSTRAP = { resamples: 1_000, confidence: 0.95, seed: 20_261_127 } as const

/**
 * Percentile intervals of statistics over items that are drawn again with replacement: the statistics are given how often
 * each of the `count` items was drawn. A paired comparison is a statistic of pairs: both sides of a question are drawn
 * together. Efron and Tibshirani 1993, chapter 13; of systems compared on the same questions: Smucker et al., CIKM 2007.
 * The same seed gives the same intervals.
 */
export function bootstrapIntervals(
  count: number,
  statistics: (weights: Uint32Array) => readonly number[],
  { resamples, confidence, seed }: { readonly resamples: number; readonly confidence: number; readonly seed: number },
): { readonly low: number; readonly high: number }[] {
  const random = mulberry32(seed)
  const rounds = Array.from({ length: resamples }, () => {
    const weights = new Uint32Array(count)
    for (let draw = 0; draw < count; draw++) {
      const place = Math.floor(random() * count)
      weights[place] = (weights[place] ?? 0) + 1
    }
    return statistics(weights)
  })
  const tail = (1 - confidence) / 2
  return (rounds[0] ?? []).map((_, position) => {
    const sorted = rounds.map((values) => values[position] ?? 0).sort((left, right) => left - right)
    return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
  })
}

/** The quantile of a sorted list, between its two neighbours by straight line. */
function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? 0
  return below + (above - below) * (place - Math.floor(place))
}

/** Numbers in [0, 1) that follow from the seed; Tommy Ettinger's mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
