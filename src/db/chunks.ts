import { and, eq, getTableColumns, inArray, isNotNull, isNull, notInArray, type SQL, sql } from "drizzle-orm"
import type { CollectionId, DocumentId, IndexHit, Range, Revision } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { forgetLayouts, writeLayouts } from "./layouts.ts"
import { forgetRecognised } from "./recognised.ts"
import { chunks, documents, embeddings, generations, jobs, revisions, termStatistics } from "./schema.ts"
import { slices } from "./slices.ts"

export type NewRevision = typeof revisions.$inferInsert
export type NewChunk = typeof chunks.$inferInsert
type ChunkRow = typeof chunks.$inferSelect

/**
 * Writes parsed revisions and their chunks, beside the searchable ones or in their place; doing it again changes
 * nothing. The words of their chunks do not count in the term statistics before they are published.
 */
export async function writeRevisions(
  transaction: Queries,
  contents: readonly {
    readonly revision: Omit<NewRevision, "isCounted">
    readonly chunks: readonly NewChunk[]
    readonly layout?: string
  }[],
): Promise<void> {
  if (contents.length === 0) return
  const rows = contents.map(({ revision }) => ({ ...revision, isCounted: false }))
  await transaction.delete(chunks).where(isOneOf(chunks, pairsOf(rows)))
  const { documentId: _, revision: __, ...written } = getTableColumns(revisions)
  const excluded = Object.entries(written).map(([name, column]) => [name, sql`excluded.${sql.identifier(column.name)}`])
  for (const part of slices(rows)) {
    await transaction
      .insert(revisions)
      .values(part)
      .onConflictDoUpdate({ target: [revisions.documentId, revisions.revision], set: Object.fromEntries(excluded) })
  }
  await writeLayouts(
    transaction,
    contents.flatMap(({ revision: { documentId, revision }, layout }) =>
      layout === undefined ? [] : [{ documentId, revision, parts: layout }],
    ),
  )
  await insertChunks(
    transaction,
    contents.flatMap((content) => content.chunks),
  )
}

/** One statement whatever the number of rows: to build and prepare one with a value for each takes most of the time. */
async function insertChunks(transaction: Queries, rows: readonly NewChunk[]): Promise<void> {
  if (rows.length === 0) return
  const values = rows.map((row) => [
    ...[row.documentId, row.revision, row.ordinal, row.start, row.end, row.page, row.headingPath],
    ...[row.firstRow, row.lastRow, row.textHash, row.embeddingKey],
  ])
  const { ordinal, start, end, page, headingPath, firstRow, lastRow, textHash, embeddingKey } = chunks
  const columns = [
    ...[chunks.documentId, chunks.revision, ordinal, start, end, page, headingPath],
    ...[firstRow, lastRow, textHash, embeddingKey],
  ].map((column) => sql.identifier(column.name))
  await transaction.run(sql`
    INSERT INTO ${chunks} (${sql.join(columns, sql`, `)})
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6,
      value ->> 7, value ->> 8, value ->> 9, value ->> 10
    FROM json_each(${JSON.stringify(values)})`)
}

/** Names of the canonical texts that these contents had when they were parsed before, where they were others. */
export async function listFormerTexts(
  queries: Queries,
  contents: readonly Pick<NewRevision, "documentId" | "revision" | "textHash">[],
): Promise<string[]> {
  const former: string[] = []
  for (const part of slices(contents)) {
    const ids = part.map(({ documentId }) => documentId)
    const rows = await queries
      .select({ documentId: revisions.documentId, revision: revisions.revision, textHash: revisions.textHash })
      .from(revisions)
      .where(inArray(revisions.documentId, ids))
    for (const row of rows) {
      const again = part.find(({ documentId, revision }) => documentId === row.documentId && revision === row.revision)
      if (again !== undefined && again.textHash !== row.textHash) former.push(row.textHash)
    }
  }
  return former
}

export interface CheckedChunk extends Range {
  readonly documentId: DocumentId
  readonly collectionId: CollectionId
  readonly aclClass: string
  readonly path: string
  readonly title: string
  readonly revision: Revision
  readonly ordinal: number
  readonly page: number | null
  readonly headingPath: readonly string[]
  readonly rows?: readonly [first: number, last: number]
  readonly textHash: string
  /** Name of the canonical text that the range counts in. */
  readonly canonicalHash: string
  readonly embeddingKey: string
  readonly modifiedAt: number
}

