import type { Context } from "hono"
import { type SSEStreamingApi, streamSSE } from "hono/streaming"
import { IbidError } from "../core/errors.ts"

const HEARTBEAT_MS = 10_000

/**
 * Streams events to the client. The first event is awaited before the status is sent, so that an early failure keeps its
 * own status; a later one goes to `onError`, inside the stream. A comment line every ten seconds keeps proxies from
 * closing it. When the client goes away the source is ended.
 */
export async function streamEvents<Event>(
  context: Context,
  events: AsyncIterable<Event>,
  write: (stream: SSEStreamingApi, event: Event) => Promise<void>,
  onError: (stream: SSEStreamingApi, thrown: unknown) => Promise<void>,
): Promise<Response> {
  const source = events[Symbol.asyncIterator]()
  const first = await source.next()
  context.header("X-Accel-Buffering", "no")
  const response = streamSSE(context, async (stream) => {
    const heartbeat = setInterval(() => void stream.write(": still here\n\n"), HEARTBEAT_MS)
    try {
      for (let next = first; next.done !== true && !stream.aborted; next = await source.next()) {
        await write(stream, next.value)
      }
    } catch (thrown) {
      await onError(stream, thrown)
    } finally {
      clearInterval(heartbeat)
      await source.return?.()
    }
  })
  return response
}

/** A signal that fires when the client leaves or the time is over. */
export function deadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
}

/** A cancellation that the clock has caused is a deadline. */
export function toDeadline(thrown: unknown, signal: AbortSignal): unknown {
  const isTimeout = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError"
  const isCancelled = thrown instanceof IbidError && thrown.code === "cancelled"
  if (!isTimeout || !isCancelled) return thrown
  return new IbidError("deadline-exceeded", "Cannot answer: it took longer than allowed", { cause: thrown })
}
