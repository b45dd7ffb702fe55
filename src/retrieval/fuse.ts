import type { IndexHit } from "../core/types.ts"

export interface FusedHit extends IndexHit {
  /** In [0, 1]. */
  readonly fused: number
}

/**
 * Merges the two ranked lists by convex combination of normalised scores,
 * fused(c) = α · max(cos, 0) / max cos + (1 − α) · bm25 / max bm25, the maxima over all candidates, a missing score
 * counting 0. Best first; ties keep first-seen order, dense list first. Bruch, Gai, Ingber, TOIS 2023; it beats
 * reciprocal rank fusion on every set that was measured, and α between .4 and .7 is nearly flat. α belongs to the
 * embedder (`denseWeight`).
 */
export function fuse(dense: readonly IndexHit[], lexical: readonly IndexHit[], denseWeight: number): FusedHit[] {
  const merged = new Map<string, IndexHit>()
  for (const hit of [...dense, ...lexical]) {
    const known = merged.get(hit.chunkId)
    merged.set(
      hit.chunkId,
      known === undefined ? hit : { ...known, dense: known.dense ?? hit.dense, lexical: known.lexical ?? hit.lexical },
    )
  }
  const hits = [...merged.values()]
  const scores = fusedScores(hits, denseWeight)
  return hits.map((hit, position) => ({ ...hit, fused: scores[position] ?? 0 })).sort((a, b) => b.fused - a.fused)
}

/** The score of each hit in a list that is to be fused. */
export function fusedScores(
  hits: readonly Pick<IndexHit, "dense" | "lexical">[],
  denseWeight: number,
): readonly number[] {
  const largest = (scores: readonly (number | null)[]) =>
    scores.reduce<number>((most, score) => Math.max(most, score ?? 0), 0)
  const largestDense = largest(hits.map(({ dense }) => dense))
  const largestLexical = largest(hits.map(({ lexical }) => lexical))
  const share = (score: number | null, whole: number) => (whole === 0 ? 0 : Math.max(score ?? 0, 0) / whole)
  return hits.map(
    ({ dense, lexical }) =>
      denseWeight * share(dense, largestDense) + (1 - denseWeight) * share(lexical, largestLexical),
  )
}
