import { and, asc, count, eq, gt, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { CollectionId, DocumentId, DocumentSummary, JobState, ReadingReport, Revision } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { sourceIdOf } from "./collections.ts"
import { documents, revisions } from "./schema.ts"
import { slices } from "./slices.ts"

export interface Place {
  readonly collectionId: CollectionId
  /** Folder of this machine, or empty for an upload. */
  readonly root: string
  readonly path: string
}

/** The document at a place, which is its identity: collection, source and path. */
export async function findDocumentAt(queries: Queries, place: Place): Promise<DocumentRow | undefined> {
  return (await findDocumentsAt(queries, [place]))[0]
}

/** The documents at places, in their order. */
export async function findDocumentsAt(
  queries: Queries,
  places: readonly Place[],
): Promise<readonly (DocumentRow | undefined)[]> {
  const pairs = places.map(({ collectionId, root, path }) => [sourceIdOf(collectionId, root), path])
  const rows = await queries
    .select()
    .from(documents)
    .where(and(standsAtOneOf(pairs), isNull(documents.removedAt)))
  const byPlace = new Map(rows.map((row) => [`${row.sourceId}\0${row.path}`, row]))
  return pairs.map(([sourceId, path]) => byPlace.get(`${sourceId}\0${path}`))
}

/** Pairs of a source's id and a path; one value whatever their number. */
export function standsAtOneOf(pairs: readonly (readonly string[])[]): SQL {
  return sql`(${documents.sourceId}, ${documents.path}) IN
    (SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(pairs)}))`
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
  return (await findDocuments(queries, [id])).get(id)
}

/** Those that are not removed, by id. */
export async function findDocuments(
  queries: Queries,
  ids: readonly DocumentId[],
): Promise<ReadonlyMap<DocumentId, DocumentRow>> {
  const found = new Map<DocumentId, DocumentRow>()
  for (const part of slices(ids)) {
    const rows = await queries
      .select()
      .from(documents)
      .where(and(inArray(documents.id, part), isNull(documents.removedAt)))
    for (const row of rows) found.set(row.id as DocumentId, row)
  }
  return found
}

/** Which of these have documents embedded in them. */
export async function findParents(queries: Queries, ids: readonly DocumentId[]): Promise<ReadonlySet<DocumentId>> {
  const parents = new Set<DocumentId>()
  for (const part of slices(ids)) {
    const rows = await queries
      .selectDistinct({ id: documents.parentId })
      .from(documents)
      .where(and(inArray(documents.parentId, part), isNull(documents.removedAt)))
    for (const { id } of rows) parents.add(id as DocumentId)
  }
  return parents
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
  /** Words or a part of one: those whose path or title holds it, in small letters or capitals. */
  readonly name?: string
  /** `path` sorts by it, names of two cases apart; absent means by id. */
  readonly order?: "id" | "path"
  /** Id after which the page begins. */
  readonly after?: string
}

/** Documents of the collections by id or path, at most `limit`. */
export async function listDocuments(queries: Queries, query: DocumentQuery): Promise<DocumentSummary[]> {
  if (query.collections.length === 0) return []
  const { after, state } = query
  const isByPath = query.order === "path"
  // a removed row still tells where its page ended
  const beyond = isByPath
    ? sql`(${documents.path}, ${documents.id}) > (SELECT path, id FROM documents WHERE id = ${after})`
    : gt(documents.id, after ?? "")
  return await selectSummaries(
    queries,
    and(
      matching(query),
      state === undefined ? undefined : eq(documents.state, state),
      after === undefined ? undefined : beyond,
    ),
    query.limit,
    isByPath ? [asc(documents.path), asc(documents.id)] : undefined,
  )
}

/** Numbers of documents by state. */
export async function countDocuments(
  queries: Queries,
  query: Pick<DocumentQuery, "collections" | "name">,
): Promise<ReadonlyMap<JobState, number>> {
  if (query.collections.length === 0) return new Map()
  const rows = await queries
    .select({ state: documents.state, documents: count() })
    .from(documents)
    .leftJoin(revisions, and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)))
    .where(and(matching(query), isNull(documents.removedAt)))
    .groupBy(documents.state)
  return new Map(rows.map((row) => [row.state, row.documents]))
}

function matching({ collections, name }: Pick<DocumentQuery, "collections" | "name">): SQL | undefined {
  const within = inArray(documents.collectionId, [...collections])
  if (name === undefined) return within
  const pattern = `%${name.replace(/[\\%_]/g, "\\$&")}%`
  return and(
    within,
    sql`(${documents.path} LIKE ${pattern} ESCAPE '\\' OR ${revisions.title} LIKE ${pattern} ESCAPE '\\')`,
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

/** The same words for what does not exist and for what one may not see. */
export function documentNotFound(): IbidError {
  return new IbidError("document-not-found", "Cannot find the document: there is none with this id")
}

async function selectSummaries(
  queries: Queries,
  where: SQL | undefined,
  limit: number,
  order: readonly SQL[] = [asc(documents.id)],
): Promise<DocumentSummary[]> {
  const rows = await queries
    .select({ document: documents, revision: revisions })
    .from(documents)
    .leftJoin(revisions, and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)))
    .where(and(where, isNull(documents.removedAt)))
    .orderBy(...order)
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
