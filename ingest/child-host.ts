import PQueue from "p-queue"
import { ERROR_CODES, type ErrorCode, IbidError, throwIfAborted } from "../src/core/errors.ts"
import { type ChildRequest, type ReplyTo, startWorker, type Worker, type WorkerOptions } from "./child-worker.ts"
import { parseFailure } from "./parse/failure.ts"

export interface ChildHostOptions extends WorkerOptions {
  readonly timeoutMs: number
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

/**
 * Starts nothing yet: the child comes with the first piece of work, and again after it has died. The child is sent the
 * next piece while it is at the one before, so that it does not wait for this process; the time of a piece counts, and the
 * child's end is blamed on it, only when the one before has ended.
 */
export function createChildHost<Work, Result, Part = never>(options: ChildHostOptions): ChildHost<Work, Result, Part> {
  const queue = new PQueue({ concurrency: 1 })
  const { mostGrownMb = Number.POSITIVE_INFINITY } = options
  let current: Promise<Worker<Work, Result, Part>> | undefined
  /** The one that has a piece of work now. */
  let busy: Worker<Work, Result, Part> | undefined
  const waiting: ChildRequest<Work>[] = []
  /** The one that the child was sent before its turn. */
  let ahead: ChildRequest<Work> | undefined
  /** The child is at work that nobody waits for any more. */
  let isSpoilt = false
  let isDisposed = false
  let lastId = 0
  let idle: NodeJS.Timeout | undefined

  async function livingWorker(path: string): Promise<Worker<Work, Result, Part>> {
    const last = await current?.catch(() => undefined)
    // It may have been ended from outside between two pieces of work.
    if (current === undefined || last === undefined || last.isDead() || isSpoilt) {
      await last?.stop()
      isSpoilt = false
      current = startWorker(options, path)
    }
    try {
      return await current
    } catch (error) {
      current = undefined
      throw error
    }
  }

  function sendAhead(): void {
    const [next] = waiting
    if (next === undefined || next === ahead || busy === undefined || busy.isDead()) return
    if (busy.worked + 1 >= options.workPerChild) return
    busy.send(next)
    ahead = next
  }

  /** Ends the wait of a piece of work, for its turn or for ever. */
  function take(request: ChildRequest<Work>): void {
    const place = waiting.indexOf(request)
    if (place >= 0) waiting.splice(place, 1)
  }

  function abandon(request: ChildRequest<Work>): void {
    take(request)
    if (ahead === request) isSpoilt = true
  }

  async function askNow(request: ChildRequest<Work>, asked: AskOptions<Part>): Promise<Result> {
    throwIfAborted(asked.signal)
    if (isDisposed) throw parseFailure("cancelled", asked.path)
    clearTimeout(idle)
    const worker = await livingWorker(asked.path)
    if (asked.signal?.aborted === true) abandon(request) // It may have fired while the child was started.
    throwIfAborted(asked.signal)
    take(request)
    busy = worker
    try {
      const result = exchange(worker, request, { ...options, asked })
      sendAhead()
      return await result
    } finally {
      busy = undefined
      worker.worked++
      if (worker.isDead()) current = undefined
      else if (worker.worked >= options.workPerChild || worker.memory.grownMb() > mostGrownMb) await retire(worker)
      else if (options.idleMs !== undefined) {
        idle = setTimeout(() => void queue.add(async () => await retire(worker)), options.idleMs).unref()
      }
    }
  }

  async function retire(worker: Worker<Work, Result, Part>): Promise<void> {
    if (idle !== undefined) clearTimeout(idle)
    current = undefined
    await worker.stop()
  }

  return {
    async ask(work, asked) {
      throwIfAborted(asked.signal)
      const request = { id: ++lastId, path: asked.path, work }
      waiting.push(request)
      sendAhead()
      return await inTurn(queue, () => askNow(request, asked), {
        signal: asked.signal,
        onLeave: () => abandon(request),
      })
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
  { signal, onLeave }: { readonly signal: AbortSignal | undefined; onLeave(): void },
): Promise<Result> {
  let isWaiting = true
  return await new Promise<Result>((resolve, reject) => {
    const leave = (): void => {
      if (!isWaiting) return
      onLeave()
      reject(cancelled(signal))
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

/** One request and its reply. Whatever ends it early ends the child, for only that stops a parser. */
async function exchange<Work, Result, Part>(
  worker: Worker<Work, Result, Part>,
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
      worker.forget(request.id)
      child.off("exit", onExit)
      finish()
    }
    const onReply = (reply: ReplyTo<Result, Part>): void => {
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
    child.on("exit", onExit)
    signal?.addEventListener("abort", onAbort, { once: true })
    if (worker.isDead()) return onExit(child.exitCode, child.signalCode)
    if (!worker.hasBeenSent(request.id)) {
      worker.send(request, (cause) => kill(parseFailure("parse-crashed", path, { cause })))
    }
    worker.listen(request.id, onReply)
  })
}

function errorCode(code: string): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? "internal"
}
