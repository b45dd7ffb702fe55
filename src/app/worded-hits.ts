import type { ChunkId } from "../core/types.ts"
import type { FusedHit } from "../retrieval/fuse.ts"
import { phrasePattern, readableText } from "../retrieval/phrases.ts"
import type { Retrieval } from "../retrieval/retrieve.ts"
import type { HitCheck } from "./check-hits.ts"

/** Hits with a phrase that come to the second stage wherever fusion has put them, for each phrase. */
const WORDED = 10
/** Of a phrase, the best by its words: about 0.1 ms each. */
const MOST_CHECKED = 200

/**
 * For each phrase its best hits that hold it word for word, at most ten. The index knows only which hold its words
 * somewhere, in the neighbouring chunks as well: `3.2.1` is nearly everywhere in a text with small numbers.
 */
export async function wordedHits(
  { fused, worded }: Pick<Retrieval, "fused" | "worded">,
  phrases: readonly string[],
  check: HitCheck,
): Promise<readonly (readonly FusedHit[])[]> {
  if (phrases.length === 0) return []
  const all: ReadonlySet<ChunkId> = new Set(worded.flatMap((ids) => [...ids].slice(0, MOST_CHECKED)))
  const passed = await check.pass(
    fused.filter(({ chunkId }) => all.has(chunkId)),
    all.size,
  )
  const texts = new Map(passed.map((hit) => [placeOf(hit), readableText(hit)]))
  return phrases.map((phrase, place) => {
    const pattern = phrasePattern(phrase)
    const holdsPhrase = (hit: FusedHit) =>
      worded[place]?.has(hit.chunkId) === true && pattern.test(texts.get(placeOf(hit)) ?? "")
    return fused.filter(holdsPhrase).slice(0, WORDED)
  })
}

function placeOf({ documentId, ordinal }: Pick<FusedHit, "documentId" | "ordinal">): string {
  return `${documentId} ${ordinal}`
}
