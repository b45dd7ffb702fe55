import { and, eq, isNotNull, isNull } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { CollectionId } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { collections, sources } from "./schema.ts"

export const DEFAULT_COLLECTION = "default" as CollectionId

/** Checks a collection's name: 1 to 64 letters, digits, `-`, `_` and `.`, the first a letter or digit. */
export function toCollectionId(name: string): CollectionId {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new IbidError(
      "invalid-request",
      "Cannot use the collection: its name is 1 to 64 letters, digits, hyphens, dots and underscores",
    )
  }
  return name as CollectionId
}

export async function listCollections(queries: Queries): Promise<CollectionId[]> {
  const rows = await queries
    .select({ id: collections.id })
    .from(collections)
    .where(isNull(collections.removedAt))
    .orderBy(collections.id)
  return rows.map((row) => row.id as CollectionId)
}

/** Makes a collection where there is none; one that was removed begins anew. */
export async function ensureCollection(transaction: Queries, id: CollectionId): Promise<void> {
  const createdAt = Date.now()
  await transaction
    .insert(collections)
    .values({ id, createdAt })
    .onConflictDoUpdate({
      target: collections.id,
      set: { createdAt, removedAt: null },
      setWhere: isNotNull(collections.removedAt),
    })
}

export interface Source {
  readonly id: string
  readonly root: string
}

/** The folders of this machine that a collection is fed from. */
export async function listFolderSources(queries: Queries, collectionId: CollectionId): Promise<Source[]> {
  return await queries
    .select({ id: sources.id, root: sources.root })
    .from(sources)
    .where(and(eq(sources.collectionId, collectionId), eq(sources.kind, "folder")))
}

export function sourceIdOf(collectionId: CollectionId, root: string): string {
  const kind = root === "" ? "upload" : "folder"
  return `src_${sha256(`${collectionId}\0${kind}\0${root}`).slice(0, 20)}`
}

/** The source of a folder, or of uploads where the root is empty; made when it is not there. */
export async function ensureSource(transaction: Queries, collectionId: CollectionId, root: string): Promise<Source> {
  const source = { id: sourceIdOf(collectionId, root), root }
  const known = await transaction
    .select({ id: sources.id })
    .from(sources)
    .innerJoin(collections, eq(collections.id, sources.collectionId))
    .where(and(eq(sources.id, source.id), isNull(collections.removedAt)))
  if (known.length > 0) return source
  await ensureCollection(transaction, collectionId)
  const kind = root === "" ? "upload" : "folder"
  await transaction
    .insert(sources)
    .values({ ...source, collectionId, kind })
    .onConflictDoNothing()
  return source
}

/** Folder of a source; empty for uploads. */
export async function findSourceRoot(queries: Queries, sourceId: string): Promise<string> {
  const rows = await queries.select({ root: sources.root }).from(sources).where(eq(sources.id, sourceId))
  return rows[0]?.root ?? ""
}
