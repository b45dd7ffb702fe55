import { IbidError } from "../core/errors.ts"

/** One event as it goes over the wire. */
export interface Frame {
  /** Rises by one, from 1. */
  readonly sequence: number
  readonly type: string
  readonly data: string
}

export interface EventLogOptions {
  /** The last frame of a flow that has failed, or was stopped, after its first frame. */
  readonly toLastFrame: (thrown: unknown, sequence: number, isStopped: boolean) => Frame
  /** How long the flow goes on without a reader; 0 stops it at once. */
  readonly graceMs: number
  /** Called once, when nothing more will be written. */
  readonly onEnd?: () => void
  /** Largest number of bytes that are kept; absent means half a megabyte. */
  readonly mostBytes?: number
  /** How long a flow waits for a reader that takes nothing; absent means 15 s. */
  readonly stalledMs?: number
}

export interface EventLog {
  /**
   * Frames after the given number: those that are kept, then those that are written meanwhile. There is one reader at a
   * time, a new one ends the former. Throws what the flow has thrown before its first frame.
   */
  read(after: number, signal: AbortSignal): AsyncGenerator<Frame>
  /** Frames that are kept, in order. */
  kept(): readonly Frame[]
  /** Number of the last frame that was written. */
  last(): number
  hasEnded(): boolean
  /** Stops the flow at once, on behalf of who has asked; its last frame tells a reader so. */
  stop(): void
  sizeBytes(): number
}

/** A usual stream of `POST /api/ask` has 50 to 150 KB: the passages stand in it twice. */
const MOST_BYTES = 512 * 1024
const STALLED_MS = 15_000
/** UTF-16 code units of a string in memory. */
const BYTES_PER_CHARACTER = 2

/**
 * Lets a flow run at its own pace and keeps what it says for a reader who is slower or comes back. What is kept is
 * bounded: over the bound the frames go that the reader has taken, and where it has taken none the flow waits, and is
 * stopped when it has waited for too long. A flow that nobody reads is stopped after `graceMs`; its last frame then
 * tells a late reader so.
 */
export function createEventLog(
  flow: (signal: AbortSignal) => AsyncIterable<Frame>,
  options: EventLogOptions,
): EventLog {
  const { graceMs, mostBytes = MOST_BYTES, stalledMs = STALLED_MS } = options
  const stop = new AbortController()
  const change = createChange()
  let frames: Frame[] = []
  let sizeBytes = 0
  let last = 0
  let hasEnded = false
  let failure: { readonly thrown: unknown } | undefined
  let reader: { passed: number } | undefined
  let grace: NodeJS.Timeout | undefined

  const append = (frame: Frame) => {
    frames.push(frame)
    sizeBytes += sizeOf(frame)
    last = frame.sequence
    change.tell()
  }
  const isFull = (): boolean => {
    const passed = reader?.passed ?? 0
    while (sizeBytes > mostBytes && (frames[0]?.sequence ?? Number.POSITIVE_INFINITY) <= passed) {
      sizeBytes -= sizeOf(frames[0] as Frame)
      frames = frames.slice(1)
    }
    return sizeBytes > mostBytes
  }
  const room = async () => {
    if (!isFull()) return
    const timer = setTimeout(() => stop.abort(stopped("nobody has read it for too long")), stalledMs)
    while (isFull() && !stop.signal.aborted) await change.next()
    clearTimeout(timer)
    stop.signal.throwIfAborted()
  }
  stop.signal.addEventListener("abort", change.tell, { once: true })

  const run = async () => {
    try {
      for await (const frame of flow(stop.signal)) {
        append(frame)
        await room()
      }
    } catch (thrown) {
      const isStopped = stop.signal.aborted
      // what a flow throws when it is stopped is of less use than why it was
      const told: unknown = isStopped ? stop.signal.reason : thrown
      if (last === 0) failure = { thrown: told }
      else append(options.toLastFrame(told, last + 1, isStopped))
    } finally {
      hasEnded = true
      clearTimeout(grace)
      change.tell()
      options.onEnd?.()
    }
  }
  void run()

  return {
    read: async function* (after, signal) {
      const me = { passed: after }
      reader = me
      clearTimeout(grace)
      const leave = () => {
        if (reader === me) {
          reader = undefined
          const end = () => stop.abort(stopped("its reader has gone"))
          if (graceMs === 0) end()
          else if (!hasEnded) grace = setTimeout(end, graceMs)
        }
        change.tell()
      }
      signal.addEventListener("abort", leave, { once: true })
      try {
        change.tell()
        while (reader === me && !signal.aborted) {
          const next = frames.find((frame) => frame.sequence > me.passed)
          if (next !== undefined) {
            yield next
            me.passed = next.sequence
            change.tell()
          } else if (hasEnded) {
            if (failure !== undefined) throw failure.thrown
            return
          } else await change.next()
        }
      } finally {
        signal.removeEventListener("abort", leave)
        leave()
      }
    },
    kept: () => frames,
    last: () => last,
    hasEnded: () => hasEnded,
    stop: () => stop.abort(stopped("who has asked wanted no more of it")),
    sizeBytes: () => sizeBytes,
  }
}

function stopped(state: string): IbidError {
  return new IbidError("cancelled", `The answer was stopped: ${state}; ask again`)
}

function sizeOf({ data }: Frame): number {
  return BYTES_PER_CHARACTER * data.length
}

/** Wakes all who wait for the next change. */
function createChange(): { tell(): void; next(): Promise<void> } {
  let tell = () => {}
  let next = new Promise<void>(() => {})
  const renew = () => {
    next = new Promise((resolve) => {
      tell = resolve
    })
  }
  renew()
  return {
    tell: () => {
      tell()
      renew()
    },
    next: () => next,
  }
}
