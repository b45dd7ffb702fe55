import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import PQueue from "p-queue"
import { forkModule } from "../src/core/child.ts"
import { ERROR_CODES, type ErrorCode, IbidError, throwIfAborted } from "../src/core/errors.ts"
import type { FoundEmbedded } from "../src/core/ports.ts"
import type { Log, ParsedDocument, RecognisedPage } from "../src/core/types.ts"
import { parseFailure } from "./parse/failure.ts"
import { guardMemory, heapMbFor, type MemoryGuard } from "./parser-memory.ts"

interface ParseRequest {
  /** Path on disk. */
  readonly file: string
  /** The document's name. */
  readonly path: string
  readonly mediaType: string
  /** Pages that were recognised before. */
  readonly recognised?: readonly RecognisedPage[]
  /** Empty folder for the embedded files; without one they are not unpacked. */
  readonly embeddedFolder?: string
  /** Called with what has been read so far of a long document. */
  readonly onPart?: (document: ParsedDocument) => void
  readonly signal?: AbortSignal
}

/** An embedded file as the child has left it in the folder that was given. */
export interface UnpackedFile extends Omit<FoundEmbedded, "bytes"> {
  /** Path on disk. */
  readonly file: string
  readonly sizeBytes: number
}

export interface Parsed {
  readonly document: ParsedDocument
  /** In the order of the document, names free of `..`, unique. */
  readonly embedded: readonly UnpackedFile[]
}

export interface ParserHost {
  /**
   * Parses one file in the child process; requests wait for each other. Throws what the parser throws, `parse-timeout`,
   * `parse-out-of-memory`, `parse-crashed`, `cancelled`.
   */
  parse(request: ParseRequest): Promise<Parsed>
  dispose(): Promise<void>
}

export interface ParserHostOptions {
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly log: Log
  /** Files after which the child is replaced, so that what libraries leak does not add up. */
  readonly filesPerChild?: number
}

export interface ParseWork {
  readonly id: number
  readonly file: string
  readonly path: string
  readonly mediaType: string
  readonly recognised?: readonly RecognisedPage[]
  readonly embeddedFolder?: string
}

export type ParseReply =
  | { readonly type: "ready" }
  | { readonly type: "part"; readonly id: number; readonly document: ParsedDocument }
  | ({ readonly type: "parsed"; readonly id: number } & Parsed)
  | {
      readonly type: "failed"
      readonly id: number
      readonly code: string
      readonly message: string
      readonly reason?: string
    }

/** Starts nothing yet: the child comes with the first file, and again after it has died. */
export function createParserHost(options: ParserHostOptions): ParserHost {
  const queue = new PQueue({ concurrency: 1 })
  const filesPerChild = options.filesPerChild ?? FILES_PER_CHILD
  let current: Promise<Worker> | undefined
  let isDisposed = false
  let lastId = 0

  async function livingWorker(path: string): Promise<Worker> {
    current ??= startWorker(options, path)
    try {
      const worker = await current
      if (!worker.isDead()) return worker // It may have been ended from outside between two files.
      current = startWorker(options, path)
      return await current
    } catch (error) {
      current = undefined
      throw error
    }
  }

  async function parseNow(request: ParseRequest): Promise<Parsed> {
    throwIfAborted(request.signal)
    if (isDisposed) throw parseFailure("cancelled", request.path)
    const worker = await livingWorker(request.path)
    const { signal, onPart, ...work } = request
    try {
      return await ask(
        worker,
        { id: ++lastId, ...work },
        { ...options, ...(signal && { signal }), ...(onPart && { onPart }) },
      )
    } finally {
      worker.files++
      if (worker.isDead()) current = undefined
      else if (worker.files >= filesPerChild) {
        current = undefined
        await worker.stop()
      }
    }
  }

  return {
    async parse(request) {
      throwIfAborted(request.signal)
      return await inTurn(queue, () => parseNow(request), request.signal)
    },
    async dispose() {
      isDisposed = true
      const worker = await current?.catch(() => undefined) // It did not start: nothing to stop.
      current = undefined
      await worker?.stop()
      await queue.onIdle()
    },
  }
}

