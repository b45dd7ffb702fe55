import { IbidError } from "../core/errors.ts"
import type { Principal } from "../core/types.ts"
import { createEventLog, type EventLog, type EventLogOptions, type Frame } from "./event-log.ts"

export interface AnswerStreams {
  /** Begins a flow under the id of its answer, and keeps it for its principal. */
  start(
    id: string,
    principal: Principal,
    flow: (signal: AbortSignal) => AsyncIterable<Frame>,
    options: Pick<EventLogOptions, "toLastFrame"> & {
      /** How long it is written on without a reader; absent means half a second. */
      readonly graceMs?: number
    },
  ): EventLog
  /** A stream that is kept. Throws the same `not-found` for an unknown, a forgotten and another principal's one. */
  find(id: string, principal: Principal): EventLog
}

export interface AnswerStreamsOptions {
  /** How long a stream is kept after its end; absent means a minute. */
  readonly keepMs?: number
  /** Streams that are kept, those under way among them; absent means 64. */
  readonly most?: number
  /** Bytes of all of them; absent means 16 MB. */
  readonly mostBytes?: number
}

/**
 * How long an answer is written on with nobody listening. A client that comes back at once, or whose broken connection
 * the server has not noticed yet, finds it going on; one that has gone for good must not hold the model for long. A page
 * that is loaded anew needs longer, asks for it, and says when it wants no more.
 */
const GRACE_MS = 500
const KEEP_MS = 60_000
const MOST_STREAMS = 64
const MOST_BYTES = 16 * 1024 * 1024

/**
 * Streams of answers that a client may come back to. An answer is written on for a while without a reader, then it is
 * stopped for good: it is not begun again, for the documents may have changed, and half of one answer with half of
 * another is none. What was said until the end is kept for a minute, bounded in number and bytes, the oldest go first.
 */
export function createAnswerStreams(options: AnswerStreamsOptions = {}): AnswerStreams {
  const { keepMs = KEEP_MS, most = MOST_STREAMS, mostBytes = MOST_BYTES } = options
  const streams = new Map<string, { readonly log: EventLog; readonly principal: Principal }>()

  const forgetOldest = () => {
    const bytes = () => [...streams.values()].reduce((sum, { log }) => sum + log.sizeBytes(), 0)
    while (streams.size > most || bytes() > mostBytes) {
      const oldest = [...streams].find(([, { log }]) => log.hasEnded()) ?? [...streams][0]
      if (oldest === undefined) return
      streams.delete(oldest[0])
    }
  }

  return {
    start: (id, principal, flow, { toLastFrame, graceMs = GRACE_MS }) => {
      const log = createEventLog(flow, {
        ...{ toLastFrame, graceMs },
        onEnd: () => {
          setTimeout(() => streams.delete(id), keepMs).unref()
          forgetOldest()
        },
      })
      streams.set(id, { log, principal })
      forgetOldest()
      return log
    },
    find: (id, principal) => {
      const found = streams.get(id)
      if (found === undefined || found.principal.id !== principal.id || found.principal.kind !== principal.kind) {
        throw unknownStream()
      }
      return found.log
    },
  }
}

/** For what is not known, not kept any more, or not to be read by who asks. */
export function unknownStream(): IbidError {
  const state = "it is not known or no longer kept; a finished answer is at /api/answers"
  return new IbidError("not-found", `Cannot resume the stream: ${state}`)
}
