import type { Context } from "hono"
import { type SSEStreamingApi, stream, streamSSE } from "hono/streaming"
import { type IbidError, toIbidError } from "../core/errors.ts"
import type { HttpEnvironment, HttpOptions } from "./environment.ts"

const HEARTBEAT_MS = 10_000

type Output = Pick<SSEStreamingApi, "write" | "aborted">

interface StreamOptions<Event, Stream extends Output> {
  readonly write: (output: Stream, event: Event) => Promise<void>
  /** Tells the client of a failure after the first event, inside the stream. */
  readonly fail: (output: Stream, error: IbidError) => Promise<void>
  readonly log: HttpOptions["log"]
}

/**
 * Streams server-sent events. The first one is awaited before the status is sent, so that an early failure keeps its own
 * status. A comment line every ten seconds keeps proxies from closing it. When the client goes away the source is ended.
 */
export async function streamEvents<Event>(
  context: Context<HttpEnvironment>,
  events: AsyncIterable<Event>,
  options: StreamOptions<Event, SSEStreamingApi>,
): Promise<Response> {
  const source = await begin(events)
  context.header("X-Accel-Buffering", "no")
  const response = streamSSE(context, async (output) => {
    await pump(context, { ...source, output, heartbeat: ": still here\n\n" }, options)
  })
  // hono says no-cache, which lets a browser keep the answer on its disk
  response.headers.set("Cache-Control", "no-store")
  return response
}

/** Streams one JSON object a line; an empty line is the heartbeat. Otherwise like `streamEvents`. */
export async function streamLines<Event>(
  context: Context<HttpEnvironment>,
  events: AsyncIterable<Event>,
  options: Pick<StreamOptions<Event, Output>, "fail" | "log">,
): Promise<Response> {
  const source = await begin(events)
  context.header("X-Accel-Buffering", "no")
  context.header("Content-Type", "application/x-ndjson")
  const write = async (output: Output, event: Event) => {
    await output.write(`${JSON.stringify(event)}\n`)
  }
  return stream(context, async (output) => {
    await pump(context, { ...source, output, heartbeat: "\n" }, { ...options, write })
  })
}

interface Begun<Event> {
  readonly iterator: AsyncIterator<Event>
  readonly first: IteratorResult<Event>
}

async function begin<Event>(events: AsyncIterable<Event>): Promise<Begun<Event>> {
  const iterator = events[Symbol.asyncIterator]()
  return { iterator, first: await iterator.next() }
}

async function pump<Event, Stream extends Output>(
  context: Context<HttpEnvironment>,
  source: Begun<Event> & { readonly output: Stream; readonly heartbeat: string },
  { write, fail, log }: StreamOptions<Event, Stream>,
): Promise<void> {
  const { iterator, first, output, heartbeat } = source
  const beat = setInterval(() => void output.write(heartbeat), HEARTBEAT_MS)
  try {
    for (let next = first; next.done !== true && !output.aborted; next = await iterator.next()) {
      await write(output, next.value)
    }
  } catch (thrown) {
    // a client that has gone has cancelled: nobody is left to tell, and nothing is wrong
    if (output.aborted || context.req.raw.signal.aborted) return
    const error = toIbidError(thrown)
    const requestId = context.get("requestId")
    log("error", "a request failed in mid-stream", { requestId, code: error.code, error: error.cause ?? error })
    await fail(output, error)
  } finally {
    clearInterval(beat)
    await iterator.return?.()
  }
}
