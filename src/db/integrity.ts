import { and, eq, inArray, isNull, notExists, sql } from "drizzle-orm"
import type { CollectionId, DocumentId, JobState } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { chunks, documents, generations, jobs, revisions, sources } from "./schema.ts"

const UNFINISHED: readonly JobState[] = ["queued", "parsing", "embedding"]

/** A chunk of a searchable document, as SQL knows it. */
export interface ExpectedChunk {
  readonly documentId: DocumentId
  readonly collectionId: CollectionId
  readonly aclClass: string
  readonly revision: string
  readonly ordinal: number
  readonly start: number
  readonly end: number
  readonly page: number | null
  readonly title: string
  readonly headingPath: readonly string[]
  readonly textHash: string
  /** Of the document's canonical text. */
  readonly canonicalHash: string
  readonly embeddingKey: string
  /** False while only the beginning of the document is searchable. */
  readonly isComplete: boolean
}

/** What the index should hold, in the order of documents and ordinals. */
export async function listExpectedChunks(queries: Queries): Promise<ExpectedChunk[]> {
  const rows = await queries
    .select({
      documentId: chunks.documentId,
      collectionId: documents.collectionId,
      aclClass: documents.aclClass,
      revision: chunks.revision,
      ordinal: chunks.ordinal,
      start: chunks.start,
      end: chunks.end,
      page: chunks.page,
      title: revisions.title,
      headingPath: chunks.headingPath,
      textHash: chunks.textHash,
      canonicalHash: revisions.textHash,
      embeddingKey: chunks.embeddingKey,
      isComplete: revisions.isComplete,
    })
    .from(chunks)
    .innerJoin(documents, and(eq(documents.id, chunks.documentId), eq(documents.indexedRevision, chunks.revision)))
    .innerJoin(revisions, and(eq(revisions.documentId, chunks.documentId), eq(revisions.revision, chunks.revision)))
    .where(isNull(documents.removedAt))
    .orderBy(chunks.documentId, chunks.ordinal)
  return rows as ExpectedChunk[]
}

/** Documents whose rows in the index may be ahead of SQL: a job is under way or a removal is not finished. */
export async function listUnsettled(queries: Queries): Promise<Set<DocumentId>> {
  const waiting = await queries
    .select({ id: jobs.documentId })
    .from(jobs)
    .where(inArray(jobs.state, [...UNFINISHED]))
  const removed = await queries
    .select({ id: documents.id })
    .from(documents)
    .where(sql`${documents.removedAt} IS NOT NULL`)
  return new Set([...waiting, ...removed].map(({ id }) => id as DocumentId))
}

export interface DocumentFault {
  readonly documentId: DocumentId
  readonly message: string
}

/** Documents that are neither searchable, nor refused with a reason, nor waiting for a job. */
export async function listStuck(queries: Queries): Promise<DocumentFault[]> {
  const job = queries
    .select({ one: sql`1` })
    .from(jobs)
    .where(and(eq(jobs.documentId, documents.id), inArray(jobs.state, [...UNFINISHED])))
  const idle = await queries
    .select({
      id: documents.id,
      path: documents.path,
      state: documents.state,
      indexed: documents.indexedRevision,
      revision: documents.revision,
      code: documents.code,
      parsed: revisions.revision,
      isComplete: revisions.isComplete,
      counted: revisions.chunkCount,
      stored: sql<number>`(SELECT count(*) FROM ${chunks} WHERE ${chunks.documentId} = ${documents.id}
        AND ${chunks.revision} = ${documents.indexedRevision})`,
    })
    .from(documents)
    .leftJoin(revisions, and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)))
    .where(and(isNull(documents.removedAt), notExists(job)))
  return idle.flatMap((row) => {
    const documentId = row.id as DocumentId
    const fault = (message: string) => [{ documentId, message: `"${row.path}" ${message}` }]
    if (UNFINISHED.includes(row.state)) return fault(`is ${row.state}, and no job is there for it`)
    if (row.state === "failed" && row.code === null) return fault("has failed without a reason")
    if (row.state === "indexed" && row.indexed !== row.revision) return fault("is indexed in another content")
    if (row.indexed !== null && row.parsed === null) return fault("is indexed in a content that is not there")
    if (row.state === "indexed" && row.isComplete === false) return fault("is searchable in its beginning alone")
    if (row.indexed !== null && row.counted !== row.stored) {
      return fault(`has ${row.stored} chunks in SQL instead of ${row.counted}`)
    }
    return []
  })
}

export interface StoredContent {
  readonly documentId: DocumentId
  readonly path: string
  /** Folder that the document was read from; empty for an upload and for what is embedded in another document. */
  readonly root: string
  readonly revision: string
  /** Null where it has not been parsed yet. */
  readonly textHash: string | null
}

/** Files that searchable documents and waiting jobs stand on. */
export async function listStoredContents(queries: Queries): Promise<StoredContent[]> {
  const columns = {
    documentId: documents.id,
    path: documents.path,
    root: sql<string>`CASE WHEN ${documents.parentId} IS NULL THEN ${sources.root} ELSE '' END`,
  }
  const indexed = await queries
    .select({ ...columns, revision: revisions.revision, textHash: revisions.textHash })
    .from(revisions)
    .innerJoin(
      documents,
      and(eq(documents.id, revisions.documentId), eq(documents.indexedRevision, revisions.revision)),
    )
    .innerJoin(sources, eq(sources.id, documents.sourceId))
    .where(isNull(documents.removedAt))
  const waiting = await queries
    .selectDistinct({ ...columns, revision: jobs.revision, textHash: sql<null>`NULL` })
    .from(jobs)
    .innerJoin(documents, eq(documents.id, jobs.documentId))
    .innerJoin(sources, eq(sources.id, documents.sourceId))
    .where(and(isNull(documents.removedAt), inArray(jobs.state, [...UNFINISHED])))
  return [...indexed, ...waiting].map((row) => ({ ...row, documentId: row.documentId as DocumentId }))
}

/**
 * Names of all files that something in SQL still stands on, also those of documents that are being removed. A job that
 * has ended names its content too, and needs it no more: it may be one that was overtaken.
 */
export async function listKnownHashes(queries: Queries): Promise<Set<string>> {
  const parsed = await queries.select({ revision: revisions.revision, text: revisions.textHash }).from(revisions)
  const accepted = await queries.select({ revision: documents.revision }).from(documents)
  const waiting = await queries
    .select({ revision: jobs.revision })
    .from(jobs)
    .where(inArray(jobs.state, [...UNFINISHED]))
  return new Set([
    ...parsed.flatMap(({ revision, text }) => [revision, text]),
    ...[...accepted, ...waiting].map(({ revision }) => revision),
  ])
}

/** Version of the index after the last commit that SQL knows of; 0 where there was none. */
export async function findIndexVersion(queries: Queries, generation: string): Promise<number> {
  const [row] = await queries
    .select({ version: generations.indexVersion })
    .from(generations)
    .where(eq(generations.name, generation))
  return row?.version ?? 0
}

export async function recordIndexVersion(database: Database, generation: string, indexVersion: number): Promise<void> {
  await database.write(async (transaction) => {
    await transaction.update(generations).set({ indexVersion }).where(eq(generations.name, generation))
  })
}
