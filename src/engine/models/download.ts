import { mkdir, open, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { IbidError, throwIfAborted, toIbidError } from "../../core/errors.ts"
import { hashFile, sizeOf } from "./files.ts"
import { type Fetching, get, type Reply } from "./http.ts"
import { failed, reasonOf } from "./http-errors.ts"

export interface DownloadOptions extends Fetching {
  /** Called with the bytes that this file has on disk so far. */
  onBytes?(bytes: number): void
}

const MOST_TRIES = 5

/**
 * Fetches an address into a file. What is already there is kept and the rest asked for (`Range`); a server that sends
 * everything again is obeyed. A connection that is cut while the file comes is taken up again, up to four times; one that
 * is refused is not tried again. Returns the SHA-256 of the whole file. Throws `download-failed`, `disk-full`,
 * `cancelled`; the partial file stays for the next time.
 */
export async function download(address: string, path: string, options: DownloadOptions): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  for (let tries = 1; ; tries++) {
    const outcome = await fetchRest(address, path, options)
    if (outcome === "complete") break
    throwIfAborted(options.signal)
    if (tries === MOST_TRIES) throw failed(outcome.reason, outcome.cause)
  }
  return await hashFile(path, options.signal)
}

interface Broken {
  readonly reason: string
  readonly cause?: unknown
}

async function fetchRest(address: string, path: string, options: DownloadOptions): Promise<"complete" | Broken> {
  const have = sizeOf(path)
  const reply = await get(address, have > 0 ? { range: `bytes=${have}-` } : {}, options)
  const range = reply.headers["content-range"] ?? ""
  const isContinued = reply.status === 206 && range.startsWith(`bytes ${have}-`)
  if (have > 0 && reply.status === 416 && range.endsWith(`/${have}`)) {
    reply.body.destroy()
    return "complete"
  }
  if (have > 0 && !isContinued && reply.status !== 200) {
    // What is here does not fit to what is there: begin anew.
    reply.body.destroy()
    if (reply.status !== 416 && reply.status !== 206) throw failed(`the server answered ${reply.status}`)
    await rm(path)
    return { reason: "the partial file does not fit" }
  }
  if (!isContinued && reply.status !== 200) {
    reply.body.destroy()
    throw failed(`the server answered ${reply.status}`)
  }
  return await appendBody(reply, path, isContinued ? have : 0, options)
}

async function appendBody(
  reply: Reply,
  path: string,
  from: number,
  options: DownloadOptions,
): Promise<"complete" | Broken> {
  let bytes = from
  const file = await open(path, from > 0 ? "a" : "w")
  try {
    for await (const piece of readBody(reply)) {
      await file.write(piece)
      bytes += piece.length
      options.onBytes?.(bytes)
    }
  } catch (thrown) {
    throwIfAborted(options.signal)
    if (!(thrown instanceof BodyCut)) throw toIbidError(thrown)
    return { reason: reasonOf(thrown.cause), cause: thrown.cause }
  } finally {
    await file.close()
  }
  const length = Number(reply.headers["content-length"] ?? Number.NaN)
  return Number.isNaN(length) || bytes === from + length ? "complete" : { reason: "the connection was cut" }
}

/** Tells what the network did from what the disk did. */
class BodyCut extends Error {}

async function* readBody({ body }: Reply): AsyncGenerator<Buffer> {
  const pieces = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await pieces.next().catch((cause: unknown) => {
        throw cause instanceof IbidError ? cause : new BodyCut("", { cause })
      })
      if (next.done === true) return
      yield next.value as Buffer
    }
  } finally {
    body.destroy()
  }
}
