import { sha256 } from "../core/hash.ts"
import type { Log, ReadFilter, Warning } from "../core/types.ts"
import { findHitChunks } from "../db/chunks.ts"
import type { Database } from "../db/client.ts"
import type { ContextHit } from "../retrieval/context.ts"
import type { FusedHit } from "../retrieval/fuse.ts"

/**
 * Checks what the index returned against SQL before anybody sees it: the document is there, the revision is current, the
 * filter holds by SQL's own columns, and the text has the hash that SQL knows (LanceDB has no checksums). What does not
 * pass is dropped; a broken permission or text is reported, because neither can happen in a sound folder.
 */
export async function checkHits(
  hits: readonly FusedHit[],
  filter: ReadFilter,
  ports: { readonly database: Database; readonly log: Log },
): Promise<{ readonly hits: readonly ContextHit[]; readonly warnings: readonly Warning[] }> {
  const known = await findHitChunks(ports.database.read, hits)
  const checked: ContextHit[] = []
  const damaged = new Set<string>()
  for (const hit of hits) {
    const chunk = known.get(hit.chunkId)
    if (chunk === undefined) continue
    if (!filter.collections.includes(chunk.collectionId) || !filter.aclClasses.includes(chunk.aclClass)) {
      ports.log("error", "the index returned a chunk outside the filter; it was dropped", { chunkId: hit.chunkId })
      continue
    }
    if (sha256(hit.text) !== chunk.textHash) {
      ports.log("error", "the text of a chunk is damaged in the index; it was dropped", { chunkId: hit.chunkId })
      damaged.add(chunk.path)
      continue
    }
    checked.push({ ...chunk, text: hit.text, fused: hit.fused, dense: hit.dense, lexical: hit.lexical })
  }
  const warnings = [...damaged].map((path) => ({
    code: "passage-damaged",
    message: `A passage of "${path}" was left out: its stored text is damaged; run ibid doctor --repair`,
  }))
  return { hits: checked, warnings }
}
