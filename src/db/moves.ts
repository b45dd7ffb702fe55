import { and, eq, inArray, isNull } from "drizzle-orm"
import type { CollectionId, DocumentId } from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { ensureSource, sourceIdOf } from "./collections.ts"
import { findDocumentAt, listDescendants } from "./documents.ts"
import { removeWithChildren } from "./removals.ts"
import { documents, jobs } from "./schema.ts"
import { slices } from "./slices.ts"

export interface DocumentMove {
  readonly documentId: DocumentId
  /** Folder of this machine that both paths are relative to or come to be relative to. */
  readonly root: string
  readonly path: string
  readonly from: { readonly root: string; readonly path: string }
  readonly fileStamp: string | null
  readonly modifiedAt: number
}

/** Other writes have their turn in between. */
const MOVES_PER_TRANSACTION = 200

/**
 * Gives documents of a collection other places. They keep their ids, and what is embedded in them comes along; a
 * document that stands at a place and does not move itself is removed. Names may change hands in a circle.
 */
export async function moveDocuments(
  database: Database,
  collectionId: CollectionId,
  moves: readonly DocumentMove[],
): Promise<void> {
  const placeOf = ({ root, path }: { readonly root: string; readonly path: string }) => `${root}\0${path}`
  const left = new Set(moves.map((move) => placeOf(move.from)))
  const taken = new Set(moves.map(placeOf))
  const isEntangled = (move: DocumentMove) => left.has(placeOf(move)) || taken.has(placeOf(move.from))
  const entangled = moves.filter(isEntangled)
  if (entangled.length > 0) {
    await database.write(async (transaction) => {
      // Away from the names that others take, each to one that no file can have.
      const aside = entangled.map((move) => ({ ...move, path: `\0${move.documentId}` }))
      await moveAll(transaction, collectionId, aside)
      const onward = entangled.map((move, place) => ({ ...move, from: aside[place] ?? move.from }))
      await moveAll(transaction, collectionId, onward)
      await writeMoved(transaction, entangled)
    })
  }
  const others = moves.filter((move) => !isEntangled(move))
  for (let start = 0; start < others.length; start += MOVES_PER_TRANSACTION) {
    const part = others.slice(start, start + MOVES_PER_TRANSACTION)
    await database.write(async (transaction) => {
      await moveAll(transaction, collectionId, part)
      await writeMoved(transaction, part)
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function moveAll(
  transaction: Queries,
  collectionId: CollectionId,
  moves: readonly DocumentMove[],
): Promise<void> {
  const ids = moves.map((move) => move.documentId)
  const parents = await listParents(transaction, ids)
  const waiting = await listWaiting(transaction, ids)
  for (const root of new Set(moves.map((move) => move.root))) await ensureSource(transaction, collectionId, root)
  for (const { documentId, root, path, from, fileStamp, modifiedAt } of moves) {
    const sourceId = sourceIdOf(collectionId, root)
    const standing = await findDocumentAt(transaction, { collectionId, root, path })
    if (standing !== undefined && standing.id !== documentId) {
      await removeWithChildren(transaction, standing.id as DocumentId, null)
    }
    await transaction
      .update(documents)
      .set({ sourceId, path, fileStamp, modifiedAt })
      .where(eq(documents.id, documentId))
    if (waiting.has(documentId)) await transaction.update(jobs).set({ path }).where(eq(jobs.documentId, documentId))
    if (!parents.has(documentId)) continue
    for (const child of await listDescendants(transaction, documentId)) {
      await transaction
        .update(documents)
        .set({ sourceId, path: `${path}${child.path.slice(from.path.length)}` })
        .where(eq(documents.id, child.id))
    }
  }
}

async function writeMoved(transaction: Queries, moves: readonly DocumentMove[]): Promise<void> {
  for (const part of slices(moves)) {
    await writeAudit(
      transaction,
      "moved",
      part.map((move) => move.documentId),
    )
  }
}

/** Which of the documents have others embedded in them. */
async function listParents(queries: Queries, ids: readonly string[]): Promise<Set<string>> {
  const parents = new Set<string>()
  for (const part of slices(ids)) {
    const rows = await queries
      .select({ id: documents.parentId })
      .from(documents)
      .where(and(inArray(documents.parentId, part), isNull(documents.removedAt)))
    for (const { id } of rows) if (id !== null) parents.add(id)
  }
  return parents
}

/** Which of the documents have a job that is not done. */
async function listWaiting(queries: Queries, ids: readonly string[]): Promise<Set<string>> {
  const waiting = new Set<string>()
  for (const part of slices(ids)) {
    const rows = await queries
      .select({ id: jobs.documentId })
      .from(jobs)
      .where(and(inArray(jobs.documentId, part), inArray(jobs.state, ["queued", "parsing", "embedding"])))
    for (const { id } of rows) waiting.add(id)
  }
  return waiting
}
