import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { lexicalText, pieceAt } from "../../ingest/chunk.ts"
import { chunkId } from "../../ingest/store.ts"
import { sha256 } from "../core/hash.ts"
import type { ChunkIndex } from "../core/ports.ts"
import type { DocumentId, IndexedChunk, Log } from "../core/types.ts"
import { listChunks } from "../db/chunks.ts"
import type { Database } from "../db/client.ts"
import { findDocument, findNeeded, findRevisions } from "../db/documents.ts"
import { findEmbeddings } from "../db/embeddings.ts"
import type { ContentFile, ContentStore } from "../db/files.ts"
import {
  type DocumentFault,
  findIndexVersion,
  listExpectedChunks,
  recordIndexVersion,
  type StoredContent,
} from "../db/integrity.ts"
import { requeueDocuments } from "../db/requeue.ts"
import { type FileFindings, findLeftovers } from "./doctor-files.ts"
import { type IndexFindings, inspectIndex } from "./doctor-index.ts"

export interface RepairPorts {
  readonly database: Database
  readonly index: ChunkIndex
  readonly originals: ContentStore
  readonly texts: ContentStore
  readonly dimensions: number
  readonly log: Log
}

/** What was found, by what it is mended with. */
export interface Repairable {
  readonly index: IndexFindings
  readonly files: FileFindings
  /** Documents in a state that nothing will take them out of. */
  readonly stuck: readonly DocumentFault[]
}

/** Chunks of one commit of the index. */
const CHUNKS_A_COMMIT = 2_000

/** Mends what was found; returns a sentence for each thing that was done. Has to be alone with the index. */
export async function repair(findings: Repairable, ports: RepairPorts): Promise<string[]> {
  const { files, stuck } = findings
  const notes: string[] = []
  const restored = await restoreOriginals(files.withoutOriginal, ports)
  const lost = files.withoutOriginal.filter((content) => !restored.includes(content))
  if (restored.length > 0) notes.push(`${restored.length} originals fetched again from their folders`)
  for (const { path } of lost) notes.push(`the original of "${path}" has to be given again`)

  const unreadable = new Set([...files.withoutText, ...stuck].map(({ documentId }) => documentId))
  const { refilled, unable } = await repairIndex(findings.index, ports, unreadable)
  if (refilled > 0) notes.push(`${refilled} documents put back into the index`)
  if (findings.index.phantoms.size > 0) notes.push(`${findings.index.phantoms.size} unknown documents left the index`)

  const lostIds = new Set(lost.map(({ documentId }) => documentId))
  const again = [...unable, ...unreadable].filter((id) => !lostIds.has(id))
  const queued = await requeueDocuments(ports.database, [...new Set(again)], ports.originals)
  if (queued.length > 0) notes.push(`${queued.length} documents queued to be read again`)

  const removed = await removeLeftovers(files.leftovers, ports)
  if (removed > 0) notes.push(`${removed} files removed that nothing needs`)
  return notes
}

/**
 * What a data folder is given when it is opened, before anything else uses it. Files that a process left behind when it
 * ended in between go. The index is looked at: is it the version that SQL knows, are all rows there, do both searches
 * answer? Where not, it is compared as a whole and mended from SQL; documents whose texts or vectors are gone are queued.
 * Returns a sentence for each thing that was done.
 */
export async function recover(ports: RepairPorts): Promise<string[]> {
  const leftovers = await findLeftovers(ports, Number.POSITIVE_INFINITY)
  if (leftovers.length > 0) {
    ports.log("info", "files of a process that ended in between are removed", { files: leftovers.length })
    await removeLeftovers(leftovers, ports)
  }
  return await recoverIndex(ports)
}

async function recoverIndex(ports: RepairPorts): Promise<string[]> {
  const notes: string[] = []
  const { database, index, log } = ports
  const isSound = await looksSound(ports)
  if (!isSound) {
    const findings = await inspectIndex(ports)
    if (findings.violations.length > 0) {
      log("warn", "the index is not what SQL says and is mended", { violations: findings.violations.length })
      const { refilled, unable } = await repairIndex(findings, ports)
      const queued = await requeueDocuments(database, unable, ports.originals)
      log("info", "the index is mended", { refilled, queued: queued.length })
      notes.push(
        `the index was mended when it was opened: ${findings.violations.length} violations, such as ${findings.violations[0]?.message}; ` +
          `${refilled} documents put back into it, ${queued.length} queued to be read again`,
      )
    } else await recordIndexVersion(database, index.generation, await index.version())
  }
  await index.discardDamaged()
  return notes
}

async function looksSound({ database, index, dimensions }: RepairPorts): Promise<boolean> {
  const expected = await listExpectedChunks(database.read)
  if ((await index.version()) < (await findIndexVersion(database.read, index.generation))) return false
  if ((await index.countRows()) !== expected.length) return false
  const [chunk] = expected
  if (chunk === undefined) return true
  const query = { filter: { collections: [chunk.collectionId], aclClasses: [chunk.aclClass] }, limit: 1 }
  const searches = [
    index.searchDense(new Float32Array(dimensions).fill(1), query),
    index.searchLexical(chunk.title, query),
  ]
  const outcomes = await Promise.allSettled(searches)
  return outcomes.every(({ status }) => status === "fulfilled")
}

