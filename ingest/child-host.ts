import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { constants, setPriority } from "node:os"
import PQueue from "p-queue"
import { forkModule } from "../src/core/child.ts"
import { ERROR_CODES, type ErrorCode, IbidError, throwIfAborted } from "../src/core/errors.ts"
import type { Log } from "../src/core/types.ts"
import { parseFailure } from "./parse/failure.ts"
import { guardMemory, heapMbFor, type MemoryGuard } from "./parser-memory.ts"

export interface ChildHostOptions {
  /** Module beside this one, without extension. */
  readonly module: string
  /** What the process is called in messages and in the log: `parser`. */
  readonly role: string
  readonly timeoutMs: number
  readonly memoryMb: number
  /** Room for young objects; see `forkModule`. */
  readonly youngMb?: number
  readonly log: Log
  /** Pieces of work after which the child is replaced, also where its memory shows nothing of what libraries leak. */
  readonly workPerChild: number
  /** Growth since its start that it is not kept with, because the next piece of work would lack the memory; absent means any. */
  readonly mostGrownMb?: number
  /** Time without work after which the child is ended; absent means never. */
  readonly idleMs?: number
}

export interface AskOptions<Part> {
  /** The document's name, for messages. */
  readonly path: string
  readonly onPart?: (part: Part) => void
  readonly signal?: AbortSignal
}

/**
 * Work that a child process does, one piece at a time; the process is not trusted to end, or to stay small. It has a
 * lower priority than the server, so that questions go first.
 */
export interface ChildHost<Work, Result, Part = never> {
  /** Throws what the child throws, `parse-timeout`, `parse-out-of-memory`, `parse-crashed`, `cancelled`. */
  ask(work: Work, options: AskOptions<Part>): Promise<Result>
  dispose(): Promise<void>
}

export type ChildReply<Result, Part = never> =
  | { readonly type: "ready" }
  | { readonly type: "part"; readonly id: number; readonly part: Part }
  | { readonly type: "done"; readonly id: number; readonly result: Result }
  | {
      readonly type: "failed"
      readonly id: number
      readonly code: string
      readonly message: string
      readonly reason?: string
    }

export interface ChildRequest<Work> {
  readonly id: number
  readonly path: string
  readonly work: Work
}

