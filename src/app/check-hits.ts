import { sha256 } from "../core/hash.ts"
import type { DropReason } from "../core/receipt.ts"
import type { ChunkId, Log, ReadFilter, Warning } from "../core/types.ts"
import { findHitChunks } from "../db/chunks.ts"
import type { Database } from "../db/client.ts"
import type { ContentStore } from "../db/files.ts"
import type { ContextHit } from "../retrieval/context.ts"
import type { FusedHit } from "../retrieval/fuse.ts"
import { phrasePattern, readableText } from "../retrieval/phrases.ts"

interface CheckPorts {
  readonly database: Database
  readonly texts: ContentStore
  readonly log: Log
}

interface Wish {
  readonly filter: ReadFilter
  /** Phrases: what has one of them is left out. */
  readonly excluded?: readonly string[]
}

export interface CheckedHits {
  readonly hits: readonly ContextHit[]
  /** What did not pass, and why. */
  readonly dropped: ReadonlyMap<ChunkId, DropReason>
  readonly warnings: readonly Warning[]
}

/**
 * Checks what the index returned against SQL before anybody sees it: the document is there, the revision is current, the
 * filter holds by SQL's own columns, and its text, read from the stored canonical text and not from the index (LanceDB
 * has no checksums), has the hash that SQL knows. What does not pass is dropped; a broken permission or text is reported, because neither can happen in a sound folder. Stops when
 * `wanted` hits have passed.
 */
export async function checkHits(
  hits: readonly FusedHit[],
  wish: Wish,
  wanted: number,
  ports: CheckPorts,
): Promise<CheckedHits> {
  const checked: ContextHit[] = []
  const dropped = new Map<ChunkId, DropReason>()
  const damaged = new Set<string>()
  for (let from = 0; from < hits.length && checked.length < wanted; from += wanted) {
    await checkSome(hits.slice(from, from + wanted), wish, ports, { checked, dropped, damaged })
  }
  const warnings = [...damaged].map((path) => ({
    code: "passage-damaged",
    message: `A passage of "${path}" was left out: its stored text is damaged; run ibid doctor --repair`,
  }))
  return { hits: checked, dropped, warnings }
}

async function checkSome(
  hits: readonly FusedHit[],
  { filter, excluded = [] }: Wish,
  ports: CheckPorts,
  {
    checked,
    dropped,
    damaged,
  }: {
    readonly checked: ContextHit[]
    readonly dropped: Map<ChunkId, DropReason>
    readonly damaged: Set<string>
  },
): Promise<void> {
  const patterns = excluded.map(phrasePattern)
  const known = await findHitChunks(ports.database.read, hits)
  for (const hit of hits) {
    const chunk = known.get(hit.chunkId)
    if (chunk === undefined) {
      dropped.set(hit.chunkId, "not-searchable")
      continue
    }
    if (!filter.collections.includes(chunk.collectionId) || !filter.aclClasses.includes(chunk.aclClass)) {
      ports.log("error", "the index returned a chunk outside the filter; it was dropped", { chunkId: hit.chunkId })
      dropped.set(hit.chunkId, "no-access")
      continue
    }
    const text = (await ports.texts.readText(chunk.canonicalHash))?.slice(chunk.start, chunk.end)
    if (text === undefined || sha256(text) !== chunk.textHash) {
      ports.log("error", "the stored text of a chunk is damaged; it was dropped", { chunkId: hit.chunkId })
      dropped.set(hit.chunkId, "text-damaged")
      damaged.add(chunk.path)
      continue
    }
    if (patterns.some((pattern) => pattern.test(readableText({ ...chunk, text })))) {
      dropped.set(hit.chunkId, "excluded")
      continue
    }
    checked.push({ ...chunk, text, fused: hit.fused, dense: hit.dense, lexical: hit.lexical })
  }
}
