import { existsSync } from "node:fs"
import { and, asc, count, eq, gt, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type {
  CollectionId,
  DocumentId,
  DocumentSummary,
  JobId,
  JobState,
  ReadingReport,
  Revision,
} from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { ensureSource, sourceIdOf } from "./collections.ts"
import type { ContentStore } from "./files.ts"
import { createJob, endJobs } from "./jobs.ts"
import { redactReceipts } from "./receipts.ts"
import { documents, revisions } from "./schema.ts"
import { slices } from "./slices.ts"

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
  /** See `fileStamp` of the documents' table. */
  readonly fileStamp: string | null
  /** The document that this one is embedded in. */
  readonly parentId: DocumentId | null
}

export interface Place {
  readonly collectionId: CollectionId
  /** Folder of this machine, or empty for an upload. */
  readonly root: string
  readonly path: string
}

/** The document at a place, which is its identity: collection, source and path. */
export async function findDocumentAt(queries: Queries, place: Place): Promise<DocumentRow | undefined> {
  const sourceId = sourceIdOf(place.collectionId, place.root)
  const rows = await queries
    .select()
    .from(documents)
    .where(and(eq(documents.sourceId, sourceId), eq(documents.path, place.path), isNull(documents.removedAt)))
  return rows[0]
}

/**
 * The id for a document at a place: that of the one that stands there, else one made from the place. A document that
 * was moved away keeps the id that it had, so that the place may need another one.
 */
async function idFor(transaction: Queries, place: Place): Promise<DocumentId> {
  const known = await findDocumentAt(transaction, place)
  if (known !== undefined) return known.id as DocumentId
  const name = `${place.collectionId}\0${place.root}\0${place.path}`
  for (let attempt = 0; ; attempt++) {
    const id = `doc_${sha256(attempt === 0 ? name : `${name}\0${attempt}`).slice(0, 24)}` as DocumentId
    if ((await findDocument(transaction, id)) === undefined) return id
  }
}

/**
 * Puts the new content of a document and its job into SQL in one transaction: from here on it cannot be lost.
 * `overtaken` is the content that waited in its place and was never searchable, whose bytes nobody may need any more.
 */
export async function acceptContent(
  database: Database,
  content: NewContent,
): Promise<{ readonly documentId: DocumentId; readonly jobId: JobId; readonly overtaken: string | null }> {
  const { revision, mediaType, sizeBytes, modifiedAt, fileStamp, parentId } = content
  const news = { revision, mediaType, sizeBytes, modifiedAt, fileStamp, parentId } as const
  return await database.write(async (transaction) => {
    const { documentId, overtaken } = await writeDocument(transaction, content, {
      ...news,
      state: "queued",
      code: null,
      message: null,
    })
    const known = await findDocument(transaction, documentId)
    const isChange = known?.indexedRevision !== null
    const jobId = await createJob(transaction, { ...content, documentId, kind: "index", isChange })
    await writeAudit(transaction, "accepted", [documentId])
    return { documentId, jobId, overtaken }
  })
}

/** Lists a file that cannot become a document, with the reason; a revision that is searchable stays so. */
export async function recordRefusal(
  database: Database,
  refusal: Place & {
    readonly error: IbidError
    /** SHA-256 of the bytes, or empty where they were not read. */
    readonly revision: string
    readonly sizeBytes: number
    readonly modifiedAt: number
    readonly fileStamp: string | null
    readonly parentId: DocumentId | null
  },
): Promise<{ readonly documentId: DocumentId; readonly overtaken: string | null }> {
  const { revision, sizeBytes, modifiedAt, fileStamp, parentId, error } = refusal
  const failure = { state: "failed", code: error.code, message: error.message } as const
  return await database.write(async (transaction) => {
    const known = await findDocumentAt(transaction, refusal)
    const mediaType = known?.mediaType ?? "application/octet-stream"
    const news = { revision, sizeBytes, modifiedAt, fileStamp, parentId, mediaType, ...failure }
    const written = await writeDocument(transaction, refusal, news)
    await writeAudit(transaction, "refused", [written.documentId])
    return written
  })
}

type News = Pick<
  typeof documents.$inferInsert,
  "revision" | "mediaType" | "sizeBytes" | "modifiedAt" | "fileStamp" | "parentId" | "state" | "code" | "message"
>

