import PQueue from "p-queue"
import { ingestPaths, type PipelinePorts, processUnfinished } from "../../ingest/pipeline.ts"
import { purgeRemoved } from "../../ingest/store.ts"
import { toIbidError } from "../core/errors.ts"
import type { CollectionId, IngestEvent } from "../core/types.ts"

/** One run of ingestion at a time; uploads and removals are worked off in the background. */
export interface Ingestion {
  run(paths: readonly string[], options: RunOptions): AsyncGenerator<IngestEvent>
  /** Works off what is queued in SQL; returns at once. */
  wake(): void
  /** Resolves when nothing is under way. */
  settle(): Promise<void>
  /** Stops after the current batch step; what is not done is done on the next start. */
  dispose(): Promise<void>
}

export interface RunOptions {
  readonly collectionId: CollectionId
  readonly signal?: AbortSignal
}

export function createIngestion(ports: PipelinePorts): Ingestion {
  const turns = new PQueue({ concurrency: 1 })
  const stop = new AbortController()
  let isAwake = false

  const workOff = async (): Promise<void> => {
    isAwake = false
    try {
      const removed = await purgeRemoved(ports)
      let changed = removed.length
      for await (const event of processUnfinished(ports, stop.signal)) {
        changed++
        if (event.event === "document-failed") ports.log("warn", "a document failed", { ...event })
      }
      if (changed > 0) await ports.index.optimize()
    } catch (thrown) {
      const error = toIbidError(thrown)
      if (error.code !== "cancelled") ports.log("error", "ingestion stopped", { code: error.code, error: thrown })
    }
  }

  return {
    run: async function* (paths, options) {
      const turn = await takeTurn(turns)
      try {
        const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])])
        await purgeRemoved(ports)
        let changed = 0
        for await (const event of processUnfinished(ports, signal)) {
          changed++
          yield event
        }
        for await (const event of ingestPaths(paths, ports, { collectionId: options.collectionId, signal })) {
          if (event.event === "document-indexed") changed++
          if (event.event === "summary" && changed > 0) await ports.index.optimize()
          yield event
        }
      } finally {
        turn.end()
      }
    },
    wake: () => {
      if (isAwake || stop.signal.aborted) return
      isAwake = true
      void turns.add(workOff)
    },
    settle: () => turns.onIdle(),
    dispose: async () => {
      stop.abort()
      await turns.onIdle()
    },
  }
}

/** Holds the queue's one place until `end` is called: a generator cannot run inside a queued function. */
async function takeTurn(turns: PQueue): Promise<{ end(): void }> {
  let end = () => {}
  await new Promise<void>((begin) => {
    void turns.add(
      () =>
        new Promise<void>((ended) => {
          end = ended
          begin()
        }),
    )
  })
  return { end: () => end() }
}
