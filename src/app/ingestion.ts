import { randomUUID } from "node:crypto"
import PQueue from "p-queue"
import { type JobOutcome, type PipelinePorts, processQueue } from "../../ingest/pipeline.ts"
import { purgeRemoved } from "../../ingest/store.ts"
import { type ErrorCode, IbidError, toIbidError } from "../core/errors.ts"
import type { CollectionId, IngestEvent, JobId } from "../core/types.ts"
import {
  cancelJob,
  findUnfinished,
  LEASE_MS,
  listUnfinished,
  msToNextAttempt,
  releaseLeases,
  renewLeases,
} from "../db/jobs.ts"
import { acceptPaths } from "./accept-paths.ts"
import { type ErasePorts, finishErasures } from "./erase.ts"
import type { FolderTurns } from "./folder-turns.ts"
import { createOutcomes, type Inbox } from "./outcomes.ts"
import { createPace, type Pace } from "./pace.ts"
import { createTally } from "./tally.ts"

/** Works off the queue in SQL in the background; one flow a process, whoever has queued. */
export interface Ingestion {
  /** Accepts files and folders, and tells what becomes of them until all are done; the last event is the summary. */
  run(paths: readonly string[], options: RunOptions): AsyncGenerator<IngestEvent>
  /** What becomes of jobs that were accepted elsewhere. */
  subscribe(): Inbox<JobOutcome>
  /** Works off what is queued in SQL; returns at once. */
  wake(): void
  /** Runs work that must be alone with the index and the files, between two runs of the queue. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
  /** Ends a job that waits or is being done. Throws `job-not-found`, `conflict`. */
  cancel(id: JobId): Promise<void>
  /** What the work stands at, from memory. */
  state(): { readonly isWorking: boolean; readonly pausedBy: ErrorCode | null }
  /** Seconds until so many jobs will have ended; see `Pace`. */
  secondsFor: Pace["secondsFor"]
  /** Resolves when nothing is under way. */
  settle(): Promise<void>
  /** Stops after the current step; what is not done is done on the next start. */
  dispose(): Promise<void>
}

export interface RunOptions {
  readonly collectionId: CollectionId
  readonly signal?: AbortSignal
}

/** What has stopped the work and is not over without somebody's doing; anything else may be. */
const LASTING: ReadonlySet<ErrorCode> = new Set(["cancelled", "model-missing", "model-damaged"])
/** A full disk is looked at again so often, and a model whose process does not stay alive. */
export const DISK_RETRY_MS = 15_000

export function createIngestion(ports: PipelinePorts & ErasePorts, folderTurns: FolderTurns): Ingestion {
  const owner = randomUUID()
  const turns = new PQueue({ concurrency: 1 })
  const stop = new AbortController()
  const outcomes = createOutcomes<JobOutcome>()
  const cancelled = new Map<string, AbortController>()
  const pace = createPace()
  let pausedBy: ErrorCode | null = null
  let isAwake = false
  let needsOptimize = false
  let isFirstRun = true
  let hasStopped = false
  let timer: NodeJS.Timeout | undefined

  const controllerOf = (jobId: string): AbortController => {
    const controller = cancelled.get(jobId) ?? new AbortController()
    cancelled.set(jobId, controller)
    return controller
  }

  const wakeIn = (milliseconds: number): void => {
    clearTimeout(timer)
    if (!stop.signal.aborted) timer = setTimeout(wake, Math.max(0, milliseconds)).unref()
  }

  const workOff = async (): Promise<void> => {
    isAwake = false
    const heartbeat = setInterval(() => {
      // The data folder is ours alone: a lease that could not be renewed, on a full disk, is taken by nobody else.
      renewLeases(ports.database, owner).catch((error: unknown) => ports.log("warn", "leases not renewed", { error }))
    }, LEASE_MS / 3)
    try {
      // The data folder is ours alone: what another process had taken, it has left undone.
      if (isFirstRun) await releaseLeases(ports.database)
      else if (hasStopped) await releaseLeases(ports.database, owner) // on a full disk they could not be given back
      isFirstRun = false
      hasStopped = false
      if (await finishErasures(ports)) needsOptimize = true
      if ((await purgeRemoved(ports)).length > 0) needsOptimize = true
      const options = { owner, signal: stop.signal, signalOf: (id: string) => controllerOf(id).signal }
      for await (const outcome of processQueue(ports, options)) {
        if (!outcome.willRetry) {
          cancelled.delete(outcome.jobId)
          pace.count()
        }
        if (outcome.event?.event === "document-failed") ports.log("warn", "a document failed", { ...outcome.event })
        if (outcome.event !== null) needsOptimize = true
        outcomes.publish(outcome)
      }
      pausedBy = null
      await optimize()
      await outcomes.settle((jobIds) => findUnfinished(ports.database.read, jobIds))
      const nextMs = await msToNextAttempt(ports.database.read)
      if (nextMs !== undefined) wakeIn(nextMs)
    } catch (thrown) {
      hasStopped = true
      const error = toIbidError(thrown)
      if (error.code !== "cancelled") {
        pausedBy = error.code
        ports.log("error", "ingestion stopped", { code: error.code, error: thrown })
      }
      if (!LASTING.has(error.code)) wakeIn(DISK_RETRY_MS)
      outcomes.fail(error)
    } finally {
      clearInterval(heartbeat)
    }
  }

  async function optimize(): Promise<void> {
    if (!needsOptimize) return
    await ports.index.optimize()
    needsOptimize = false
  }

  function wake(): void {
    if (isAwake || stop.signal.aborted) return
    isAwake = true
    void turns.add(workOff)
  }

  return {
    run: async function* (paths, options) {
      const tally = createTally()
      const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])])
      const inbox = outcomes.subscribe()
      try {
        inbox.expect(await listUnfinished(ports.database.read))
        wake()
        let total = 0
        const { collectionId } = options
        for await (const step of acceptPaths(paths, ports, folderTurns, { collectionId, signal })) {
          if ("found" in step) {
            total += step.found
            tally.expect(total)
          } else if ("event" in step) yield* tally.count(step.event)
          else {
            inbox.expect([step.accepted.jobId])
            wake()
          }
          for (const { event } of inbox.arrived()) if (event !== null) yield* tally.count(event)
        }
        for await (const { event } of inbox.rest(signal)) if (event !== null) yield* tally.count(event)
        await optimize()
        yield tally.summary()
      } finally {
        inbox.close()
      }
    },
    subscribe: () => outcomes.subscribe(),
    wake,
    exclusive: async (work) => await turns.add(work),
    cancel: async (id) => {
      await cancelJob(ports.database, id)
      controllerOf(id).abort(new IbidError("cancelled", "The job was cancelled"))
      wake()
    },
    state: () => ({ isWorking: turns.pending > 0 || isAwake, pausedBy }),
    secondsFor: pace.secondsFor,
    settle: () => turns.onIdle(),
    dispose: async () => {
      stop.abort()
      clearTimeout(timer)
      await turns.onIdle()
    },
  }
}
