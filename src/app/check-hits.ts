import { sha256 } from "../core/hash.ts"
import type { Log, ReadFilter, Warning } from "../core/types.ts"
import { findHitChunks } from "../db/chunks.ts"
import type { Database } from "../db/client.ts"
import type { ContentStore } from "../db/files.ts"
import type { ContextHit } from "../retrieval/context.ts"
import type { FusedHit } from "../retrieval/fuse.ts"

interface CheckPorts {
  readonly database: Database
  readonly texts: ContentStore
  readonly log: Log
}

/**
 * Checks what the index returned against SQL before anybody sees it: the document is there, the revision is current, the
 * filter holds by SQL's own columns, and its text, read from the stored canonical text and not from the index (LanceDB
 * has no checksums), has the hash that SQL knows. What does not pass is dropped; a broken permission or text is reported, because neither can happen in a sound folder. Stops when
 * `wanted` hits have passed.
 */
export async function checkHits(
  hits: readonly FusedHit[],
  filter: ReadFilter,
  wanted: number,
  ports: CheckPorts,
): Promise<{ readonly hits: readonly ContextHit[]; readonly warnings: readonly Warning[] }> {
  const checked: ContextHit[] = []
  const damaged = new Set<string>()
  for (let from = 0; from < hits.length && checked.length < wanted; from += wanted) {
    await checkSome(hits.slice(from, from + wanted), filter, ports, checked, damaged)
  }
  const warnings = [...damaged].map((path) => ({
    code: "passage-damaged",
    message: `A passage of "${path}" was left out: its stored text is damaged; run ibid doctor --repair`,
  }))
  return { hits: checked, warnings }
}

async function checkSome(
  hits: readonly FusedHit[],
  filter: ReadFilter,
  ports: CheckPorts,
  checked: ContextHit[],
  damaged: Set<string>,
): Promise<void> {
  const known = await findHitChunks(ports.database.read, hits)
  for (const hit of hits) {
    const chunk = known.get(hit.chunkId)
    if (chunk === undefined) continue
    if (!filter.collections.includes(chunk.collectionId) || !filter.aclClasses.includes(chunk.aclClass)) {
      ports.log("error", "the index returned a chunk outside the filter; it was dropped", { chunkId: hit.chunkId })
      continue
    }
    const text = (await ports.texts.readText(chunk.canonicalHash))?.slice(chunk.start, chunk.end)
    if (text === undefined || sha256(text) !== chunk.textHash) {
      ports.log("error", "the stored text of a chunk is damaged; it was dropped", { chunkId: hit.chunkId })
      damaged.add(chunk.path)
      continue
    }
    checked.push({ ...chunk, text, fused: hit.fused, dense: hit.dense, lexical: hit.lexical })
  }
}
