import { and, count, eq, isNotNull, isNull } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { CollectionId } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { ensureSource, sourceIdOf } from "./collections.ts"
import { audit, collections, documents, sources } from "./schema.ts"

export type SourceRow = typeof sources.$inferSelect

/** Settings of a folder that is kept in step. */
export interface WatchSettings {
  readonly collectionId: CollectionId
  readonly root: string
  readonly ignore: readonly string[]
  /** Null: the general limit alone. */
  readonly maxFileBytes: number | null
}

/** Makes a folder one that is kept in step; what was known of it stays. */
export async function keepInStep(database: Database, settings: WatchSettings): Promise<SourceRow> {
  const { collectionId, root, ignore, maxFileBytes } = settings
  return await database.write(async (transaction) => {
    const { id } = await ensureSource(transaction, collectionId, root)
    const known = await getSource(transaction, id)
    const watchedSince = known.watchedSince ?? Date.now()
    await transaction.update(sources).set({ watchedSince, ignore, maxFileBytes }).where(eq(sources.id, id))
    return { ...known, watchedSince, ignore, maxFileBytes }
  })
}

/** Throws `source-not-found`. */
export async function getSource(queries: Queries, id: string): Promise<SourceRow> {
  const rows = await queries
    .select()
    .from(sources)
    .where(and(eq(sources.id, id), eq(sources.kind, "folder")))
  const [row] = rows
  if (row === undefined) throw new IbidError("source-not-found", "Cannot find the folder: there is none with this id")
  return row
}

/** The row of a folder, where documents came from it before. */
export async function findSource(
  queries: Queries,
  place: { readonly collectionId: CollectionId; readonly root: string },
): Promise<SourceRow | undefined> {
  const rows = await queries
    .select()
    .from(sources)
    .where(eq(sources.id, sourceIdOf(place.collectionId, place.root)))
  return rows[0]
}

/** Folders with the number of their documents, in the order of their roots. */
export async function listSources(queries: Queries): Promise<(SourceRow & { readonly documents: number })[]> {
  const found = await queries
    .select({ source: sources })
    .from(sources)
    .innerJoin(collections, eq(collections.id, sources.collectionId))
    .where(and(eq(sources.kind, "folder"), isNull(collections.removedAt)))
    .orderBy(sources.root)
  const rows = found.map(({ source }) => source)
  const counts = await queries
    .select({ id: documents.sourceId, documents: count() })
    .from(documents)
    .where(and(isNull(documents.removedAt), isNull(documents.parentId)))
    .groupBy(documents.sourceId)
  const byId = new Map(counts.map((row) => [row.id, row.documents]))
  return rows.map((row) => ({ ...row, documents: byId.get(row.id) ?? 0 }))
}

/** Folders that wait for a person's decision. */
export async function countPausedSources(queries: Queries): Promise<number> {
  const rows = await queries.select({ sources: count() }).from(sources).where(isNotNull(sources.pausedAt))
  return rows[0]?.sources ?? 0
}

/** The catalogue is as the folder was; a pause is over. */
export async function recordInStep(
  database: Database,
  source: Pick<SourceRow, "id" | "pausedAt">,
  rootIdentity: string | null,
): Promise<void> {
  await database.write(async (transaction) => {
    const now = Date.now()
    const news = { rootIdentity, reconciledAt: now, pausedAt: null, pauseReason: null }
    await transaction.update(sources).set(news).where(eq(sources.id, source.id))
    if (source.pausedAt !== null) await transaction.insert(audit).values({ at: now, action: "resumed" })
  })
}

/** Nothing of the folder is removed until `recordInStep`. */
export async function recordPause(
  database: Database,
  source: Pick<SourceRow, "id" | "pausedAt">,
  reason: string,
): Promise<void> {
  await database.write(async (transaction) => {
    const now = Date.now()
    const pausedAt = source.pausedAt ?? now
    await transaction.update(sources).set({ pausedAt, pauseReason: reason }).where(eq(sources.id, source.id))
    if (source.pausedAt === null) await transaction.insert(audit).values({ at: now, action: "paused" })
  })
}
