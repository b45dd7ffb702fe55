import { and, asc, count, eq, gt, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { CollectionId, DocumentId, DocumentSummary, JobId, Revision } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { ensureSource } from "./collections.ts"
import { createJob } from "./jobs.ts"
import { documents, revisions } from "./schema.ts"

export interface NewContent {
  readonly collectionId: CollectionId
  /** Folder of this machine, or empty for an upload. */
  readonly root: string
  readonly path: string
  readonly revision: Revision
  readonly mediaType: string
  readonly sizeBytes: number
  readonly modifiedAt: number
  readonly title: string | null
}

/** The identity of a document: collection, source and path. */
export function documentIdOf(collectionId: CollectionId, root: string, path: string): DocumentId {
  return `doc_${sha256(`${collectionId}\0${root}\0${path}`).slice(0, 24)}` as DocumentId
}

/** Puts the new content of a document and its job into SQL in one transaction: from here on it cannot be lost. */
export async function acceptContent(
  database: Database,
  content: NewContent,
): Promise<{ readonly documentId: DocumentId; readonly jobId: JobId }> {
  const documentId = documentIdOf(content.collectionId, content.root, content.path)
  const { revision, mediaType, sizeBytes, modifiedAt } = content
  const news = { revision, mediaType, sizeBytes, modifiedAt, state: "queued", code: null, message: null } as const
  return await database.write(async (transaction) => {
    const source = await ensureSource(transaction, content.collectionId, content.root)
    await transaction
      .insert(documents)
      .values({
        id: documentId,
        collectionId: content.collectionId,
        sourceId: source.id,
        path: content.path,
        aclClass: "everyone",
        ...news,
      })
      .onConflictDoUpdate({
        target: documents.id,
        set: {
          ...news,
          // What was removed does not come back while its new content is on its way.
          indexedRevision: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedRevision} END`,
          removedAt: null,
        },
      })
    const jobId = await createJob(transaction, { ...content, documentId })
    return { documentId, jobId }
  })
}

export type DocumentRow = typeof documents.$inferSelect

export async function findDocument(queries: Queries, id: DocumentId): Promise<DocumentRow | undefined> {
  const rows = await queries
    .select()
    .from(documents)
    .where(and(eq(documents.id, id), isNull(documents.removedAt)))
  return rows[0]
}

/** The file on disk has changed its time but not its content. */
export async function touchDocument(database: Database, id: DocumentId, modifiedAt: number): Promise<void> {
  await database.write((transaction) =>
    transaction
      .update(documents)
      .set({ modifiedAt })
      .where(eq(documents.id, id))
      .then(() => undefined),
  )
}

export interface DocumentQuery {
  readonly collections: readonly CollectionId[]
  readonly limit: number
  /** Id after which the page begins. */
  readonly after?: string
}

/** Documents of the collections by id, at most `limit`. */
export async function listDocuments(queries: Queries, query: DocumentQuery): Promise<DocumentSummary[]> {
  if (query.collections.length === 0) return []
  return await selectSummaries(
    queries,
    and(
      inArray(documents.collectionId, [...query.collections]),
      query.after === undefined ? undefined : gt(documents.id, query.after),
    ),
    query.limit,
  )
}

export async function findSummary(queries: Queries, id: string): Promise<DocumentSummary | undefined> {
  const [summary] = await selectSummaries(queries, eq(documents.id, id), 1)
  return summary
}

export interface StoredRevision {
  readonly documentId: DocumentId
  readonly collectionId: CollectionId
  readonly revision: Revision
  readonly path: string
  readonly title: string
  readonly textHash: string
  readonly mediaType: string
  readonly pageRanges: readonly { readonly page: number; readonly start: number; readonly end: number }[]
  readonly modifiedAt: number
  readonly indexedAt: number
  /** True when a newer content has been accepted but is not searchable (yet). */
  readonly changedSinceIndexed: boolean
}

/** The searchable revisions of documents, the text behind citations; of removed documents only where asked. */
export async function findRevisions(
  queries: Queries,
  ids: readonly DocumentId[],
  options: { readonly removed?: boolean } = {},
): Promise<Map<DocumentId, StoredRevision>> {
  if (ids.length === 0) return new Map()
  const rows = await queries
    .select({ document: documents, revision: revisions })
    .from(documents)
    .innerJoin(
      revisions,
      and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)),
    )
    .where(
      and(
        inArray(documents.id, [...ids]),
        options.removed === true ? isNotNull(documents.removedAt) : isNull(documents.removedAt),
      ),
    )
  return new Map(
    rows.map(({ document, revision }) => [
      document.id as DocumentId,
      {
        documentId: document.id as DocumentId,
        collectionId: document.collectionId as CollectionId,
        revision: revision.revision as Revision,
        path: document.path,
        title: revision.title,
        textHash: revision.textHash,
        mediaType: document.mediaType,
        pageRanges: revision.pageRanges,
        modifiedAt: document.modifiedAt,
        indexedAt: document.indexedAt ?? 0,
        changedSinceIndexed: document.revision !== revision.revision,
      },
    ]),
  )
}

/** The stored files behind every searchable document. */
export async function listIndexedContents(
  queries: Queries,
): Promise<{ documentId: DocumentId; path: string; revision: string; textHash: string }[]> {
  const rows = await queries
    .select({
      documentId: documents.id,
      path: documents.path,
      revision: revisions.revision,
      textHash: revisions.textHash,
    })
    .from(documents)
    .innerJoin(
      revisions,
      and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)),
    )
    .where(isNull(documents.removedAt))
  return rows.map((row) => ({ ...row, documentId: row.documentId as DocumentId }))
}

/** Queues the newest content of documents again, from their stored originals. */
export async function requeueDocuments(database: Database, ids: readonly DocumentId[]): Promise<void> {
  await database.write(async (transaction) => {
    for (const id of ids) {
      const document = await findDocument(transaction, id)
      if (document === undefined) continue
      const summary = await findSummary(transaction, id)
      await createJob(transaction, {
        documentId: id,
        collectionId: document.collectionId as CollectionId,
        path: document.path,
        revision: document.revision as Revision,
        title: summary?.title ?? null,
      })
      await transaction
        .update(documents)
        .set({ state: "queued", code: null, message: null })
        .where(eq(documents.id, id))
    }
  })
}

/** Numbers of documents and of chunks that are searchable. */
export async function countIndexed(queries: Queries): Promise<{ documents: number; chunks: number }> {
  const rows = await queries
    .select({ documents: count(), chunks: sql<number>`coalesce(sum(${revisions.chunkCount}), 0)` })
    .from(documents)
    .innerJoin(
      revisions,
      and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)),
    )
    .where(isNull(documents.removedAt))
  return rows[0] ?? { documents: 0, chunks: 0 }
}

/** Names of the originals or canonical texts among these that some revision or document still needs. */
export async function findNeeded(queries: Queries, hashes: readonly string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const texts = await queries
    .select({ hash: revisions.textHash })
    .from(revisions)
    .where(inArray(revisions.textHash, [...hashes]))
  const originals = await queries
    .select({ hash: revisions.revision })
    .from(revisions)
    .where(inArray(revisions.revision, [...hashes]))
  const accepted = await queries
    .select({ hash: documents.revision })
    .from(documents)
    .where(and(inArray(documents.revision, [...hashes]), isNull(documents.removedAt)))
  return new Set([...texts, ...originals, ...accepted].map((row) => row.hash))
}

/** From the return of this no query shows the document. Throws `document-not-found`. */
export async function markRemoved(database: Database, id: DocumentId): Promise<DocumentRow> {
  return await database.write(async (transaction) => {
    const document = await findDocument(transaction, id)
    if (document === undefined) throw documentNotFound()
    await transaction.update(documents).set({ removedAt: Date.now() }).where(eq(documents.id, id))
    return document
  })
}

/** Ids of documents whose removal was acknowledged and whose rows are still there. */
export async function listRemoved(queries: Queries): Promise<DocumentId[]> {
  const rows = await queries.select({ id: documents.id }).from(documents).where(isNotNull(documents.removedAt))
  return rows.map((row) => row.id as DocumentId)
}

/** The same words for what does not exist and for what one may not see. */
export function documentNotFound(): IbidError {
  return new IbidError("document-not-found", "Cannot find the document: there is none with this id")
}

async function selectSummaries(queries: Queries, where: SQL | undefined, limit: number): Promise<DocumentSummary[]> {
  const rows = await queries
    .select({ document: documents, revision: revisions })
    .from(documents)
    .leftJoin(revisions, and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)))
    .where(and(where, isNull(documents.removedAt)))
    .orderBy(asc(documents.id))
    .limit(limit)
  return rows.map(({ document, revision }) => ({
    id: document.id as DocumentId,
    collection: document.collectionId,
    path: document.path,
    title: revision?.title ?? document.path,
    mediaType: document.mediaType,
    revision: document.revision as Revision,
    sizeBytes: document.sizeBytes,
    state: document.state,
    code: document.code,
    message: document.message,
    pages: revision?.pages ?? null,
    chunks: revision?.chunkCount ?? 0,
    warnings: revision?.warnings ?? [],
    modifiedAt: new Date(document.modifiedAt).toISOString(),
    indexedAt: document.indexedAt === null ? null : new Date(document.indexedAt).toISOString(),
  }))
}
