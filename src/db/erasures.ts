import { and, asc, count, desc, eq, inArray, isNull, lt, sql } from "drizzle-orm"
import type { DocumentId } from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { documentNotFound, findDocument, listDescendants } from "./documents.ts"
import { removeWithChildren } from "./removals.ts"
import { chunks, documents, embeddings, erasures, jobs, layouts, recognisedPages, revisions } from "./schema.ts"
import { slices } from "./slices.ts"

/** What was removed and how it was proven; ids and numbers, never content. */
export interface ErasureReceipt {
  /** The document and what was embedded in it. */
  readonly documentIds: readonly DocumentId[]
  readonly removed: {
    readonly indexRows: number
    readonly sqlRows: number
    readonly vectors: number
    readonly files: number
    readonly bytes: number
    /** Answers forgotten whole, because a question, a word of feedback or a text of the language model held words of it. */
    readonly receipts?: number
  }
  /** What stays because other documents hold the same content. */
  readonly kept: { readonly documents: number; readonly files: number; readonly vectors: number }
  readonly proof: {
    /** Every file of the data folder is read and searched for pieces of the texts and vectors. */
    readonly filesScanned: number
    readonly bytesScanned: number
    readonly pieces: number
    /** Pieces that other documents hold too, so that finding them says nothing. */
    readonly piecesOfOthers: number
    /** Pieces that were found; 0 is the proof. */
    readonly found: number
  }
}

export interface Erasure {
  readonly id: string
  readonly documentId: DocumentId
  /** ISO 8601. */
  readonly requestedAt: string
  /** Null while it is under way. */
  readonly finishedAt: string | null
  readonly receipt: ErasureReceipt | null
}

/** The document and all that is embedded in it, for whoever is about to erase them. Throws `document-not-found`. */
export async function listFamily(queries: Queries, id: DocumentId): Promise<DocumentId[]> {
  if ((await findDocument(queries, id)) === undefined) throw documentNotFound()
  return [id, ...(await listDescendants(queries, id)).map((child) => child.id as DocumentId)]
}

/** Removes a document and asks for its erasure in one transaction: from the return on no query shows it. */
export async function requestErasure(
  database: Database,
  erasure: { readonly id: string; readonly documentId: DocumentId; readonly principalId: string },
): Promise<void> {
  const { id, documentId, principalId } = erasure
  await database.write(async (transaction) => {
    if ((await findDocument(transaction, documentId)) === undefined) throw documentNotFound()
    await removeWithChildren(transaction, documentId, principalId, id)
    await transaction.insert(erasures).values({ id, documentId, requestedAt: Date.now(), receipt: {} })
  })
}

/** Ids of erasures that were acknowledged and are not finished, oldest first. */
export async function listPendingErasures(queries: Queries): Promise<{ id: string; documentId: DocumentId }[]> {
  const rows = await queries
    .select({ id: erasures.id, documentId: erasures.documentId })
    .from(erasures)
    .where(isNull(erasures.finishedAt))
    .orderBy(asc(erasures.requestedAt))
  return rows.map((row) => ({ ...row, documentId: row.documentId as DocumentId }))
}

export async function finishErasure(database: Database, id: string, receipt: ErasureReceipt): Promise<void> {
  await database.write(async (transaction) => {
    await transaction
      .update(erasures)
      .set({ finishedAt: Date.now(), receipt: { ...receipt } })
      .where(eq(erasures.id, id))
    await writeAudit(transaction, "erased", receipt.documentIds)
  })
}

