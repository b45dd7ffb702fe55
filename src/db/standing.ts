import { and, isNull, or, sql } from "drizzle-orm"
import { sha256 } from "../core/hash.ts"
import type { DocumentId } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { sourceIdOf } from "./collections.ts"
import { type Place, standsAtOneOf } from "./documents.ts"
import { documents } from "./schema.ts"

/** What stands at a place, or stood there and is not purged. */
export interface Standing<At extends Place> {
  readonly at: At
  readonly documentId: DocumentId
  readonly former:
    | { readonly revision: string; readonly indexedRevision: string | null; readonly isRemoved: boolean }
    | undefined
}

/**
 * The ids for documents at different places, in order: that of the one that stands there, else one made from the place.
 * A document that was moved away keeps the id that it had, so that the place may need another one.
 */
export async function findStanding<At extends Place>(
  transaction: Queries,
  places: readonly At[],
): Promise<readonly Standing<At>[]> {
  const found = new Map<At, Standing<At>>()
  for (let attempt = 0; found.size < places.length; attempt++) {
    const wanted = places
      .filter((at) => !found.has(at))
      .map((at) => ({ at, sourceId: sourceIdOf(at.collectionId, at.root), documentId: idFor(at, attempt) }))
    const ids = wanted.map(({ documentId }) => documentId)
    const pairs = wanted.map(({ sourceId, at }) => [sourceId, at.path])
    const { id, revision, indexedRevision, removedAt, path, sourceId } = documents
    const rows = await transaction
      .select({ id, revision, indexedRevision, removedAt, path, sourceId })
      .from(documents)
      .where(
        or(
          sql`${id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
          and(standsAtOneOf(pairs), isNull(removedAt)),
        ),
      )
    const byId = new Map(rows.map((row) => [row.id, row]))
    const living = rows.filter((row) => row.removedAt === null)
    const byPlace = new Map(living.map((row) => [`${row.sourceId}\0${row.path}`, row]))
    for (const { at, sourceId, documentId } of wanted) {
      const sameId = byId.get(documentId)
      const known = byPlace.get(`${sourceId}\0${at.path}`) ?? (sameId?.removedAt === null ? undefined : sameId)
      if (known !== undefined) {
        const former = {
          revision: known.revision,
          indexedRevision: known.indexedRevision,
          isRemoved: known.removedAt !== null,
        }
        found.set(at, { at, documentId: known.id as DocumentId, former })
      } else if (sameId === undefined) found.set(at, { at, documentId, former: undefined })
    }
  }
  return places.flatMap((at) => found.get(at) ?? [])
}

function idFor({ collectionId, root, path }: Place, attempt: number): DocumentId {
  const name = `${collectionId}\0${root}\0${path}`
  return `doc_${sha256(attempt === 0 ? name : `${name}\0${attempt}`).slice(0, 24)}` as DocumentId
}