async function writeDocument(
  transaction: Queries,
  place: Place,
  news: News,
): Promise<{ readonly documentId: DocumentId; readonly overtaken: string | null }> {
  const { collectionId, path } = place
  const source = await ensureSource(transaction, collectionId, place.root)
  const id = await idFor(transaction, place)
  const [former] = await transaction
    .select({ revision: documents.revision, indexed: documents.indexedRevision })
    .from(documents)
    .where(eq(documents.id, id))
  await transaction
    .insert(documents)
    .values({ id, collectionId, sourceId: source.id, path, aclClass: "everyone", ...news })
    .onConflictDoUpdate({
      target: documents.id,
      set: {
        ...news,
        // What was removed and not yet purged does not come back while its new content is on its way.
        sourceId: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.sourceId} ELSE excluded.source_id END`,
        path: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.path} ELSE excluded.path END`,
        indexedRevision: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedRevision} END`,
        indexedAt: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedAt} END`,
        removedAt: null,
        erasureId: null,
      },
    })
  const isOvertaken = former !== undefined && former.revision !== news.revision && former.revision !== former.indexed
  return { documentId: id, overtaken: isOvertaken && former.revision !== "" ? former.revision : null }
}

/** What a reconcile compares with the folder: the documents of a source that are files, without what is embedded. */
export async function listSourceDocuments(
  queries: Queries,
  place: Pick<Place, "collectionId" | "root">,
): Promise<DocumentRow[]> {
  const sourceId = sourceIdOf(place.collectionId, place.root)
  return await queries
    .select()
    .from(documents)
    .where(and(eq(documents.sourceId, sourceId), isNull(documents.removedAt), isNull(documents.parentId)))
}

/** Documents embedded in this one, at any depth. */
export async function listDescendants(queries: Queries, id: DocumentId): Promise<DocumentRow[]> {
  const children = await queries
    .select()
    .from(documents)
    .where(and(eq(documents.parentId, id), isNull(documents.removedAt)))
  const deeper = await Promise.all(children.map((child) => listDescendants(queries, child.id as DocumentId)))
  return [...children, ...deeper.flat()]
}

export type DocumentRow = typeof documents.$inferSelect

export async function findDocument(queries: Queries, id: DocumentId): Promise<DocumentRow | undefined> {
  const rows = await queries
    .select()
    .from(documents)
    .where(and(eq(documents.id, id), isNull(documents.removedAt)))
  return rows[0]
}

/** The file on disk has changed its times but not its content. */
export async function touchDocument(
  database: Database,
  id: DocumentId,
  file: { readonly modifiedAt: number; readonly fileStamp: string | null },
): Promise<void> {
  const { modifiedAt, fileStamp } = file
  await database.write((transaction) =>
    transaction
      .update(documents)
      .set({ modifiedAt, fileStamp })
      .where(eq(documents.id, id))
      .then(() => undefined),
  )
}

export interface DocumentQuery {
  readonly collections: readonly CollectionId[]
  readonly limit: number
  readonly state?: JobState
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
      query.state === undefined ? undefined : eq(documents.state, query.state),
      query.after === undefined ? undefined : gt(documents.id, query.after),
    ),
    query.limit,
  )
}

/** Documents that stand right in this one. */
export async function listEmbedded(queries: Queries, id: DocumentId): Promise<DocumentSummary[]> {
  return await selectSummaries(queries, eq(documents.parentId, id), MOST_EMBEDDED)
}

const MOST_EMBEDDED = 10_000

export async function findSummary(queries: Queries, id: string): Promise<DocumentSummary | undefined> {
  const [summary] = await selectSummaries(queries, eq(documents.id, id), 1)
  return summary
}

/** By id, else by path, else by the one path that ends with the name; within the collections. */
export async function findByName(
  queries: Queries,
  name: string,
  collections: readonly CollectionId[],
): Promise<DocumentSummary | undefined> {
  const within = inArray(documents.collectionId, [...collections])
  const [exact] = await selectSummaries(
    queries,
    and(within, sql`(${documents.id} = ${name} OR ${documents.path} = ${name})`),
    1,
  )
  if (exact !== undefined) return exact
  const end = `/${name}`
  const ending = sql`substr(${documents.path}, -length(${end})) = ${end}`
  const found = await selectSummaries(queries, and(within, ending), 2)
  return found.length === 1 ? found[0] : undefined
}