/** Newest first; of one document where an id of one is given, or the erasure of that id. */
export async function listErasures(
  queries: Queries,
  query: { readonly limit: number; readonly after?: string; readonly id?: string },
): Promise<Erasure[]> {
  const cursor =
    query.after === undefined
      ? undefined
      : lt(
          sql`(${erasures.requestedAt}, ${erasures.id})`,
          sql`(SELECT requested_at, id FROM erasures WHERE id = ${query.after})`,
        )
  const mine = query.id === undefined ? undefined : sql`${query.id} IN (${erasures.id}, ${erasures.documentId})`
  const rows = await queries
    .select()
    .from(erasures)
    .where(and(cursor, mine))
    .orderBy(desc(erasures.requestedAt), desc(erasures.id))
    .limit(query.limit)
  return rows.map(({ id, documentId, requestedAt, finishedAt, receipt }) => ({
    ...{ id, documentId: documentId as DocumentId, requestedAt: new Date(requestedAt).toISOString() },
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    receipt: finishedAt === null ? null : (receipt as unknown as ErasureReceipt),
  }))
}

/** All parsed contents of documents, the searchable ones and others. */
export async function listRevisionsOf(
  queries: Queries,
  ids: readonly DocumentId[],
): Promise<{ documentId: DocumentId; revision: string; textHash: string; title: string; path: string }[]> {
  const found: { documentId: DocumentId; revision: string; textHash: string; title: string; path: string }[] = []
  for (const part of slices(ids)) {
    const rows = await queries
      .select({ revision: revisions, path: documents.path })
      .from(revisions)
      .innerJoin(documents, eq(documents.id, revisions.documentId))
      .where(inArray(revisions.documentId, part))
    for (const { revision, path } of rows) {
      const { documentId, title, textHash } = revision
      found.push({ documentId: documentId as DocumentId, revision: revision.revision, textHash, title, path })
    }
  }
  return found
}

/** Rows that hold something of these documents. */
export async function countRowsOf(queries: Queries, ids: readonly DocumentId[]): Promise<number> {
  let rows = 0
  for (const part of slices(ids)) {
    const mine = await queries
      .select({ revision: documents.revision })
      .from(documents)
      .where(inArray(documents.id, part))
    const tables = [
      queries.select({ rows: count() }).from(documents).where(inArray(documents.id, part)),
      queries.select({ rows: count() }).from(revisions).where(inArray(revisions.documentId, part)),
      queries.select({ rows: count() }).from(layouts).where(inArray(layouts.documentId, part)),
      queries.select({ rows: count() }).from(chunks).where(inArray(chunks.documentId, part)),
      queries.select({ rows: count() }).from(jobs).where(inArray(jobs.documentId, part)),
      queries
        .select({ rows: count() })
        .from(recognisedPages)
        .where(
          inArray(
            recognisedPages.revision,
            mine.map(({ revision }) => revision),
          ),
        ),
    ]
    for (const table of tables) rows += (await table)[0]?.rows ?? 0
  }
  return rows
}

/** Access classes that documents have. */
export async function listAccessClasses(queries: Queries): Promise<string[]> {
  const rows = await queries.selectDistinct({ aclClass: documents.aclClass }).from(documents)
  return rows.map(({ aclClass }) => aclClass)
}

/** Which of these vectors are still there. */
export async function findKeptVectors(queries: Queries, keys: readonly string[]): Promise<Set<string>> {
  const kept = new Set<string>()
  for (const part of slices(keys)) {
    const rows = await queries.select({ key: embeddings.key }).from(embeddings).where(inArray(embeddings.key, part))
    for (const { key } of rows) kept.add(key)
  }
  return kept
}

/** Documents, apart from these, that have one of the contents or texts. */
export async function countHolders(
  queries: Queries,
  hashes: readonly string[],
  except: readonly DocumentId[],
): Promise<number> {
  const holders = new Set<string>()
  for (const part of slices(hashes)) {
    const parsed = await queries
      .select({ id: revisions.documentId })
      .from(revisions)
      .where(sql`${inArray(revisions.revision, part)} OR ${inArray(revisions.textHash, part)}`)
    const accepted = await queries
      .select({ id: documents.id })
      .from(documents)
      .where(and(inArray(documents.revision, part), isNull(documents.removedAt)))
    for (const { id } of [...parsed, ...accepted]) holders.add(id)
  }
  for (const id of except) holders.delete(id)
  return holders.size
}
