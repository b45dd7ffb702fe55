import { resolve } from "node:path"
import { resolveGiven } from "../../ingest/given-path.ts"
import type { OpenHints } from "../../ingest/hints.ts"
import { type FolderWatch, watchFolder } from "../../ingest/watch.ts"
import { requireAdmin } from "../access/principal.ts"
import { IbidError } from "../core/errors.ts"
import type { CollectionId, IngestEvent, SourceSummary } from "../core/types.ts"
import { DEFAULT_COLLECTION, toCollectionId } from "../db/collections.ts"
import { findSource, getSource, keepInStep, listSources, type SourceRow } from "../db/sources.ts"
import { createChannel } from "./channel.ts"
import { createFolderPasses, type PassPorts } from "./folder-passes.ts"
import type { KnowledgeBase, WatchedFolder } from "./knowledge-base.ts"

export interface Watching extends Pick<KnowledgeBase, "watch" | "listSources" | "resumeSource"> {
  /** Ends all that is being watched. */
  dispose(): Promise<void>
}

/** Folders that are kept in step with the catalogue. What is known of them is in SQL and outlives the process. */
export function createWatching(ports: PassPorts & { readonly openHints?: OpenHints }): Watching {
  const { database } = ports
  const stop = new AbortController()
  const active = new Map<string, FolderWatch>()
  const ending = new Set<Promise<void>>()

  const signalWith = (signal: AbortSignal | undefined): AbortSignal =>
    AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])])

  return {
    watch: async function* (folder, call) {
      requireAdmin(call.principal)
      const source = await prepare(folder, ports)
      if (active.has(source.id)) {
        throw new IbidError("conflict", `Cannot watch ${JSON.stringify(source.root)}: it is being watched already`)
      }
      const signal = signalWith(call.signal)
      if (signal.aborted) return
      const channel = createChannel<IngestEvent>()
      const { ignore, root } = source
      const collectionId = source.collectionId as CollectionId
      const passing = new AbortController()
      const passes = createFolderPasses({ collectionId, root }, ports, {
        emit: channel.send,
        signal: AbortSignal.any([signal, passing.signal]),
      })
      const watch = watchFolder(root, {
        ...{ ignore, log: ports.log, reconcileSource: passes.pass },
        ...(ports.openHints === undefined ? {} : { openHints: ports.openHints }),
      })
      active.set(source.id, watch)
      const close = () => channel.close()
      signal.addEventListener("abort", close, { once: true })
      let ended = (): void => undefined
      const end = new Promise<void>((done) => {
        ended = done
      })
      ending.add(end)
      try {
        yield* channel.items()
      } finally {
        signal.removeEventListener("abort", close)
        passing.abort()
        await watch.dispose()
        await passes.settle()
        active.delete(source.id)
        ending.delete(end)
        ended()
      }
    },

    listSources: async (call) => {
      requireAdmin(call.principal)
      return (await listSources(database.read)).map((row) => summarise(row, active.has(row.id)))
    },

    resumeSource: async (id, { confirmRemoval }, call) => {
      requireAdmin(call.principal)
      const { root, collectionId } = await getSource(database.read, id)
      const watch = active.get(id)
      if (watch !== undefined) await watch.check({ confirmRemoval })
      else {
        const folder = { collectionId: collectionId as CollectionId, root }
        const signal = signalWith(call.signal)
        await createFolderPasses(folder, ports, { emit: () => undefined, signal }).pass({ confirmRemoval })
      }
      const row = (await listSources(database.read)).find((one) => one.id === id)
      if (row === undefined)
        throw new IbidError("source-not-found", "Cannot find the folder: there is none with this id")
      if (row.pausedAt !== null) {
        throw new IbidError("source-paused", `Cannot go on with ${JSON.stringify(root)}: ${row.pauseReason ?? ""}`)
      }
      return summarise(row, active.has(id))
    },

    dispose: async () => {
      stop.abort()
      await Promise.all(ending)
    },
  }
}

/** A folder that is gone is known by the name that it had; one that never was known has to be there. */
async function prepare(folder: WatchedFolder, { database }: PassPorts): Promise<SourceRow> {
  const collectionId = toCollectionId(folder.collection ?? DEFAULT_COLLECTION)
  const settings = { collectionId, ignore: folder.ignore ?? [], maxFileBytes: folder.maxFileBytes ?? null }
  const known = await findSource(database.read, { collectionId, root: resolve(folder.path) })
  if (known !== undefined && known.watchedSince !== null) {
    return await keepInStep(database, { ...settings, root: known.root })
  }
  const { root, only } = await resolveGiven(folder.path)
  if (only !== undefined) {
    throw new IbidError("not-a-file", `Cannot watch ${JSON.stringify(folder.path)}: it is not a folder`)
  }
  return await keepInStep(database, { ...settings, root })
}

function summarise(row: SourceRow & { readonly documents: number }, isWatched: boolean): SourceSummary {
  const { id, collectionId, root, documents, ignore, maxFileBytes, pauseReason } = row
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    ...{ id, collection: collectionId, root, documents, isWatched, ignore, maxFileBytes },
    ...{ watchedSince: time(row.watchedSince), reconciledAt: time(row.reconciledAt) },
    ...{ pausedAt: time(row.pausedAt), pauseReason },
  }
}