/** `unreadable`: documents that cannot be put back because they have to be read again. */
async function repairIndex(
  findings: IndexFindings,
  ports: RepairPorts,
  unreadable: ReadonlySet<DocumentId> = new Set(),
): Promise<{ readonly refilled: number; readonly unable: readonly DocumentId[] }> {
  const { database, index } = ports
  let hurt: ReadonlySet<DocumentId> = findings.hurt
  const expected = await listExpectedChunks(database.read)
  const searchable = new Set(expected.map(({ documentId }) => documentId))
  if (findings.isUnreadable) {
    await index.reset()
    hurt = searchable
  }
  const phantoms = [...findings.phantoms].filter((id) => !searchable.has(id))
  if (!findings.isUnreadable && phantoms.length > 0) await index.removeDocuments(phantoms)
  const wrong = [...findings.phantoms].filter((id) => searchable.has(id))
  const wanted = [...new Set([...hurt, ...wrong])].filter((id) => !unreadable.has(id))
  const { refilled, unable } = await refill(wanted, ports)
  if (findings.needsIndexes) await index.rebuildIndexes()
  await index.optimize()
  await recordIndexVersion(database, index.generation, await index.version())
  await index.discardDamaged()
  return { refilled, unable }
}

/** Writes rows of documents again from SQL, the stored texts and the known vectors. */
async function refill(
  ids: readonly DocumentId[],
  ports: RepairPorts,
): Promise<{ readonly refilled: number; readonly unable: readonly DocumentId[] }> {
  const unable: DocumentId[] = []
  let refilled = 0
  let batch: { readonly id: DocumentId; readonly chunks: readonly IndexedChunk[] }[] = []
  const flush = async (): Promise<void> => {
    await ports.index.replaceDocuments(batch)
    refilled += batch.length
    batch = []
  }
  for (const id of ids) {
    const chunks = await chunksOf(id, ports)
    if (chunks === undefined) unable.push(id)
    else batch.push({ id, chunks })
    if (batch.reduce((sum, document) => sum + document.chunks.length, 0) >= CHUNKS_A_COMMIT) await flush()
  }
  await flush()
  return { refilled, unable }
}

/** What the index should hold of a document, or undefined where its text or a vector is not known any more. */
async function chunksOf(id: DocumentId, { database, texts }: RepairPorts): Promise<IndexedChunk[] | undefined> {
  const revision = (await findRevisions(database.read, [id])).get(id)
  const document = await findDocument(database.read, id)
  if (revision === undefined || document === undefined) return undefined
  const text = (await texts.read(revision.textHash))?.toString("utf8")
  if (text === undefined) return undefined
  const rows = await listChunks(database.read, id, revision.revision)
  const vectors = await findEmbeddings(
    database.read,
    rows.map((row) => row.embeddingKey),
  )
  const pieces = rows.map((row) => ({ headingPath: row.headingPath, ...pieceAt(text, row) }))
  const chunks: IndexedChunk[] = []
  for (const [place, row] of rows.entries()) {
    const piece = pieces[place]?.text ?? ""
    const vector = vectors.get(row.embeddingKey)
    if (vector === undefined || sha256(piece) !== row.textHash) return undefined
    chunks.push({
      ...{ id: chunkId(id, row.ordinal), documentId: id, ordinal: row.ordinal, start: row.start, end: row.end },
      ...{ page: row.page, headingPath: row.headingPath, text: piece, vector, aclClass: document.aclClass },
      ...{ collectionId: revision.collectionId, revision: revision.revision, title: revision.title },
      ...{ mediaType: revision.mediaType, modifiedAt: revision.modifiedAt },
      lexicalText: lexicalText(revision.title, pieces, place),
    })
  }
  return chunks
}

/** Takes originals from the folder that they came from, where the file there still has the same content. */
async function restoreOriginals(
  contents: readonly StoredContent[],
  { originals }: RepairPorts,
): Promise<StoredContent[]> {
  const restored: StoredContent[] = []
  for (const content of contents) {
    if ((await originals.read(content.revision)) !== undefined) {
      restored.push(content)
      continue
    }
    if (content.root === "") continue
    const bytes = await readFile(join(content.root, content.path)).catch(() => undefined)
    if (bytes === undefined || sha256(bytes) !== content.revision) continue
    await originals.write(bytes)
    restored.push(content)
  }
  return restored
}

/** Within a write transaction, so that nothing begins to need a file that goes. */
async function removeLeftovers(leftovers: readonly ContentFile[], ports: RepairPorts): Promise<number> {
  const hashes = leftovers.flatMap(({ hash }) => hash ?? [])
  await ports.database.write(async (transaction) => {
    const needed = await findNeeded(transaction, hashes)
    for (const hash of hashes) {
      if (needed.has(hash)) continue
      ports.originals.remove(hash)
      ports.texts.remove(hash)
    }
  })
  for (const { hash, path } of leftovers) if (hash === undefined) await rm(path, { force: true })
  return leftovers.length
}
