import { areNearDuplicates, termsOf } from "../core/near-duplicates.ts"
import type { DocumentId, Passage, Range, Revision, Scores } from "../core/types.ts"

/** A hit together with what SQL knows of its chunk; its text has been checked. */
export interface ContextHit extends Range {
  readonly documentId: DocumentId
  readonly path: string
  readonly title: string
  readonly revision: Revision
  readonly ordinal: number
  readonly page: number | null
  readonly headingPath: readonly string[]
  readonly text: string
  /** Name of the canonical text that the range counts in. */
  readonly canonicalHash: string
  readonly embeddingKey: string
  readonly modifiedAt: number
  readonly fused: number
  readonly dense: number | null
  readonly lexical: number | null
}

/** More would not fit into the reader's window, and a quote is easier to find in a short passage. */
const LARGEST_MERGE = 3
/** Further passages of a document stand behind those of others. */
const PASSAGES_A_DOCUMENT = 2

/**
 * Turns ranked hits into at most `limit` passages: chunks that follow one another in a document are merged into the
 * better one's place, of equal texts only the first stays (the newer one where the scores are equal), and of two
 * versions of a text in different documents the newer one stands first, where it holds the same words of the question
 * (`terms`). Further passages of a document than two stand
 * behind those of others. A passage has the best of its chunks' scores, where two versions have changed places that of
 * its place. The text of merged chunks comes from `loadText`, the canonical text of a revision; where that is damaged or
 * gone, the better chunk stands alone.
 */
export async function context(
  hits: readonly ContextHit[],
  limit: number,
  loadText: (hit: ContextHit) => Promise<string | undefined>,
  terms: readonly string[] = [],
): Promise<Passage[]> {
  const ranked = newerFirst(
    [...hits].sort((a, b) => b.fused - a.fused || b.modifiedAt - a.modifiedAt),
    terms,
  )
  const seen = new Set<string>()
  const distinct = ranked.filter((hit) => {
    const text = hit.text.replace(/\s+/g, " ")
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
  const groups: ContextHit[][] = []
  for (const hit of distinct.slice(0, 2 * limit)) {
    const neighbours = groups.filter((group) => group.length < LARGEST_MERGE && group.some((one) => touches(one, hit)))
    const [home] = neighbours
    if (home === undefined) groups.push([hit])
    else home.push(hit)
  }
  const passages: Passage[] = []
  for (const group of spread(groups).slice(0, limit))
    passages.push(await toPassage(group, passages.length + 1, loadText))
  return passages
}

/** Versions of a text in different documents change places, and with their places the scores of ranking. */
function newerFirst(hits: readonly ContextHit[], asked: readonly string[]): ContextHit[] {
  const ranked = [...hits]
  const texts = new Map(hits.map((hit) => [hit.text, termsOf(hit.text)]))
  const headers = new Map(hits.map((hit) => [hit, termsOf([hit.title, ...hit.headingPath].join(" "))]))
  const holds = (hit: ContextHit, term: string) =>
    texts.get(hit.text)?.has(term) === true || headers.get(hit)?.has(term) === true
  const isVersion = (newer: ContextHit, older: ContextHit) =>
    newer.documentId !== older.documentId &&
    areNearDuplicates(texts.get(newer.text) ?? new Set(), texts.get(older.text) ?? new Set()) &&
    asked.every((term) => holds(newer, term) || !holds(older, term))
  for (let place = 0; place < ranked.length; place++) {
    for (let other = place + 1; other < ranked.length; other++) {
      const [better, worse] = [ranked[place], ranked[other]]
      if (better === undefined || worse === undefined) continue
      if (worse.modifiedAt <= better.modifiedAt || !isVersion(worse, better)) continue
      ranked[place] = { ...worse, fused: better.fused }
      ranked[other] = { ...better, fused: worse.fused }
    }
  }
  return ranked
}

/** The groups with those first that are among the best two of their document. */
function spread(groups: readonly ContextHit[][]): ContextHit[][] {
  const counts = new Map<DocumentId, number>()
  const isAmongBest = groups.map(([best]) => {
    if (best === undefined) return false
    const count = (counts.get(best.documentId) ?? 0) + 1
    counts.set(best.documentId, count)
    return count <= PASSAGES_A_DOCUMENT
  })
  return [...groups.filter((_, place) => isAmongBest[place]), ...groups.filter((_, place) => !isAmongBest[place])]
}

function touches(a: ContextHit, b: ContextHit): boolean {
  // while a document is replaced, hits of two revisions can meet: their ranges count in different texts
  const sameText = a.documentId === b.documentId && a.revision === b.revision
  return sameText && a.page === b.page && Math.abs(a.ordinal - b.ordinal) === 1
}

async function toPassage(
  group: readonly ContextHit[],
  rank: number,
  loadText: (hit: ContextHit) => Promise<string | undefined>,
): Promise<Passage> {
  const [best] = group
  if (best === undefined) throw new RangeError("A passage has a chunk")
  const start = Math.min(...group.map((hit) => hit.start))
  const end = Math.max(...group.map((hit) => hit.end))
  const merged = group.length === 1 ? undefined : (await loadText(best))?.slice(start, end)
  const range = merged === undefined ? { start: best.start, end: best.end } : { start, end }
  return {
    rank,
    ...{ documentId: best.documentId, path: best.path, title: best.title, revision: best.revision, page: best.page },
    ...range,
    headingPath: best.headingPath,
    text: merged ?? best.text,
    scores: bestScores(group),
  }
}

function bestScores(group: readonly ContextHit[]): Scores {
  const largest = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : Math.max(...known)
  }
  return {
    fused: largest(group.map((hit) => hit.fused)) ?? 0,
    dense: largest(group.map((hit) => hit.dense)),
    lexical: largest(group.map((hit) => hit.lexical)),
    reader: null,
  }
}
