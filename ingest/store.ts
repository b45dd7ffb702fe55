import type { ChunkIndex } from "../src/core/ports.ts"
import { contentTerms } from "../src/core/terms.ts"
import type { ChunkId, CollectionId, DocumentId, IndexedChunk, Log, Revision } from "../src/core/types.ts"
import { addTermCounts, deleteDocuments, listChunks, publishRevisions } from "../src/db/chunks.ts"
import type { Database } from "../src/db/client.ts"
import { type DocumentRow, findDocument, findNeeded, findRevisions, listRemoved } from "../src/db/documents.ts"
import type { ContentStore } from "../src/db/files.ts"
import { finishJobs, type JobRow } from "../src/db/jobs.ts"

export interface StorePorts {
  readonly database: Database
  readonly index: ChunkIndex
  readonly originals: ContentStore
  readonly texts: ContentStore
  readonly log: Log
}

/** A document whose chunks have their vectors. */
export interface EmbeddedDocument {
  readonly job: JobRow
  readonly document: DocumentRow
  readonly chunks: readonly IndexedChunk[]
}

export function chunkId(documentId: string, ordinal: number): ChunkId {
  return `${documentId}:${ordinal}` as ChunkId
}

/**
 * The last stage: one commit of the index replaces the documents of the batch and is made durable, then one
 * transaction in SQL makes their revisions the searchable ones; then what nobody needs any more is cleaned up. Done
 * again after a crash at any point it leads to the same state.
 */
export async function store(batch: readonly EmbeddedDocument[], ports: StorePorts): Promise<void> {
  if (batch.length === 0) return
  const indexVersion = await ports.index.replaceDocuments(
    batch.map(({ document, chunks }) => ({ id: document.id as DocumentId, chunks })),
  )
  const old = await oldContents(
    batch.map(({ document }) => document.id as DocumentId),
    ports,
  )
  const counts = new TermCounts()
  for (const { collectionId, texts } of old.texts) counts.add(collectionId, texts, -1)
  for (const { document, chunks } of batch) {
    counts.add(
      document.collectionId,
      chunks.map((chunk) => chunk.text),
      1,
    )
  }
  await ports.database.write(async (transaction) => {
    await publishRevisions(
      transaction,
      batch.map(({ job }) => ({ documentId: job.documentId as DocumentId, revision: job.revision as Revision })),
      { name: ports.index.generation, indexVersion },
    )
    for (const [collectionId, changes] of counts.byCollection) {
      await addTermCounts(transaction, collectionId, changes)
    }
    await finishJobs(
      transaction,
      batch.map(({ job }) => job),
    )
  })
  await removeUnneeded(old.hashes, ports)
}

/**
 * Takes removed documents out of the index, then out of SQL, then off the disk. Their removal was acknowledged before,
 * in SQL; after a crash it is finished on the next start.
 */
export async function purgeRemoved(ports: StorePorts): Promise<DocumentId[]> {
  const ids = await listRemoved(ports.database.read)
  if (ids.length === 0) return ids
  await ports.index.removeDocuments(ids)
  const old = await oldContents(ids, ports, true)
  const counts = new TermCounts()
  for (const { collectionId, texts } of old.texts) counts.add(collectionId, texts, -1)
  await ports.database.write(async (transaction) => {
    for (const [collectionId, changes] of counts.byCollection) {
      await addTermCounts(transaction, collectionId, changes)
    }
    await deleteDocuments(transaction, ids)
  })
  await removeUnneeded(old.hashes, ports)
  return ids
}

/** The searchable revisions of documents: names of their files, and their chunks' texts for the term counts. */
async function oldContents(ids: readonly DocumentId[], ports: StorePorts, removed = false) {
  const hashes: string[] = []
  const texts: { readonly collectionId: CollectionId; readonly texts: readonly string[] }[] = []
  const revisions = await findRevisions(ports.database.read, ids, { removed })
  for (const id of ids) {
    const document = removed ? undefined : await findDocument(ports.database.read, id)
    const revision = revisions.get(id)
    if (revision === undefined) continue
    hashes.push(revision.revision, revision.textHash)
    if (document !== undefined) hashes.push(document.revision)
    const text = (await ports.texts.read(revision.textHash))?.toString("utf8")
    if (text === undefined) {
      ports.log("warn", "the text of a replaced document is gone: term counts keep its words", { documentId: id })
      continue
    }
    const chunks = await listChunks(ports.database.read, id, revision.revision)
    texts.push({ collectionId: revision.collectionId, texts: chunks.map((row) => text.slice(row.start, row.end)) })
  }
  return { hashes, texts }
}

async function removeUnneeded(hashes: readonly string[], ports: StorePorts): Promise<void> {
  const needed = await findNeeded(ports.database.read, hashes)
  for (const hash of new Set(hashes)) {
    if (needed.has(hash)) continue
    await ports.originals.remove(hash)
    await ports.texts.remove(hash)
  }
}

/** Changes to the number of chunks in which each term occurs, by collection. */
class TermCounts {
  readonly byCollection = new Map<string, Map<string, number>>()

  add(collectionId: string, texts: readonly string[], sign: 1 | -1): void {
    const counts = this.byCollection.get(collectionId) ?? new Map<string, number>()
    this.byCollection.set(collectionId, counts)
    for (const text of texts) {
      for (const term of new Set(contentTerms(text))) counts.set(term, (counts.get(term) ?? 0) + sign)
    }
  }
}