/**
 * Runs the task when those before it are done. An abort ends the wait at once; a task that has begun sees the signal
 * itself, and keeps its turn until its process is gone.
 */
async function inTurn<Result>(
  queue: PQueue,
  task: () => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  let isWaiting = true
  return await new Promise<Result>((resolve, reject) => {
    const leave = (): void => {
      if (isWaiting) reject(cancelled(signal))
    }
    signal?.addEventListener("abort", leave, { once: true })
    void queue
      .add(async () => {
        isWaiting = false
        return await task()
      })
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener("abort", leave))
  })
}

function cancelled(signal: AbortSignal | undefined): IbidError {
  return new IbidError("cancelled", "The request was cancelled", { cause: signal?.reason })
}

const FILES_PER_CHILD = 200
/** A start takes under a second; a machine under load is given more. */
const START_TIMEOUT_MS = 30_000

interface Worker {
  readonly child: ChildProcess
  readonly memory: MemoryGuard
  readonly exited: Promise<void>
  files: number
  isDead(): boolean
  stop(): Promise<void>
}

async function startWorker(options: ParserHostOptions, path: string): Promise<Worker> {
  const child = forkModule("parser-child", import.meta.url, { heapMb: heapMbFor(options.memoryMb) })
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  child.on("error", (error) => options.log("error", "the parser process failed", { error: error.message }))
  const isDead = (): boolean => child.exitCode !== null || child.signalCode !== null
  const stop = async (): Promise<void> => {
    if (!isDead()) child.kill("SIGKILL")
    await exited
  }
  try {
    const signal = AbortSignal.timeout(START_TIMEOUT_MS)
    await Promise.race([once(child, "message", { signal }), exited.then(() => Promise.reject(new Error("it ended")))])
    return { child, memory: await guardMemory(child, options), exited, files: 0, isDead, stop }
  } catch (cause) {
    await stop()
    throw parseFailure("parse-crashed", path, { cause, state: "the parser did not start" })
  }
}

/** One request and its reply. Whatever ends it early ends the child, for only that stops a parser. */
async function ask(
  worker: Worker,
  work: ParseWork,
  options: ParserHostOptions & Pick<ParseRequest, "signal" | "onPart">,
): Promise<Parsed> {
  const { child, memory } = worker
  const { signal } = options
  return await new Promise((resolve, reject) => {
    let killedFor: IbidError | undefined
    const kill = (reason: IbidError): void => {
      killedFor ??= reason
      child.kill("SIGKILL")
    }
    const timer = setTimeout(() => kill(parseFailure("parse-timeout", work.path)), options.timeoutMs)
    const stopWatching = memory.watch(() => kill(parseFailure("parse-out-of-memory", work.path)))
    const onAbort = (): void => kill(cancelled(signal))
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      stopWatching()
      signal?.removeEventListener("abort", onAbort)
      child.off("message", onMessage)
      child.off("exit", onExit)
      finish()
    }
    const onMessage = (reply: ParseReply): void => {
      if (reply.type === "ready" || reply.id !== work.id) return
      if (reply.type === "part") options.onPart?.(reply.document)
      else if (reply.type === "parsed") {
        const { document, embedded } = reply
        settle(() => resolve({ document, embedded }))
      } else {
        options.log("debug", "a document was refused", { path: work.path, code: reply.code, reason: reply.reason })
        settle(() => reject(new IbidError(errorCode(reply.code), reply.message, { cause: reply.reason })))
      }
    }
    const onExit = (code: number | null, exitSignal: NodeJS.Signals | null): void => {
      const error =
        killedFor ??
        parseFailure(memory.isExhausted(exitSignal, code) ? "parse-out-of-memory" : "parse-crashed", work.path)
      options.log("warn", "the parser process ended", { path: work.path, code: error.code, exitCode: code, exitSignal })
      settle(() => reject(error))
    }
    child.on("message", onMessage)
    child.on("exit", onExit)
    signal?.addEventListener("abort", onAbort, { once: true })
    if (worker.isDead()) onExit(child.exitCode, child.signalCode)
    else child.send(work, (error) => error && kill(parseFailure("parse-crashed", work.path, { cause: error })))
  })
}

function errorCode(code: string): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? "internal"
}
