import type { Context } from "hono"
import { type SSEMessage, type SSEStreamingApi, stream, streamSSE } from "hono/streaming"
import { type IbidError, toIbidError } from "../core/errors.ts"
import type { HttpEnvironment, HttpOptions } from "./environment.ts"
import type { Frame } from "./event-log.ts"
import { toProblem } from "./problem.ts"

const HEARTBEAT_MS = 10_000

type Output = Pick<SSEStreamingApi, "write" | "aborted">

/**
 * Streams server-sent events. The first one is awaited before the status is sent, so that an early failure keeps its own
 * status. A comment line every ten seconds keeps proxies from closing it. The signal fires when the client goes away.
 */
export async function streamFrames(
  context: Context<HttpEnvironment>,
  read: (signal: AbortSignal) => AsyncIterable<Frame>,
  options: {
    readonly toMessage: (frame: Frame) => SSEMessage
    readonly headers?: Readonly<Record<string, string>>
    /** The status is known: the first frame is not waited for. */
    readonly isResumed?: boolean
  },
): Promise<Response> {
  const gone = new AbortController()
  const leave = () => gone.abort()
  const { signal } = context.req.raw
  if (signal.aborted) leave()
  else signal.addEventListener("abort", leave, { once: true })
  const iterator = read(gone.signal)[Symbol.asyncIterator]()
  const first = iterator.next()
  if (options.isResumed !== true) await first
  context.header("X-Accel-Buffering", "no")
  for (const [name, value] of Object.entries(options.headers ?? {})) context.header(name, value)
  const response = streamSSE(context, async (output) => {
    output.onAbort(leave)
    const write = (frame: Frame) => output.writeSSE(options.toMessage(frame))
    await pump({ iterator, first, output, heartbeat: ": still here\n\n", write })
  })
  // hono says no-cache, which lets a browser keep the answer on its disk
  response.headers.set("Cache-Control", "no-store")
  return response
}

/**
 * Streams one JSON object a line; an empty line is the heartbeat. A failure after the first event is the last line, with
 * the event `error` and a problem. When the client goes away the source is ended.
 */
export async function streamLines<Event>(
  context: Context<HttpEnvironment>,
  events: AsyncIterable<Event>,
  { log }: Pick<HttpOptions, "log">,
): Promise<Response> {
  const iterator = events[Symbol.asyncIterator]()
  const first = iterator.next()
  await first
  context.header("X-Accel-Buffering", "no")
  context.header("Content-Type", "application/x-ndjson")
  return stream(context, async (output) => {
    const write = async (event: Event) => void (await output.write(`${JSON.stringify(event)}\n`))
    try {
      await pump({ iterator, first, output, heartbeat: "\n", write })
    } catch (thrown) {
      // a client that has gone has cancelled: nobody is left to tell, and nothing is wrong
      if (output.aborted || context.req.raw.signal.aborted) return
      const problem = toProblem(logLateFailure(context, thrown, log), context.get("requestId"))
      await output.write(`${JSON.stringify({ event: "error", problem })}\n`)
    }
  })
}

/** What has failed after the status was sent. */
export function logLateFailure(context: Context<HttpEnvironment>, thrown: unknown, log: HttpOptions["log"]): IbidError {
  const error = toIbidError(thrown)
  const requestId = context.get("requestId")
  log("error", "a request failed in mid-stream", { requestId, code: error.code, error: error.cause ?? error })
  return error
}

async function pump<Event>(source: {
  readonly iterator: AsyncIterator<Event>
  readonly first: Promise<IteratorResult<Event>>
  readonly output: Output
  readonly heartbeat: string
  readonly write: (event: Event) => Promise<void>
}): Promise<void> {
  const { iterator, first, output, heartbeat, write } = source
  let isBeating = false
  // one at a time: to a client that takes nothing they would pile up
  const beat = setInterval(async () => {
    if (isBeating) return
    isBeating = true
    await output.write(heartbeat)
    isBeating = false
  }, HEARTBEAT_MS)
  try {
    for (let next = await first; next.done !== true && !output.aborted; next = await iterator.next()) {
      await write(next.value)
    }
  } finally {
    clearInterval(beat)
    await iterator.return?.()
  }
}
