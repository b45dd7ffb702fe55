import { relative } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { AcceptPorts } from "../../ingest/accept.ts"
import { resolveGiven } from "../../ingest/given-path.ts"
import { type ReconcileOptions, reconcile } from "../../ingest/reconcile.ts"
import { failed, type ReconcileStep } from "../../ingest/take.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import type { FolderTurns } from "./folder-turns.ts"

export type AcceptOptions = Pick<ReconcileOptions, "collectionId"> & { readonly signal: AbortSignal }

/** A file that is written to all the time is looked at so often before it is a failure. */
const ATTEMPTS = 3

/**
 * Files and folders that a person has named, accepted once: what failed before is tried again, what was renamed keeps
 * its document, nothing is removed. What cannot be found is a failure, and the others go on.
 */
export async function* acceptPaths(
  paths: readonly string[],
  ports: AcceptPorts,
  turns: FolderTurns,
  options: AcceptOptions,
): AsyncGenerator<Exclude<ReconcileStep, { unsettled: unknown }>> {
  for (const given of paths) {
    try {
      const { root, only } = await resolveGiven(given)
      const end = await turns.take({ collectionId: options.collectionId, root })
      try {
        yield* acceptFolder(root, only, ports, options)
      } finally {
        end()
      }
    } catch (thrown) {
      const error = toIbidError(thrown)
      if (!NOT_FOUND.has(error.code)) throw error
      yield failed(given, error)
    }
  }
}

const NOT_FOUND: ReadonlySet<string> = new Set(["path-not-found", "permission-denied", "not-a-file", "outside-root"])

async function* acceptFolder(
  root: string,
  only: string | undefined,
  ports: AcceptPorts,
  options: AcceptOptions,
): AsyncGenerator<Exclude<ReconcileStep, { unsettled: unknown }>> {
  const reconcileOptions = { ...options, removeMissing: false, retryFailed: true }
  let waiting: readonly (string | undefined)[] = [only]
  for (let attempt = 1; waiting.length > 0; attempt++) {
    const unsettled = new Map<string, number>()
    for (const one of waiting) {
      const only = one === undefined ? {} : { only: one }
      for await (const step of reconcile(root, ports, { ...reconcileOptions, ...only })) {
        // What is left of a folder that was changed during the walk is for the next run.
        if ("unsettled" in step) {
          const { absolutePath, retryAfterMs } = step.unsettled
          if (absolutePath !== root) unsettled.set(relative(root, absolutePath), retryAfterMs)
        } else if (attempt === 1 || !("found" in step)) yield step
      }
    }
    waiting = [...unsettled.keys()]
    if (waiting.length === 0) return
    if (attempt === ATTEMPTS) {
      for (const path of unsettled.keys()) yield failed(path, isBeingWritten(path))
      return
    }
    await wait(Math.max(...unsettled.values()), undefined, { signal: options.signal })
  }
}

function isBeingWritten(path: string): IbidError {
  return new IbidError("conflict", `Cannot read ${JSON.stringify(path)}: it is being written to`)
}
