import { requireAdmin } from "../access/principal.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import type { ModelsInForce, PullProgress } from "../core/models.ts"
import type { ModelStore } from "../core/ports.ts"
import type { PullEvent } from "../core/shelf.ts"
import { type Channel, createChannel } from "./channel.ts"
import type { ShelfBase } from "./shelf-base.ts"

interface Pull {
  readonly stop: AbortController
  readonly listeners: Set<Channel<PullEvent>>
  readonly ended: Promise<void>
  progress: PullProgress | null
}

type ModelShelf = Pick<ShelfBase, "listModels" | "pullModel" | "cancelPull" | "useModel"> & {
  /** Ends all pulls. */
  dispose(): Promise<void>
}

/** Models for the people who run the service. A pull belongs to the process, so that a page may be left meanwhile. */
export function createModelShelf(store: ModelStore, running: () => ModelsInForce): ModelShelf {
  const pulls = new Map<string, Pull>()

  const start = (id: string): Pull => {
    const listeners = new Set<Channel<PullEvent>>()
    const tell = (event: PullEvent) => {
      for (const listener of listeners) listener.send(event)
    }
    const stop = new AbortController()
    const work = async (): Promise<void> => {
      try {
        await store.pull(id, {
          signal: stop.signal,
          onProgress: (progress) => {
            pull.progress = progress
            tell({ event: "progress", ...progress })
          },
          onNote: (note) => tell({ event: "note", note }),
        })
        tell({ event: "model-pulled", id })
        for (const listener of listeners) listener.close()
      } catch (thrown) {
        const error = stop.signal.aborted ? new IbidError("cancelled", "The pull was cancelled") : toIbidError(thrown)
        for (const listener of listeners) listener.close(error)
      } finally {
        pulls.delete(id)
      }
    }
    let begin = (): void => undefined
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const pull: Pull = { stop, listeners, ended: begun.then(work), progress: null }
    pulls.set(id, pull)
    begin()
    return pull
  }

  return {
    listModels: async ({ principal }) => {
      requireAdmin(principal)
      const { generator, reader, embedder } = running()
      return (await store.list()).map((model) => ({
        ...model,
        isRunning: [generator, reader, embedder].includes(model.id),
        pull: pulls.has(model.id) ? (pulls.get(model.id)?.progress ?? notBegun(model.bytes)) : null,
      }))
    },
    pullModel: async function* (id, { principal }) {
      requireAdmin(principal)
      const pull = pulls.get(id) ?? start(id)
      const channel = createChannel<PullEvent>()
      if (pull.progress !== null) channel.send({ event: "progress", ...pull.progress })
      pull.listeners.add(channel)
      try {
        yield* channel.items()
      } finally {
        pull.listeners.delete(channel)
      }
    },
    cancelPull: async (id, { principal }) => {
      requireAdmin(principal)
      const pull = pulls.get(id)
      if (pull === undefined) throw new IbidError("not-found", "Cannot cancel: the model is not being pulled")
      pull.stop.abort()
      await pull.ended
    },
    useModel: async (id, { principal }) => {
      requireAdmin(principal)
      await store.use(id)
    },
    dispose: async () => {
      const all = [...pulls.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

function notBegun(totalBytes: number): PullProgress {
  return { doneBytes: 0, totalBytes, bytesPerSecond: 0, secondsLeft: null }
}
