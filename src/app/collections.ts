import { requireAdmin } from "../access/principal.ts"
import { readableCollections } from "../access/read-filter.ts"
import { IbidError } from "../core/errors.ts"
import type { CollectionSummary, StateCounts } from "../core/shelf.ts"
import type { CallOptions, CollectionId, JobState, SourceSummary } from "../core/types.ts"
import { type CollectionRow, countByCollection, createCollection, removeCollection } from "../db/collection-shelf.ts"
import { DEFAULT_COLLECTION, listCollections, toCollectionId } from "../db/collections.ts"
import { countDocuments } from "../db/documents.ts"
import type { Parts } from "./parts.ts"
import type { ShelfBase } from "./shelf-base.ts"

/** Collections and what they hold, as far as the principal may see. `wake` begins to purge what was removed. */
export function createCollections(
  { database, loras }: Pick<Parts, "database" | "loras">,
  around: { readonly wake: () => void; readonly listSources: (call: CallOptions) => Promise<readonly SourceSummary[]> },
): Pick<ShelfBase, "countDocuments" | "describeCollections" | "createCollection" | "removeCollection"> {
  const readable = async ({ principal }: CallOptions): Promise<readonly CollectionId[]> =>
    readableCollections(principal, await listCollections(database.read))

  const describe = async (call: CallOptions) =>
    (await countByCollection(database.read, await readable(call))).map(summarise)

  const find = async (name: string, call: CallOptions): Promise<CollectionSummary> => {
    const found = (await describe(call)).find(({ id }) => id === name)
    if (found === undefined) throw collectionNotFound()
    return found
  }

  return {
    countDocuments: async (call) => {
      const { collection, name } = call
      const all = await readable(call)
      const collections = collection === undefined ? all : all.filter((id) => id === collection)
      if (collection !== undefined && collections.length === 0) throw collectionNotFound()
      const wanted = { collections, ...(name === undefined ? {} : { name }) }
      return everyState(await countDocuments(database.read, wanted))
    },
    describeCollections: describe,
    createCollection: async (name, call) => {
      requireAdmin(call.principal)
      await createCollection(database, toCollectionId(name))
      return await find(name, call)
    },
    removeCollection: async (name, call) => {
      requireAdmin(call.principal)
      const { id, documents } = await find(name, call)
      const cannot = `Cannot remove the collection "${id}"`
      if (id === DEFAULT_COLLECTION) {
        throw new IbidError("conflict", `${cannot}: what names no collection goes there`)
      }
      const watched = (await around.listSources(call)).find((one) => one.collection === id && one.isWatched)
      if (watched !== undefined) {
        throw new IbidError("conflict", `${cannot}: the folder ${JSON.stringify(watched.root)} is being watched`)
      }
      const total = Object.values(documents).reduce((sum, one) => sum + one, 0)
      if (total > 0 && call.confirm !== id) {
        const context = { documents: total }
        throw new IbidError("conflict", `${cannot}: it holds ${total} documents; confirm with its name`, { context })
      }
      // before it goes: one that is made later with this name must not write with its adapter
      await loras?.forget(id as CollectionId)
      await removeCollection(database, id as CollectionId, call.principal.id)
      around.wake()
    },
  }
}

function collectionNotFound(): IbidError {
  return new IbidError("collection-not-found", "Cannot find the collection: there is none with this name")
}

function summarise({ id, createdAt, documents }: CollectionRow): CollectionSummary {
  return { id, createdAt: new Date(createdAt).toISOString(), documents: everyState(documents) }
}

function everyState(counts: ReadonlyMap<JobState, number>): StateCounts {
  const of = (state: JobState) => counts.get(state) ?? 0
  return {
    ...{ queued: of("queued"), parsing: of("parsing"), embedding: of("embedding") },
    ...{ indexed: of("indexed"), failed: of("failed") },
  }
}