export interface StoredRevision {
  readonly documentId: DocumentId
  readonly collectionId: CollectionId
  readonly revision: Revision
  readonly path: string
  readonly title: string
  readonly textHash: string
  readonly mediaType: string
  readonly pageRanges: readonly {
    readonly page: number
    readonly start: number
    readonly end: number
    readonly label?: string
  }[]
  readonly report: ReadingReport | null
  /** False while only the beginning of a long document is searchable. */
  readonly isComplete: boolean
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
        report: revision.report,
        isComplete: revision.isComplete,
        modifiedAt: document.modifiedAt,
        indexedAt: document.indexedAt ?? 0,
        changedSinceIndexed: document.revision !== revision.revision,
      },
    ]),
  )
}

/**
 * Queues the newest content of documents again, from their stored originals; returns those whose original is there. A
 * listed file whose bytes were never stored cannot be done again from here.
 */
export async function requeueDocuments(
  database: Database,
  ids: readonly DocumentId[],
  originals: Pick<ContentStore, "pathOf">,
): Promise<DocumentId[]> {
  return await database.write(async (transaction) => {
    const queued: DocumentId[] = []
    for (const id of ids) {
      const document = await findDocument(transaction, id)
      if (document === undefined || document.revision === "") continue
      if (!existsSync(originals.pathOf(document.revision))) continue
      const summary = await findSummary(transaction, id)
      await createJob(transaction, {
        documentId: id,
        collectionId: document.collectionId as CollectionId,
        path: document.path,
        revision: document.revision as Revision,
        title: summary?.title ?? null,
        sizeBytes: document.sizeBytes,
        ...{ kind: "index", isChange: true },
      })
      await transaction
        .update(documents)
        .set({ state: "queued", code: null, message: null })
        .where(eq(documents.id, id))
      queued.push(id)
    }
    return queued
  })
}

/** Numbers of searchable documents, and of the chunks of those that are searchable as a whole. */
export async function countIndexed(queries: Queries): Promise<{ documents: number; chunks: number }> {
  const rows = await queries
    .select({
      documents: count(),
      chunks: sql<number>`coalesce(sum(${revisions.chunkCount}) FILTER (WHERE ${revisions.isComplete}), 0)`,
    })
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
  const needed = new Set<string>()
  for (const part of slices(hashes)) {
    const texts = await queries
      .select({ hash: revisions.textHash })
      .from(revisions)
      .where(inArray(revisions.textHash, part))
    const originals = await queries
      .select({ hash: revisions.revision })
      .from(revisions)
      .where(inArray(revisions.revision, part))
    const accepted = await queries
      .select({ hash: documents.revision })
      .from(documents)
      .where(and(inArray(documents.revision, part), isNull(documents.removedAt)))
    for (const { hash } of [...texts, ...originals, ...accepted]) needed.add(hash)
  }
  return needed
}

/** From the return of this no query shows the document. Throws `document-not-found`. */
export async function markRemoved(
  database: Database,
  id: DocumentId,
  options: { readonly erasureId?: string; readonly principalId?: string } = {},
): Promise<DocumentRow> {
  return await database.write(async (transaction) => {
    const document = await findDocument(transaction, id)
    if (document === undefined) throw documentNotFound()
    await removeWithChildren(transaction, id, options.principalId ?? null, options.erasureId)
    return document
  })
}

/**
 * Part of the transaction that removes a document, with what is embedded in it; jobs that wait for it are ended, and
 * receipts lose its texts.
 */
export async function removeWithChildren(
  transaction: Queries,
  id: DocumentId,
  principalId: string | null,
  erasureId?: string,
): Promise<void> {
  const now = Date.now()
  const ids = [id, ...(await listDescendants(transaction, id)).map((child) => child.id as DocumentId)]
  for (const each of ids) {
    await transaction
      .update(documents)
      .set({ removedAt: now, ...(erasureId === undefined ? {} : { erasureId }) })
      .where(eq(documents.id, each))
    await endJobs(transaction, each, { code: "cancelled", message: "The document was removed" })
  }
  await redactReceipts(transaction, ids)
  await writeAudit(transaction, "removed", ids, principalId)
}

/** Ids of documents whose removal was acknowledged and whose rows are still there; what is to be erased is not among them. */
export async function listRemoved(queries: Queries): Promise<DocumentId[]> {
  const rows = await queries
    .select({ id: documents.id })
    .from(documents)
    .where(and(isNotNull(documents.removedAt), isNull(documents.erasureId)))
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
    report: revision?.report ?? null,
    isComplete: revision?.isComplete ?? true,
    parentId: document.parentId as DocumentId | null,
    modifiedAt: new Date(document.modifiedAt).toISOString(),
    indexedAt: document.indexedAt === null ? null : new Date(document.indexedAt).toISOString(),
  }))
}
