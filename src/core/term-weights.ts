/** In how many chunks a term occurs, of how many. */
export interface TermStatistics {
  readonly chunks: number
  readonly byTerm: ReadonlyMap<string, number>
}

/**
 * How much of a question stands in a text: the share of the question's idf mass,
 * ln(1 + (N − n + .5) / (n + .5)) a term as BM25 has it, so that a term that no chunk holds weighs most. In [0, 1].
 */
export function createCoverage(
  terms: readonly string[],
  { chunks, byTerm }: TermStatistics,
): (present: ReadonlySet<string>) => number {
  const weights = terms.map((term) => {
    const containing = Math.min(byTerm.get(term) ?? 0, chunks)
    return [term, Math.log(1 + (chunks - containing + 0.5) / (containing + 0.5))] as const
  })
  const mass = weights.reduce((sum, [, weight]) => sum + weight, 0)
  return (present) =>
    mass === 0 ? 0 : weights.reduce((sum, [term, weight]) => sum + (present.has(term) ? weight : 0), 0) / mass
}
