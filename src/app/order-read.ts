import type { Reading } from "../core/ports.ts"
import type { Passage } from "../core/types.ts"
import { rerank } from "../retrieval/rerank.ts"

interface ReadPassages {
  /** In the order of rank; those that were read stand first. */
  readonly passages: readonly Passage[]
  /** In the order of the passages. */
  readonly readings: readonly Reading[]
  /** What became of each passage that was found. */
  readonly moved: ReadonlyMap<Passage, Passage>
}

/** The passages with the scores of those that were read (the first ones), in a new order where the reader scores no sentences. */
export function orderRead(found: readonly Passage[], read: readonly Reading[]): ReadPassages {
  const isOfPassages = read.some(({ sentences }) => sentences === null)
  const logits = read.map(({ answerable }) => answerable)
  const order = isOfPassages ? rerank(found, logits) : [...found.keys()]
  const moved = new Map<Passage, Passage>()
  const passages = order.flatMap((position, place) => {
    const passage = found[position]
    if (passage === undefined) return []
    const scores = { ...passage.scores, reader: read[position]?.answerable ?? null }
    const now = { ...passage, rank: place + 1, scores }
    moved.set(passage, now)
    return [now]
  })
  const readings = order.slice(0, read.length).flatMap((position) => read[position] ?? [])
  return { passages, readings, moved }
}