/** Starts nothing yet: the child comes with the first piece of work, and again after it has died. */
export function createChildHost<Work, Result, Part = never>(options: ChildHostOptions): ChildHost<Work, Result, Part> {
  const queue = new PQueue({ concurrency: 1 })
  const { mostGrownMb = Number.POSITIVE_INFINITY } = options
  let current: Promise<Worker> | undefined
  let isDisposed = false
  let lastId = 0
  let idle: NodeJS.Timeout | undefined

  async function livingWorker(path: string): Promise<Worker> {
    current ??= startWorker(options, path)
    try {
      const worker = await current
      if (!worker.isDead()) return worker // It may have been ended from outside between two pieces of work.
      current = startWorker(options, path)
      return await current
    } catch (error) {
      current = undefined
      throw error
    }
  }

  async function askNow(work: Work, asked: AskOptions<Part>): Promise<Result> {
    throwIfAborted(asked.signal)
    if (isDisposed) throw parseFailure("cancelled", asked.path)
    clearTimeout(idle)
    const worker = await livingWorker(asked.path)
    throwIfAborted(asked.signal) // It may have fired while the child was started.
    try {
      return await exchange<Work, Result, Part>(worker, { id: ++lastId, path: asked.path, work }, { ...options, asked })
    } finally {
      worker.worked++
      if (worker.isDead()) current = undefined
      else if (worker.worked >= options.workPerChild || worker.memory.grownMb() > mostGrownMb) await retire(worker)
      else if (options.idleMs !== undefined) {
        idle = setTimeout(() => void queue.add(async () => await retire(worker)), options.idleMs).unref()
      }
    }
  }

  async function retire(worker: Worker): Promise<void> {
    if (idle !== undefined) clearTimeout(idle)
    current = undefined
    await worker.stop()
  }

  return {
    async ask(work, asked) {
      throwIfAborted(asked.signal)
      return await inTurn(queue, () => askNow(work, asked), asked.signal)
    },
    async dispose() {
      isDisposed = true
      clearTimeout(idle)
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

/** A start takes under a second; a machine under load is given more. */
const START_TIMEOUT_MS = 30_000

interface Worker {
  readonly child: ChildProcess
  readonly memory: MemoryGuard
  readonly exited: Promise<void>
  worked: number
  isDead(): boolean
  stop(): Promise<void>
}

async function startWorker(options: ChildHostOptions, path: string): Promise<Worker> {
  const child = forkModule(options.module, import.meta.url, {
    heapMb: heapMbFor(options.memoryMb),
    ...(options.youngMb !== undefined && { youngMb: options.youngMb }),
  })
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  child.on("error", (error) => options.log("error", `the ${options.role} process failed`, { error: error.message }))
  const isDead = (): boolean => child.exitCode !== null || child.signalCode !== null
  const stop = async (): Promise<void> => {
    if (!isDead()) child.kill("SIGKILL")
    await exited
  }
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    const signal = AbortSignal.timeout(START_TIMEOUT_MS)
    await Promise.race([once(child, "message", { signal }), exited.then(() => Promise.reject(new Error("it ended")))])
    return { child, memory: await guardMemory(child, options), exited, worked: 0, isDead, stop }
  } catch (cause) {
    await stop()
    throw parseFailure("parse-crashed", path, { cause, state: `the ${options.role} did not start` })
  }
}

/** One request and its reply. Whatever ends it early ends the child, for only that stops a parser. */
async function exchange<Work, Result, Part>(
  worker: Worker,
  request: ChildRequest<Work>,
  { asked, ...options }: ChildHostOptions & { readonly asked: AskOptions<Part> },
): Promise<Result> {
  const { child, memory } = worker
  const { signal } = asked
  const { path } = request
  return await new Promise((resolve, reject) => {
    let killedFor: IbidError | undefined
    const kill = (reason: IbidError): void => {
      killedFor ??= reason
      child.kill("SIGKILL")
    }
    const timer = setTimeout(() => kill(parseFailure("parse-timeout", path)), options.timeoutMs)
    const stopWatching = memory.watch(() => kill(parseFailure("parse-out-of-memory", path)))
    const onAbort = (): void => kill(cancelled(signal))
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      stopWatching()
      signal?.removeEventListener("abort", onAbort)
      child.off("message", onMessage)
      child.off("exit", onExit)
      finish()
    }
    const onMessage = (reply: ChildReply<Result, Part>): void => {
      if (reply.type === "ready" || reply.id !== request.id) return
      if (reply.type === "part") asked.onPart?.(reply.part)
      else if (reply.type === "done") settle(() => resolve(reply.result))
      else {
        options.log("debug", "a document was refused", { path, code: reply.code, reason: reply.reason })
        settle(() => reject(new IbidError(errorCode(reply.code), reply.message, { cause: reply.reason })))
      }
    }
    const onExit = (code: number | null, exitSignal: NodeJS.Signals | null): void => {
      const error =
        killedFor ?? parseFailure(memory.isExhausted(exitSignal, code) ? "parse-out-of-memory" : "parse-crashed", path)
      options.log("warn", `the ${options.role} process ended`, { path, code: error.code, exitCode: code, exitSignal })
      settle(() => reject(error))
    }
    child.on("message", onMessage)
    child.on("exit", onExit)
    signal?.addEventListener("abort", onAbort, { once: true })
    if (worker.isDead()) onExit(child.exitCode, child.signalCode)
    else child.send(request, (error) => error && kill(parseFailure("parse-crashed", path, { cause: error })))
  })
}

function errorCode(code: string): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? "internal"
}
