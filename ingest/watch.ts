import PQueue from "p-queue"
import { toIbidError } from "../src/core/errors.ts"
import type { Log } from "../src/core/types.ts"
import { type Hints, type OpenHints, openHints } from "./hints.ts"
import { createIgnorePatterns } from "./ignore.ts"

/** What one pass over the folder has come to. */
export interface PassResult {
  /** Another pass is due after so long: a file is being written. */
  readonly retryAfterMs?: number
  /** Nothing is taken or removed until the files come back or a person confirms. */
  readonly isPaused: boolean
}

export interface PassRequest {
  /** A person has said that what is missing is to be removed. */
  readonly confirmRemoval: boolean
}

export interface WatchOptions {
  /** Brings the catalogue in step with the folder; never called twice at once. */
  readonly reconcileSource: (request: PassRequest) => Promise<PassResult>
  /** Patterns of the settings. */
  readonly ignore: readonly string[]
  readonly log: Log
  readonly openHints?: OpenHints
}

export interface FolderWatch {
  /** A pass at once, behind one that is under way. */
  check(request: PassRequest): Promise<PassResult>
  /** Ends after the pass that is under way. */
  dispose(): Promise<void>
}

/** The truth, whatever the hints have missed. */
const INTERVAL_MS = 10 * 60_000
/** Without hints to be relied on. */
const BLIND_INTERVAL_MS = 60_000
/** A folder that is gone may come back at any time, and no hint tells. */
const PAUSED_INTERVAL_MS = 30_000
const FAILED_INTERVAL_MS = 15_000
/** A pass waits until nothing has happened for so long, */
const QUIET_MS = 500
/** but no longer than so long, */
const LONGEST_WAIT_MS = 5_000
/** and after a pass the folder is left alone for so many times its duration. */
const REST = 4
/** The system drops hints when so many come at once: they are followed by one more pass. */
const BURST = 4_096
const AFTER_BURST_MS = 5_000

/**
 * Keeps a folder in step until it is disposed of. Hints from the system only say when to look: each pass compares the
 * whole folder, so that none is lost that matters. Passes take place at the start, after hints, after what the last one
 * asks for, and every ten minutes.
 */
export function watchFolder(root: string, options: WatchOptions): FolderWatch {
  const passes = new PQueue({ concurrency: 1 })
  const ignore = createIgnorePatterns(options.ignore)
  let hints: Hints | undefined
  let areHintsReliable = true
  let areHintsLost = true
  let hintCount = 0
  let firstHintAt: number | undefined
  let restUntil = 0
  let timer: NodeJS.Timeout | undefined
  let isDisposed = false
  let isQueued = false

  const arm = (milliseconds: number): void => {
    clearTimeout(timer)
    if (!isDisposed) timer = setTimeout(() => void pass({ confirmRemoval: false }), Math.max(0, milliseconds))
  }
  const armAfterHint = (): void => {
    const now = performance.now()
    firstHintAt ??= now
    arm(Math.max(restUntil, Math.min(now + QUIET_MS, firstHintAt + LONGEST_WAIT_MS)) - now)
  }
  const onHint = (): void => {
    hintCount++
    if (!isQueued) armAfterHint()
  }
  const onError = (error: unknown): void => {
    if (areHintsReliable) options.log("warn", "changes of a folder may be seen late", { root, error })
    areHintsReliable = false
  }
  const onGone = (): void => {
    areHintsLost = true
  }
  const reopenHints = async (): Promise<void> => {
    await hints?.close()
    areHintsReliable = true
    areHintsLost = false
    hints = isDisposed ? undefined : (options.openHints ?? openHints)(root, ignore, { onHint, onError, onGone })
  }

  const run = async (request: PassRequest): Promise<PassResult> => {
    clearTimeout(timer)
    const isBurst = hintCount >= BURST
    hintCount = 0
    firstHintAt = undefined
    const started = performance.now()
    let nextMs = FAILED_INTERVAL_MS
    try {
      if (areHintsLost) await reopenHints()
      const result = await options.reconcileSource(request)
      nextMs = nextPassMs(result, areHintsReliable, isBurst)
      if (result.isPaused) areHintsLost = true // they belong to the folder that stood here before
      return result
    } finally {
      const now = performance.now()
      restUntil = now + (now - started) * REST
      if (hintCount > 0) armAfterHint()
      else arm(nextMs)
    }
  }
  const pass = async (request: PassRequest): Promise<void> => {
    if (isQueued || isDisposed) return
    isQueued = true
    try {
      await passes.add(async () => {
        isQueued = false
        await run(request)
      })
    } catch (thrown) {
      const error = toIbidError(thrown)
      if (error.code === "cancelled") return
      options.log("error", "a folder could not be compared", { root, code: error.code, error: thrown })
    }
  }

  void pass({ confirmRemoval: false })
  return {
    check: (request) => passes.add(() => run(request)),
    dispose: async () => {
      isDisposed = true
      clearTimeout(timer)
      await passes.onIdle()
      clearTimeout(timer)
      await hints?.close()
    },
  }
}

function nextPassMs(result: PassResult, areHintsReliable: boolean, isBurst: boolean): number {
  if (result.isPaused) return PAUSED_INTERVAL_MS
  const interval = areHintsReliable ? INTERVAL_MS : BLIND_INTERVAL_MS
  return Math.min(interval, result.retryAfterMs ?? interval, isBurst ? AFTER_BURST_MS : interval)
}