/** What SQL knows of the chunks behind hits, by chunk id; a hit whose revision is gone or removed has no entry. */
export async function findHitChunks(
  queries: Queries,
  hits: readonly Pick<IndexHit, "chunkId" | "documentId" | "revision" | "ordinal">[],
): Promise<Map<string, CheckedChunk>> {
  const found = new Map<string, CheckedChunk>()
  const wanted = new Map(hits.map((hit) => [`${hit.documentId}:${hit.ordinal}`, hit]))
  for (const part of slices([...wanted.values()])) {
    const rows = await queries
      .select({ chunk: chunks, document: documents, title: revisions.title, canonicalHash: revisions.textHash })
      .from(chunks)
      .innerJoin(documents, eq(documents.id, chunks.documentId))
      .innerJoin(revisions, and(eq(revisions.documentId, chunks.documentId), eq(revisions.revision, chunks.revision)))
      .where(
        and(
          isNull(documents.removedAt),
          sql`(${chunks.documentId}, ${chunks.ordinal}) IN (VALUES ${sql.join(
            part.map((hit) => sql`(${hit.documentId}, ${hit.ordinal})`),
            sql`, `,
          )})`,
        ),
      )
    for (const { chunk, document, title, canonicalHash } of rows) {
      const hit = wanted.get(`${chunk.documentId}:${chunk.ordinal}`)
      if (hit === undefined || hit.revision !== chunk.revision) continue
      if (chunk.revision !== document.indexedRevision && chunk.revision !== document.revision) continue
      found.set(hit.chunkId, {
        ...{ start: chunk.start, end: chunk.end, page: chunk.page, headingPath: chunk.headingPath, title },
        ...(chunk.firstRow !== null && chunk.lastRow !== null && { rows: [chunk.firstRow, chunk.lastRow] as const }),
        ...{
          ordinal: chunk.ordinal,
          textHash: chunk.textHash,
          embeddingKey: chunk.embeddingKey,
          canonicalHash,
          path: document.path,
        },
        ...{ modifiedAt: document.modifiedAt, aclClass: document.aclClass },
        documentId: chunk.documentId as DocumentId,
        collectionId: document.collectionId as CollectionId,
        revision: chunk.revision as Revision,
      })
    }
  }
  return found
}

export async function listChunks(queries: Queries, documentId: DocumentId, revision: Revision): Promise<ChunkRow[]> {
  return await queries
    .select()
    .from(chunks)
    .where(and(eq(chunks.documentId, documentId), eq(chunks.revision, revision)))
    .orderBy(chunks.ordinal)
}

/** Revisions whose chunks' words are in the term statistics, of these documents. */
export async function listCounted(
  queries: Queries,
  ids: readonly DocumentId[],
): Promise<{ documentId: DocumentId; revision: Revision; textHash: string; collectionId: CollectionId }[]> {
  const found: { documentId: DocumentId; revision: Revision; textHash: string; collectionId: CollectionId }[] = []
  for (const part of slices(ids)) {
    const rows = await queries
      .select({ revision: revisions, collectionId: documents.collectionId })
      .from(revisions)
      .innerJoin(documents, eq(documents.id, revisions.documentId))
      .where(and(inArray(revisions.documentId, part), eq(revisions.isCounted, true)))
    for (const { revision, collectionId } of rows) {
      found.push({
        documentId: revision.documentId as DocumentId,
        revision: revision.revision as Revision,
        textHash: revision.textHash,
        collectionId: collectionId as CollectionId,
      })
    }
  }
  return found
}

/** Names of all files that revisions of these documents stand on. */
export async function listFileHashes(queries: Queries, ids: readonly DocumentId[]): Promise<string[]> {
  const hashes: string[] = []
  for (const part of slices(ids)) {
    const rows = await queries
      .select({ revision: revisions.revision, textHash: revisions.textHash })
      .from(revisions)
      .where(inArray(revisions.documentId, part))
    const accepted = await queries
      .select({ revision: documents.revision })
      .from(documents)
      .where(inArray(documents.id, part))
    hashes.push(...rows.flatMap((row) => [row.revision, row.textHash]), ...accepted.map((row) => row.revision))
  }
  return hashes
}

export interface Committed {
  readonly documentId: DocumentId
  readonly revision: Revision
}

/** Makes the beginning of a long document searchable; its words do not count before the whole is. */
export async function publishBeginning(
  transaction: Queries,
  { documentId, revision }: Committed,
  generation: { readonly name: string; readonly indexVersion: number },
): Promise<void> {
  await transaction
    .update(documents)
    .set({ indexedRevision: revision, indexedAt: Date.now() })
    .where(eq(documents.id, documentId))
  await setIndexVersion(transaction, generation)
}

/** Makes revisions the searchable ones and forgets the older ones with all that only they needed. */
export async function publishRevisions(
  transaction: Queries,
  committed: readonly Committed[],
  generation: { readonly name: string; readonly indexVersion: number },
): Promise<void> {
  const indexedAt = Date.now()
  const pairs = pairsOf(committed)
  await transaction.run(sql`
    UPDATE ${documents} SET indexed_revision = pair.value ->> 1, indexed_at = ${indexedAt}
    FROM json_each(${pairs}) AS pair WHERE ${documents.id} = pair.value ->> 0`)
  await transaction.update(revisions).set({ isCounted: true, isComplete: true }).where(isOneOf(revisions, pairs))
  const older = await transaction
    .selectDistinct({ id: revisions.documentId })
    .from(revisions)
    .where(
      sql`${revisions.documentId} IN (SELECT value ->> 0 FROM json_each(${pairs})) AND NOT ${isOneOf(revisions, pairs)}`,
    )
  const replaced = new Set(older.map(({ id }) => id))
  for (const { documentId, revision } of committed) {
    if (replaced.has(documentId)) await forgetRevisions(transaction, documentId, [revision])
  }
  await setIndexVersion(transaction, generation)
}

