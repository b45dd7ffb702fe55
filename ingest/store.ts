import { crashPoint } from "../src/core/crash-point.ts"
import type { ChunkIndex } from "../src/core/ports.ts"
import type { ChunkId, CollectionId, DocumentId, IndexedChunk, JobId, Log, Revision } from "../src/core/types.ts"
import { writeAudit } from "../src/db/audit.ts"
import {
  deleteDocuments,
  listChunks,
  listCounted,
  listFileHashes,
  publishBeginning,
  publishRevisions,
} from "../src/db/chunks.ts"
import type { Database } from "../src/db/client.ts"
import { createJobs, type NewJob } from "../src/db/create-jobs.ts"
import { type DocumentRow, findNeeded } from "../src/db/documents.ts"
import type { ContentStore } from "../src/db/files.ts"
import { finishJobs, type JobRow } from "../src/db/jobs.ts"
import { listRemoved } from "../src/db/removals.ts"
import { createTermCounts, type TermCounts } from "./term-counts.ts"

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
  /** Those from the ordinal `from` on; the others stand in the index. */
  readonly chunks: readonly IndexedChunk[]
  readonly from: number
  /** Of all its chunks. */
  readonly texts: readonly string[]
  /** Some of its pages wait for recognition. */
  readonly awaitsRecognition: boolean
}

export function chunkId(documentId: string, ordinal: number): ChunkId {
  return `${documentId}:${ordinal}` as ChunkId
}

/**
 * The last stage: one commit of the index replaces the documents of the batch and is made durable, then one
 * transaction in SQL makes their revisions the searchable ones and queues the recognition of their pages; then what
 * nobody needs any more is cleaned up. Done again after a crash at any point it leads to the same state. Returns the
 * jobs of recognition by the job that led to them.
 */
export async function store(
  batch: readonly EmbeddedDocument[],
  ports: StorePorts,
): Promise<ReadonlyMap<string, JobId>> {
  const recognition = new Map<string, JobId>()
  if (batch.length === 0) return recognition
  const ids = batch.map(({ document }) => document.id as DocumentId)
  const indexVersion = await ports.index.replaceDocuments(
    batch.map(({ document, chunks, from }) => ({ id: document.id as DocumentId, chunks, from })),
  )
  const former = await listFileHashes(ports.database.read, ids)
  const counts = createTermCounts()
  await subtractCounted(counts, ids, ports)
  for (const { document, texts } of batch) counts.add(document.collectionId, texts, 1)
  await ports.database.write(async (transaction) => {
    const committed = batch.map(({ job }) => ({
      documentId: job.documentId as DocumentId,
      revision: job.revision as Revision,
    }))
    await publishRevisions(transaction, committed, { name: ports.index.generation, indexVersion })
    await counts.write(transaction)
    await finishJobs(
      transaction,
      batch.map(({ job }) => job),
    )
    const awaiting = batch.filter(({ job, awaitsRecognition }) => awaitsRecognition && job.kind !== "recognise")
    const jobIds = await createJobs(
      transaction,
      awaiting.map(({ job }) => recognitionOf(job)),
    )
    for (const [place, { job }] of awaiting.entries()) {
      const jobId = jobIds[place]
      if (jobId !== undefined) recognition.set(job.id, jobId)
    }
    await writeAudit(transaction, "indexed", ids)
  })
  crashPoint("published")
  await removeUnneeded(former, ports)
  crashPoint("cleaned-up")
  return recognition
}

/** Makes the first chunks of a long document searchable while the others are on their way. */
export async function storeBeginning(
  { job, document, chunks, from }: Omit<EmbeddedDocument, "texts" | "awaitsRecognition">,
  ports: StorePorts,
): Promise<void> {
  const documentId = document.id as DocumentId
  const indexVersion = await ports.index.replaceDocuments([{ id: documentId, chunks, from }])
  await ports.database.write((transaction) =>
    publishBeginning(
      transaction,
      { documentId, revision: job.revision as Revision },
      { name: ports.index.generation, indexVersion },
    ),
  )
  crashPoint("part-published")
}

/**
 * Takes removed documents out of the index, then out of SQL, then off the disk. Their removal was acknowledged before,
 * in SQL; after a crash it is finished on the next start.
 */
export async function purgeRemoved(ports: StorePorts): Promise<DocumentId[]> {
  const ids = await listRemoved(ports.database.read)
  if (ids.length === 0) return ids
  await ports.index.removeDocuments(ids)
  crashPoint("removed-from-index")
  const former = await listFileHashes(ports.database.read, ids)
  const counts = createTermCounts()
  await subtractCounted(counts, ids, ports)
  await ports.database.write(async (transaction) => {
    await counts.write(transaction)
    await deleteDocuments(transaction, ids)
    await writeAudit(transaction, "purged", ids)
  })
  crashPoint("removed-from-database")
  await removeUnneeded(former, ports)
  crashPoint("removed-from-disk")
  return ids
}

/** Takes the words of the documents' counted revisions, or of those that are meant, out of the term counts. */
export async function subtractCounted(
  counts: TermCounts,
  ids: readonly DocumentId[],
  ports: Pick<StorePorts, "database" | "texts" | "log">,
  isMeant: (content: { readonly documentId: DocumentId; readonly revision: Revision }) => boolean = () => true,
): Promise<void> {
  for (const { documentId, revision, textHash, collectionId } of await listCounted(ports.database.read, ids)) {
    if (!isMeant({ documentId, revision })) continue
    const text = (await ports.texts.read(textHash))?.toString("utf8")
    if (text === undefined) {
      ports.log("warn", "the text of a replaced document is gone: term counts keep its words", { documentId })
      continue
    }
    const chunks = await listChunks(ports.database.read, documentId, revision)
    counts.add(
      collectionId,
      chunks.map((row) => text.slice(row.start, row.end)),
      -1,
    )
  }
}

/** Originals and texts among these that no document needs any more leave the disk. */
export async function removeUnneeded(
  hashes: readonly string[],
  ports: Pick<StorePorts, "database" | "originals" | "texts">,
): Promise<void> {
  const all = [...new Set(hashes)].filter((hash) => hash !== "") // what failed before it was read has none
  const still = await findNeeded(ports.database.read, all) // nearly always all of them, and a look needs no lock
  const names = all.filter((hash) => !still.has(hash))
  if (names.length === 0) return
  await ports.database.write(async (transaction) => {
    const needed = await findNeeded(transaction, names)
    for (const hash of names) {
      if (needed.has(hash)) continue
      ports.originals.remove(hash)
      ports.texts.remove(hash)
    }
  })
}

function recognitionOf(job: JobRow): NewJob {
  return {
    documentId: job.documentId as DocumentId,
    collectionId: job.collectionId as CollectionId,
    revision: job.revision as Revision,
    ...{ path: job.path, title: job.title, sizeBytes: job.sizeBytes },
    ...{ kind: "recognise", isChange: false },
  }
}
