import { IbidError } from "../core/errors.ts"
import type { ChunkIndex, Embedder } from "../core/ports.ts"
import type { ChunkId, DocumentId, IndexHit, ReadFilter } from "../core/types.ts"
import { adapt } from "./adapt.ts"
import { type FusedHit, fuse } from "./fuse.ts"

export interface Retrieval {
  /** Best first, each chunk once. */
  readonly fused: readonly FusedHit[]
  /** The two arms as they came, best first. */
  readonly dense: readonly IndexHit[]
  readonly lexical: readonly IndexHit[]
  /** For each phrase the hits that hold all its words. */
  readonly worded: readonly ReadonlySet<ChunkId>[]
  /** Unit norm, as the embedder has made it: what moves it for the search moves no sentence. */
  readonly questionVector: Float32Array
  /** Arms that could not search: `lexical`, or none. */
  readonly degraded: readonly string[]
  readonly timings: { readonly embedMs: number; readonly denseMs: number; readonly lexicalMs: number }
}

export interface RetrieveOptions {
  readonly filter: ReadFilter
  /** Of each arm. */
  readonly candidates: number
  /** What holds all words of one of these is a candidate, wherever the arms have it. */
  readonly phrases?: readonly string[]
  /** The best chunks of these, as far as the filter lets them through, are candidates of both arms. */
  readonly earlierDocuments?: readonly DocumentId[]
  /** Of the dense arm in fusion, in [0, 1]; absent means the embedder's own. */
  readonly denseWeight?: number
  /** Moves the question's vector before it searches (`adapt`). */
  readonly adapter?: Float32Array | null
  readonly signal?: AbortSignal
}

/** Of the documents of earlier turns, from each arm. */
const EARLIER_CHUNKS = 5

/** Embeds the question, searches both arms side by side with the filter inside both, and fuses. */
export async function retrieve(
  question: string,
  ports: { readonly embedder: Embedder; readonly index: ChunkIndex },
  options: RetrieveOptions,
): Promise<Retrieval> {
  const { filter, candidates, phrases = [], earlierDocuments = [] } = options
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  const started = performance.now()
  const [vector] = await ports.embedder.embed([question], { kind: "query", ...signal })
  if (vector === undefined) throw new RangeError("An embedder returned no vector")
  const searched = options.adapter == null ? vector : adapt(vector, options.adapter)
  const query = { filter, limit: candidates, ...signal }
  const embedded = performance.now()
  const degraded: string[] = []
  const timed = async (search: Promise<readonly IndexHit[]>) => {
    const hits = await search
    return { hits, ms: performance.now() - embedded }
  }
  const note = () => (degraded.includes("lexical") ? 0 : degraded.push("lexical"))
  const byMeaning = (one: typeof query) => ports.index.searchDense(searched, one)
  const byWords = (one: typeof query) =>
    orDegraded(ports.index.searchLexical(question, { ...one, vector: searched }), note)
  const { documentIds } = filter
  const among = earlierDocuments.filter((id) => documentIds === undefined || documentIds.includes(id))
  const earlier = { ...query, filter: { ...filter, documentIds: among }, limit: EARLIER_CHUNKS }
  const searches = among.length === 0 ? [query] : [query, earlier]
  const [dense, lexical, ...worded] = await Promise.all([
    timed(Promise.all(searches.map(byMeaning)).then((lists) => bestFirst(lists, "dense"))),
    timed(Promise.all(searches.map(byWords)).then((lists) => bestFirst(lists, "lexical"))),
    ...phrases.map((phrase) =>
      timed(
        orDegraded(ports.index.searchLexical(phrase, { ...query, vector: searched, isEachWordWanted: true }), note),
      ),
    ),
  ])
  // their scores are those of the phrase alone
  const others = worded.flatMap(({ hits }) => hits.map((hit) => ({ ...hit, lexical: null })))
  return {
    fused: fuse([...dense.hits, ...others], lexical.hits, options.denseWeight ?? ports.embedder.denseWeight),
    dense: dense.hits,
    lexical: lexical.hits,
    worded: worded.map(({ hits }) => new Set(hits.map(({ chunkId }) => chunkId))),
    questionVector: vector,
    degraded,
    timings: { embedMs: embedded - started, denseMs: dense.ms, lexicalMs: lexical.ms },
  }
}

/** Lists of one arm as one, each chunk once: their scores are of the same scale, whatever the filter. */
function bestFirst(lists: readonly (readonly IndexHit[])[], arm: "dense" | "lexical"): readonly IndexHit[] {
  const [first = [], ...others] = lists
  if (others.length === 0) return first
  const known = new Map([...lists].reverse().flatMap((list) => list.map((hit) => [hit.chunkId, hit] as const)))
  return [...known.values()].sort((left, right) => (right[arm] ?? 0) - (left[arm] ?? 0))
}

/** Nothing from an arm whose part of the index is damaged: the other arm answers meanwhile. */
async function orDegraded(search: Promise<readonly IndexHit[]>, note: () => void): Promise<readonly IndexHit[]> {
  try {
    return await search
  } catch (thrown) {
    if (!(thrown instanceof IbidError) || thrown.code !== "data-folder-damaged") throw thrown
    note()
    return []
  }
}
