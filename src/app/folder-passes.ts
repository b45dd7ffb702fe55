import type { AcceptPorts } from "../../ingest/accept.ts"
import { SETTLED_MS } from "../../ingest/file-stamp.ts"
import { reconcile } from "../../ingest/reconcile.ts"
import type { PassRequest, PassResult } from "../../ingest/watch.ts"
import { toIbidError } from "../core/errors.ts"
import type { IngestEvent, Log } from "../core/types.ts"
import type { Folder, FolderTurns } from "./folder-turns.ts"
import type { Ingestion } from "./ingestion.ts"
import { createTally } from "./tally.ts"

export interface PassPorts extends AcceptPorts {
  readonly ingestion: Pick<Ingestion, "subscribe" | "wake">
  readonly turns: FolderTurns
  readonly log: Log
}

export interface FolderPasses {
  /** Brings the catalogue in step with the folder; what is accepted is indexed after it has resolved. */
  pass(request: PassRequest): Promise<PassResult>
  /** Resolves when what was accepted has been indexed, or the signal has fired. */
  settle(): Promise<void>
}

/** Removals of so long ago count when it is asked whether too many files are gone at once. */
const RECENTLY_MS = 10 * 60_000

/** A file that is written to without a pause is read as it is after so long. */
const PATIENCE_MS = 10 * 60_000

/** Comparisons of one folder, one after the other. What has been told of it once is told again when it has changed. */
export function createFolderPasses(
  folder: Folder,
  ports: PassPorts,
  options: { readonly emit: (event: IngestEvent) => void; readonly signal: AbortSignal },
): FolderPasses {
  const { ingestion, turns } = ports
  const { emit, signal } = options
  const following = new Set<Promise<void>>()
  let removals: readonly number[] = []
  let told: ReadonlySet<string> = new Set()
  /** Files that are being written, and since when. */
  let unsettled: ReadonlyMap<string, number> = new Map()
  let isFirst = true

  const pass: FolderPasses["pass"] = async ({ confirmRemoval }) => {
    const end = await turns.take(folder)
    const { collectionId, root } = folder
    const tally = createTally()
    const inbox = ingestion.subscribe()
    const tellings = new Set<string>()
    const stillUnsettled = new Map<string, number>()
    let isNews = isFirst
    let isPaused = false
    let retryAfterMs: number | undefined
    const count = (event: IngestEvent): void => {
      for (const one of tally.count(event)) if (one.event !== "document-unchanged") emit(one)
    }
    try {
      removals = removals.filter((at) => at > performance.now() - RECENTLY_MS)
      const settings = { collectionId, removeMissing: true, settleMs: SETTLED_MS, confirmRemoval, signal }
      const impatientFor = new Set(
        [...unsettled].filter(([, at]) => at < performance.now() - PATIENCE_MS).map(([path]) => path),
      )
      const history = { recentlyRemoved: removals.length, impatientFor }
      for await (const step of reconcile(root, ports, { ...settings, ...history })) {
        if ("found" in step) tally.expect(step.found)
        else if ("unsettled" in step) {
          const { absolutePath } = step.unsettled
          retryAfterMs = Math.min(retryAfterMs ?? SETTLED_MS, step.unsettled.retryAfterMs)
          stillUnsettled.set(absolutePath, unsettled.get(absolutePath) ?? performance.now())
        } else if ("accepted" in step) {
          isNews = true
          inbox.expect([step.accepted.jobId])
          ingestion.wake()
        } else {
          const { event } = step
          if (event.event === "document-removed") removals = [...removals, performance.now()]
          if (event.event === "source-paused") isPaused = true
          if (isTelling(event)) {
            const telling = JSON.stringify(event)
            tellings.add(telling)
            if (told.has(telling)) continue
          }
          if (event.event !== "document-unchanged") isNews = true
          count(event)
        }
      }
      told = tellings
      unsettled = stillUnsettled
      isFirst = false
    } catch (thrown) {
      inbox.close()
      throw thrown
    } finally {
      ingestion.wake() // also for what was removed: its rows go now
      end()
    }
    const followed = (async () => {
      for (;;) {
        try {
          for await (const { event } of inbox.rest(signal)) if (event !== null) count(event)
          break
        } catch (thrown) {
          const error = toIbidError(thrown)
          if (error.code === "cancelled") return
          ports.log("warn", "documents of a folder wait", { root, code: error.code })
        }
      }
      if (isNews && !isPaused) emit(tally.summary())
    })().finally(() => {
      inbox.close()
      following.delete(followed)
    })
    following.add(followed)
    return { isPaused, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }

  return {
    pass,
    settle: async () => {
      await Promise.all(following)
    },
  }
}

/** What a pass says of a folder that is as it was; only the first time is news. */
function isTelling({ event }: IngestEvent): boolean {
  return event === "document-failed" || event === "document-skipped" || event === "source-paused"
}
