import { chunkId } from "../../ingest/store.ts"
import { sha256 } from "../core/hash.ts"
import type { ChunkIndex } from "../core/ports.ts"
import type { DocumentId } from "../core/types.ts"
import { checkDatabase } from "../db/check.ts"
import { listIndexedChunks } from "../db/chunks.ts"
import type { Database } from "../db/client.ts"
import { listIndexedContents, requeueDocuments } from "../db/documents.ts"
import type { ContentStore } from "../db/files.ts"
import type { DoctorReport, Violation } from "./knowledge-base.ts"

export interface DoctorPorts {
  readonly database: Database
  readonly index: ChunkIndex
  readonly originals: ContentStore
  readonly texts: ContentStore
  readonly dimensions: number
}

/**
 * Checks the invariants between SQL, the index and the stored files: V2 (same chunks on both sides, each once), V3 (no
 * row that SQL does not know), V4 (texts of rows match their hashes), V5 (vectors have the right length, are finite and
 * not zero), V8 (originals and canonical texts match their names), V9 (SQL is sound). With `repair`, documents that are
 * hurt are queued again from their originals, and rows that SQL does not know are removed.
 */
export async function doctor(ports: DoctorPorts, options: { readonly repair: boolean }): Promise<DoctorReport> {
  const violations: Violation[] = []
  const hurt = new Set<DocumentId>()
  const report = (invariant: string, message: string, documentId?: DocumentId) => {
    violations.push({ invariant, message })
    if (documentId !== undefined) hurt.add(documentId)
  }
  for (const fault of await checkDatabase(ports.database)) report("V9", fault)

  const expected = new Map<string, { documentId: DocumentId; revision: string; textHash: string }>()
  for (const row of await listIndexedChunks(ports.database.read)) {
    expected.set(chunkId(row.documentId, row.ordinal), row)
  }
  const phantoms = new Set<DocumentId>()
  const seen = new Set<string>()
  for await (const row of ports.index.scan()) {
    const known = expected.get(row.chunkId)
    if (known === undefined || known.revision !== row.revision) {
      report("V3", `the index has a chunk that SQL does not know: ${row.chunkId}`)
      phantoms.add(row.documentId)
      continue
    }
    if (seen.has(row.chunkId)) report("V2", `the index has a chunk twice: ${row.chunkId}`, row.documentId)
    seen.add(row.chunkId)
    if (sha256(row.text) !== known.textHash) {
      report("V4", `the text of a chunk is damaged in the index: ${row.chunkId}`, row.documentId)
    }
    if (!isSound(row.vector, ports.dimensions)) {
      report("V5", `the vector of a chunk is not usable: ${row.chunkId}`, row.documentId)
    }
  }
  for (const [id, row] of expected) {
    if (!seen.has(id)) report("V2", `a chunk is missing from the index: ${id}`, row.documentId)
  }

  const lost: DocumentId[] = []
  const contents = await listIndexedContents(ports.database.read)
  for (const { documentId, path, revision, textHash } of contents) {
    if ((await ports.originals.read(revision)) === undefined) {
      report("V8", `the original of "${path}" is missing or damaged`)
      lost.push(documentId)
    }
    if ((await ports.texts.read(textHash)) === undefined) {
      report("V8", `the text of "${path}" is missing or damaged`, documentId)
    }
  }

  const notes = [`${contents.length} documents and ${expected.size} chunks checked`]
  if (options.repair && violations.length > 0) {
    const phantomIds = [...phantoms].filter((id) => !contents.some((content) => content.documentId === id))
    if (phantomIds.length > 0) await ports.index.removeDocuments(phantomIds)
    const again = [...new Set([...hurt, ...phantoms])].filter(
      (id) => !lost.includes(id) && contents.some((content) => content.documentId === id),
    )
    await requeueDocuments(ports.database, again, ports.originals)
    notes.push(`${again.length} documents queued again, ${phantomIds.length} unknown documents taken out of the index`)
    if (lost.length > 0) notes.push(`${lost.length} originals have to be given again`)
  }
  return { violations, notes, documents: contents.length, chunks: expected.size }
}

function isSound(vector: Float32Array, dimensions: number): boolean {
  return vector.length === dimensions && vector.every(Number.isFinite) && vector.some((component) => component !== 0)
}
