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
  const largest = (score: (hit: IndexHit) => number | null) => Math.max(0, ...hits.map((hit) => score(hit) ?? 0))
  const largestDense = largest((hit) => hit.dense)
  const largestLexical = largest((hit) => hit.lexical)
  const share = (score: number | null, whole: number) => (whole === 0 ? 0 : Math.max(score ?? 0, 0) / whole)
  return hits
    .map((hit) => ({
      ...hit,
      fused: denseWeight * share(hit.dense, largestDense) + (1 - denseWeight) * share(hit.lexical, largestLexical),
    }))
    .sort((a, b) => b.fused - a.fused)
}
