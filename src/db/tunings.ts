import { randomUUID } from "node:crypto"
import { and, desc, eq, inArray, isNull, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { StoredTuning, Tuning, TuningReport } from "../core/tuning.ts"
import type { CollectionId } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { tunings } from "./schema.ts"

/** The models that a tuning was learnt with; with others it says nothing. */
export interface TunedWith {
  readonly fingerprint: string
  readonly readerId: string | null
}

export interface FoundTuning extends Tuning {
  readonly id: string
}

/** Stores what was learnt of a collection; it is in force from then on. Returns its id. */
export async function writeTuning(
  transaction: Queries,
  collectionId: CollectionId,
  tuning: Tuning,
  made: TunedWith & { readonly report: TuningReport },
): Promise<string> {
  const id = `tun_${randomUUID()}`
  const { adapter, ...parts } = tuning
  const bytes = adapter === null ? null : Buffer.from(adapter.buffer, adapter.byteOffset, adapter.byteLength)
  await transaction
    .insert(tunings)
    .values({ id, collectionId, createdAt: Date.now(), ...parts, adapter: bytes, ...made })
  return id
}

/**
 * The tuning in force for a question over these collections: that of the one collection that is searched. Over several
 * there is none, because their scores would not be comparable.
 */
export async function findTuning(
  queries: Queries,
  collections: readonly CollectionId[],
  { fingerprint, readerId }: TunedWith,
): Promise<FoundTuning | null> {
  const [collectionId, ...others] = collections
  if (collectionId === undefined || others.length > 0) return null
  const [row] = await queries
    .select()
    .from(tunings)
    .where(and(eq(tunings.collectionId, collectionId), eq(tunings.fingerprint, fingerprint), isNull(tunings.undoneAt)))
    .orderBy(...NEWEST_FIRST)
    .limit(1)
  if (row === undefined) return null
  const { id, ranking, adapter } = row
  const support = row.readerId === readerId ? row.support : null
  return { id, ranking, support, adapter: adapter === null ? null : new Float32Array(Uint8Array.from(adapter).buffer) }
}

/** All that was learnt and not undone, newest first. */
export async function listTunings(
  queries: Queries,
  collections: readonly CollectionId[],
  { fingerprint }: TunedWith,
): Promise<StoredTuning[]> {
  const rows = await queries
    .select()
    .from(tunings)
    .where(and(inArray(tunings.collectionId, [...collections]), isNull(tunings.undoneAt)))
    .orderBy(...NEWEST_FIRST)
  const inForce = new Set<string>()
  return rows.map((row) => {
    const isInForce = row.fingerprint === fingerprint && !inForce.has(row.collectionId)
    if (isInForce) inForce.add(row.collectionId)
    const { id, ranking, support, report } = row
    const createdAt = new Date(row.createdAt).toISOString()
    return {
      ...{ id, collection: row.collectionId, createdAt, ranking, support, report, isInForce },
      hasAdapter: row.adapter !== null,
    }
  })
}

/**
 * Takes the tuning of a collection back that is in force; the one before it, of the same embedder, is in force again.
 * Returns its id. Throws `not-found`.
 */
export async function undoTuning(
  transaction: Queries,
  collectionId: CollectionId,
  tunedWith: TunedWith,
): Promise<string> {
  const inForce = await findTuning(transaction, [collectionId], tunedWith)
  if (inForce === null) {
    const state = `nothing that was learnt of the collection "${collectionId}" is in force with this embedder`
    throw new IbidError("not-found", `Cannot undo: ${state}`)
  }
  await transaction.update(tunings).set({ undoneAt: Date.now() }).where(eq(tunings.id, inForce.id))
  return inForce.id
}

/** In the order of writing, whatever the clock has said. */
const NEWEST_FIRST = [desc(sql`${tunings}.rowid`)]
