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

export interface HitCheck {
  /** The first `wanted` hits that pass, in their order; what was checked before is not checked again. */
  pass(hits: readonly FusedHit[], wanted: number): Promise<readonly ContextHit[]>
  /** All that was checked so far, with `hits` of the last pass. */
  result(): CheckedHits
}

/**
 * Checks what the index returned against SQL before anybody sees it: the document is there, the revision is current, the
 * filter holds by SQL's own columns, and its text, read from the stored canonical text and not from the index (LanceDB
 * has no checksums), has the hash that SQL knows. What does not pass is dropped; a broken permission or text is reported,
 * because neither can happen in a sound folder.
 */
export function createHitCheck(wish: Wish, ports: CheckPorts): HitCheck {
  const known: Known = { checked: new Map(), dropped: new Map(), damaged: new Set() }
  let hits: readonly ContextHit[] = []
  return {
    pass: async (found, wanted) => {
      const passed: ContextHit[] = []
      for (let from = 0; from < found.length && passed.length < wanted; from += wanted) {
        const part = found.slice(from, from + wanted)
        const unknown = part.filter(({ chunkId }) => !known.checked.has(chunkId) && !known.dropped.has(chunkId))
        if (unknown.length > 0) await checkSome(unknown, wish, ports, known)
        passed.push(...part.flatMap(({ chunkId }) => known.checked.get(chunkId) ?? []))
      }
      hits = passed
      return passed
    },
    result: () => {
      const warnings = [...known.damaged].map((path) => ({
        code: "passage-damaged",
        message: `A passage of "${path}" was left out: its stored text is damaged; run ibid doctor --repair`,
      }))
      return { hits, dropped: known.dropped, warnings }
    },
  }
}

interface Known {
  readonly checked: Map<ChunkId, ContextHit>
  readonly dropped: Map<ChunkId, DropReason>
  readonly damaged: Set<string>
}

async function checkSome(
  hits: readonly FusedHit[],
  { filter, excluded = [] }: Wish,
  ports: CheckPorts,
  { checked, dropped, damaged }: Known,
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
    // a file may be touched or moved without a change of its rows
    if (!isInTime(chunk.modifiedAt, filter)) {
      dropped.set(hit.chunkId, "other-time")
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
    checked.set(hit.chunkId, { ...chunk, text, fused: hit.fused, dense: hit.dense, lexical: hit.lexical })
  }
}

function isInTime(modifiedAt: number, { modifiedAfter, modifiedBefore }: ReadFilter): boolean {
  return (
    modifiedAt >= (modifiedAfter ?? Number.NEGATIVE_INFINITY) &&
    modifiedAt <= (modifiedBefore ?? Number.POSITIVE_INFINITY)
  )
}