/** For `json_each`: one statement for a batch, where one for each document takes most of the time. */
function pairsOf(contents: readonly { readonly documentId: string; readonly revision: string }[]): string {
  return JSON.stringify(contents.map(({ documentId, revision }) => [documentId, revision]))
}

function isOneOf(table: typeof revisions | typeof chunks, pairs: string): SQL {
  return sql`(${table.documentId}, ${table.revision}) IN (SELECT value ->> 0, value ->> 1 FROM json_each(${pairs}))`
}

async function setIndexVersion(
  transaction: Queries,
  generation: { readonly name: string; readonly indexVersion: number },
): Promise<void> {
  await transaction
    .update(generations)
    .set({ indexVersion: generation.indexVersion })
    .where(eq(generations.name, generation.name))
}

/** Deletes all rows of removed documents; their revisions are forgotten, also where the document has come back since. */
export async function deleteDocuments(transaction: Queries, ids: readonly DocumentId[]): Promise<void> {
  for (const id of ids) {
    await forgetRevisions(transaction, id, [])
    const gone = await transaction
      .delete(documents)
      .where(and(eq(documents.id, id), isNotNull(documents.removedAt)))
      .returning({ revision: documents.revision })
    if (gone.length === 0) continue
    await transaction.delete(jobs).where(eq(jobs.documentId, id))
    await forgetRecognised(
      transaction,
      gone.map((row) => row.revision),
    )
  }
}

/** Adds to the number of chunks in which each term occurs; a term that falls to nothing is forgotten. */
export async function addTermCounts(
  transaction: Queries,
  collectionId: string,
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const rows = [...counts].filter(([, change]) => change !== 0)
  await transaction.run(sql`
    INSERT INTO ${termStatistics} (collection_id, term, chunks)
    SELECT ${collectionId}, value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(rows)}) WHERE true
    ON CONFLICT (collection_id, term) DO UPDATE SET chunks = ${termStatistics.chunks} + excluded.chunks`)
  if (rows.some(([, change]) => change < 0)) {
    await transaction
      .delete(termStatistics)
      .where(and(eq(termStatistics.collectionId, collectionId), sql`${termStatistics.chunks} <= 0`))
  }
}

/** In how many chunks of the collections each term occurs, and how many chunks there are. */
export async function countTerms(
  queries: Queries,
  collections: readonly CollectionId[],
  terms: readonly string[],
): Promise<{ readonly chunks: number; readonly byTerm: ReadonlyMap<string, number> }> {
  const byTerm = new Map<string, number>()
  if (collections.length === 0) return { chunks: 0, byTerm }
  const inCollections = inArray(documents.collectionId, [...collections])
  const [total] = await queries
    .select({ chunks: sql<number>`coalesce(sum(${revisions.chunkCount}), 0)` })
    .from(documents)
    .innerJoin(
      revisions,
      and(eq(revisions.documentId, documents.id), eq(revisions.revision, documents.indexedRevision)),
    )
    .where(and(inCollections, isNull(documents.removedAt)))
  if (terms.length > 0) {
    const rows = await queries
      .select({ term: termStatistics.term, chunks: sql<number>`sum(${termStatistics.chunks})` })
      .from(termStatistics)
      .where(
        and(inArray(termStatistics.collectionId, [...collections]), inArray(termStatistics.term, [...new Set(terms)])),
      )
      .groupBy(termStatistics.term)
    for (const row of rows) byTerm.set(row.term, row.chunks)
  }
  return { chunks: total?.chunks ?? 0, byTerm }
}

export async function hasGeneration(queries: Queries, name: string): Promise<boolean> {
  const rows = await queries.select({ name: generations.name }).from(generations).where(eq(generations.name, name))
  return rows.length > 0
}

/** Registers a generation; its version is 0 until the first commit. */
export async function ensureGeneration(transaction: Queries, name: string, fingerprint: string): Promise<void> {
  await transaction
    .insert(generations)
    .values({ name, fingerprint, createdAt: Date.now(), indexVersion: 0 })
    .onConflictDoNothing()
}

async function forgetRevisions(transaction: Queries, documentId: string, keep: readonly string[]): Promise<void> {
  const old = and(
    eq(chunks.documentId, documentId),
    keep.length === 0 ? undefined : notInArray(chunks.revision, [...keep]),
  )
  const keys = await transaction.select({ key: chunks.embeddingKey }).from(chunks).where(old)
  if (keys.length > 0) await transaction.delete(chunks).where(old)
  await forgetLayouts(transaction, documentId, keep)
  await transaction
    .delete(revisions)
    .where(
      and(
        eq(revisions.documentId, documentId),
        keep.length === 0 ? undefined : notInArray(revisions.revision, [...keep]),
      ),
    )
  for (const part of slices(keys.map((row) => row.key))) {
    await transaction
      .delete(embeddings)
      .where(and(inArray(embeddings.key, [...part]), sql`${embeddings.key} NOT IN (SELECT embedding_key FROM chunks)`))
  }
}
