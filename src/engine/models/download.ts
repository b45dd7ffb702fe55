import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { finished } from "node:stream/promises"
import { IbidError, throwIfAborted } from "../../core/errors.ts"
import { sizeOf } from "./files.ts"

export interface DownloadOptions {
  readonly signal?: AbortSignal
  /** Called with the bytes that this file has on disk so far. */
  onBytes?(bytes: number): void
}

const CONNECT_TIMEOUT_MS = 10_000
const STALL_TIMEOUT_MS = 30_000
const TRIES = 3

/**
 * Fetches an address into a file. What is already there is kept and the rest asked for (`Range`); a server that sends
 * everything again is obeyed. A cut connection is taken up again twice. Returns the SHA-256 of the whole file. Throws
 * `download-failed`, `cancelled`; the partial file stays for the next time.
 */
export async function download(address: string, path: string, options: DownloadOptions = {}): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(address, path, options)
      break
    } catch (thrown) {
      throwIfAborted(options.signal)
      const isRefusal = thrown instanceof IbidError
      if (isRefusal || attempt === TRIES) {
        throw isRefusal
          ? thrown
          : new IbidError("download-failed", `Cannot download: ${reasonOf(thrown)}`, { cause: thrown })
      }
    }
  }
  const hash = createHash("sha256")
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer)
  return hash.digest("hex")
}

/** A small text, such as an index page. Throws `download-failed`, `cancelled`. */
export async function fetchText(
  address: string,
  accept: string,
  signal?: AbortSignal,
): Promise<{ readonly text: string; readonly type: string; readonly address: string }> {
  try {
    const response = await fetch(address, { headers: { accept }, signal: withTimeout(signal, CONNECT_TIMEOUT_MS) })
    if (!response.ok) throw new IbidError("download-failed", `Cannot download: the server answered ${response.status}`)
    const type = response.headers.get("content-type") ?? ""
    return { text: await response.text(), type, address: response.url === "" ? address : response.url }
  } catch (thrown) {
    throwIfAborted(signal)
    if (thrown instanceof IbidError) throw thrown
    throw new IbidError("download-failed", `Cannot download: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

async function fetchRest(address: string, path: string, { signal, onBytes }: DownloadOptions): Promise<void> {
  const have = sizeOf(path)
  const stall = new AbortController()
  let timer = setTimeout(() => stall.abort(new Error("no connection")), CONNECT_TIMEOUT_MS)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stall.abort(new Error("no more data")), STALL_TIMEOUT_MS)
  }
  try {
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {}
    const both = AbortSignal.any([stall.signal, ...(signal === undefined ? [] : [signal])])
    const response = await fetch(address, { headers, signal: both })
    if (have > 0 && response.status === 416) {
      await response.body?.cancel()
      if (response.headers.get("content-range")?.endsWith(`/${have}`) === true) return
      await rm(path)
      throw new Error("the partial file does not fit")
    }
    if (!response.ok || response.body === null) {
      throw new IbidError("download-failed", `Cannot download: the server answered ${response.status}`)
    }
    const isContinued = response.status === 206
    let bytes = isContinued ? have : 0
    const file = createWriteStream(path, { flags: isContinued ? "a" : "w" })
    try {
      for await (const piece of response.body) {
        alive()
        bytes += piece.byteLength
        if (!file.write(piece)) await new Promise<void>((resolve) => file.once("drain", () => resolve()))
        onBytes?.(bytes)
      }
    } finally {
      file.end()
      await finished(file)
    }
    const length = Number(response.headers.get("content-length"))
    const isEncoded = response.headers.get("content-encoding") !== null
    if (!isEncoded && length > 0 && bytes !== (isContinued ? have : 0) + length)
      throw new Error("the connection was cut")
  } finally {
    clearTimeout(timer)
  }
}

function withTimeout(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])])
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const cause = thrown.cause instanceof Error ? thrown.cause : thrown
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined
  return code ?? cause.message.toLowerCase()
}
