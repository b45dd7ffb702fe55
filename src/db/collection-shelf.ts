import { and, count, eq, isNull } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { CollectionId, DocumentId, JobState } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { ensureCollection } from "./collections.ts"
import { removeWithChildren } from "./removals.ts"
import { collections, documents, sources, tunings } from "./schema.ts"

/** A collection and what it holds. */
export interface CollectionRow {
  readonly id: CollectionId
  readonly createdAt: number
  readonly documents: ReadonlyMap<JobState, number>
}

/** The collections among these, by name, with the numbers of their documents by state. */
export async function countByCollection(
  queries: Queries,
  wanted: readonly CollectionId[],
): Promise<readonly CollectionRow[]> {
  const rows = await queries.select().from(collections).where(isNull(collections.removedAt)).orderBy(collections.id)
  const counts = await queries
    .select({ id: documents.collectionId, state: documents.state, documents: count() })
    .from(documents)
    .where(isNull(documents.removedAt))
    .groupBy(documents.collectionId, documents.state)
  return rows
    .map(({ id, createdAt }) => ({
      ...{ id: id as CollectionId, createdAt },
      documents: new Map(counts.filter((one) => one.id === id).map((one) => [one.state, one.documents])),
    }))
    .filter(({ id }) => wanted.includes(id))
}

/** Throws `conflict` where there is one of this name. */
export async function createCollection(database: Database, id: CollectionId): Promise<void> {
  await database.write(async (transaction) => {
    const living = await transaction
      .select({ id: collections.id })
      .from(collections)
      .where(and(eq(collections.id, id), isNull(collections.removedAt)))
    if (living.length > 0) throw new IbidError("conflict", `Cannot make the collection "${id}": there is one already`)
    await ensureCollection(transaction, id)
  })
}

/**
 * Removes a collection with its documents and what was learnt of it; its folders are kept in step no more. From the
 * return of this no query shows them.
 */
export async function removeCollection(database: Database, id: CollectionId, principalId: string): Promise<void> {
  await database.write(async (transaction) => {
    const rows = await transaction
      .select({ id: documents.id })
      .from(documents)
      .where(and(eq(documents.collectionId, id), isNull(documents.removedAt), isNull(documents.parentId)))
    for (const row of rows) await removeWithChildren(transaction, row.id as DocumentId, principalId)
    const still = { watchedSince: null, pausedAt: null, pauseReason: null }
    await transaction.update(sources).set(still).where(eq(sources.collectionId, id))
    await transaction.delete(tunings).where(eq(tunings.collectionId, id))
    await transaction.update(collections).set({ removedAt: Date.now() }).where(eq(collections.id, id))
  })
}
