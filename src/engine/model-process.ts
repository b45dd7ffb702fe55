import type { ChildProcess } from "node:child_process"
import { setPriority } from "node:os"
import { forkModule } from "../core/child.ts"
import { ERROR_CODES, IbidError } from "../core/errors.ts"
import type { Log } from "../core/types.ts"

/** A child process that holds one model and answers requests. */
export interface ModelProcess<Body extends object, Value> {
  /** Requests sent and not yet answered. */
  readonly pending: number
  /** Starts the child and loads the model, if that has not happened. Throws what `request` throws. */
  start(): Promise<void>
  /**
   * Sends one request and waits for its answer; the child answers them one after the other. When the child dies, the
   * request is made once more with a new child: it has to be idempotent. Throws what the child throws (`model-missing`,
   * `model-damaged`, …) and `model-unavailable` when the child dies again, is silent for too long or is disposed.
   * `isUrgent` starts a child although children come at intervals now.
   */
  request(body: Body, options?: RequestOptions): Promise<Value>
  /** Ends the child: by disconnecting, and by force when that does not help. Waiting requests fail. */
  dispose(): Promise<void>
}

export interface RequestOptions {
  readonly isUrgent?: boolean
}

export interface ModelProcessOptions<Body extends object> {
  /** The child's module: a file beside `parentUrl`, without extension. It calls `answerRequests`. */
  readonly module: string
  readonly parentUrl: string
  /** First request to each new child. */
  readonly load: Body
  readonly modelId: string
  readonly log: Log
  /** After this silence the child is killed. */
  readonly timeoutMs?: number
  /** Whether the child gives way to all processes that are not in the background. */
  readonly isInBackground?: boolean
}

/** On the way to the child. */
interface ProcessRequest<Body> {
  readonly id: number
  readonly body: Body
}

/** On the way back. Errors cross as code and message; what is not an `IbidError` is `model-unavailable`. */
type ProcessReply<Value> =
  | { readonly type: "value"; readonly id: number; readonly value: Value }
  | { readonly type: "error"; readonly id: number; readonly code: string; readonly message: string }

/** Starts nothing yet: the child comes with the first request, and again with the next one after it has died. */
export function createModelProcess<Body extends object, Value>(
  options: ModelProcessOptions<Body>,
): ModelProcess<Body, Value> {
  const { log, modelId } = options
  let current: Promise<LoadedChild<Body, Value>> | undefined
  let isDisposed = false
  let pending = 0
  let failures = 0
  let lastFailure: { readonly error: unknown; readonly until: number } | undefined

  /** After the second failure in a row new children come at longer and longer intervals. */
  function noteFailure(error: unknown): void {
    failures++
    const pauseMs = failures < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 2))
    lastFailure = { error, until: performance.now() + pauseMs }
  }

  function livingChild({ isUrgent = false }: RequestOptions = {}): Promise<LoadedChild<Body, Value>> {
    if (isDisposed) throw unavailable(modelId, "it has been shut down")
    if (current !== undefined) return current
    if (!isUrgent && lastFailure !== undefined && performance.now() < lastFailure.until) throw lastFailure.error
    const starting = startChild<Body, Value>(options)
    current = starting
    const forget = (error: unknown): void => {
      if (current !== starting) return
      current = undefined
      if (isDisposed) return
      noteFailure(error)
      log("warn", "a model process ended", { model: modelId, reason: error instanceof Error ? error.message : error })
    }
    starting.then((child) => child.ended.then(forget), forget)
    return starting
  }

  async function requestOnce(body: Body, call?: RequestOptions): Promise<Value> {
    const child = await livingChild(call)
    const value = await child.request(body)
    failures = 0
    return value
  }

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    pending++
    try {
      return await work()
    } finally {
      pending--
    }
  }

  return {
    get pending() {
      return pending
    },
    start: () => counted(async () => void (await livingChild())),
    request: (body, call) =>
      counted(async () => {
        try {
          return await requestOnce(body, call)
        } catch (error) {
          if (isDisposed || !(error instanceof ChildEnded) || error.wasSilent) throw error
          return await requestOnce(body, call)
        }
      }),
    async dispose() {
      isDisposed = true
      const child = await current?.catch(() => undefined) // It did not start: nothing to stop.
      await child?.stop()
    },
  }
}

/** A model answers within milliseconds and loads within a second; a machine under load is given more. */
const TIMEOUT_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** A child that does not go by itself is killed. */
const STOP_TIMEOUT_MS = 2_000

class ChildEnded extends IbidError {
  /** It was given its time, and is not given it twice. */
  readonly wasSilent: boolean
  constructor(modelId: string, reason: string) {
    super("model-unavailable", unavailableMessage(modelId, reason))
    this.wasSilent = reason === SILENT
  }
}

const SILENT = "its process does not answer"

interface LoadedChild<Body, Value> {
  request(body: Body): Promise<Value>
  /** Resolves, with the reason, when the process is gone. */
  readonly ended: Promise<IbidError>
  stop(): Promise<void>
}

async function startChild<Body extends object, Value>(
  options: ModelProcessOptions<Body>,
): Promise<LoadedChild<Body, Value>> {
  const child = forkModule(options.module, options.parentUrl)
  if (options.isInBackground === true) giveWay(child)
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const open = new Map<number, { resolve: (value: Value) => void; reject: (error: IbidError) => void }>()
  let lastId = 0
  let silence: NodeJS.Timeout | undefined
  let reason = "its process ended"

  /** The child holds this process alive only while it owes an answer. */
  function watch(): void {
    clearTimeout(silence)
    if (open.size === 0) {
      child.unref()
      child.channel?.unref()
      return
    }
    child.ref()
    child.channel?.ref()
    silence = setTimeout(() => {
      reason = SILENT
      child.kill("SIGKILL")
    }, timeoutMs)
  }

  child.on("message", (reply: ProcessReply<Value>) => {
    const waiter = open.get(reply.id)
    open.delete(reply.id)
    watch()
    if (reply.type === "value") waiter?.resolve(reply.value)
    else waiter?.reject(new IbidError(knownCode(reply.code), reply.message))
  })
  const ended = new Promise<IbidError>((resolve) => {
    const end = (): void => {
      clearTimeout(silence)
      const error = new ChildEnded(options.modelId, reason)
      for (const waiter of open.values()) waiter.reject(error)
      open.clear()
      resolve(error)
    }
    child.once("exit", end)
    child.once("error", (error) => {
      reason = `its process failed: ${error.message}`
      if (child.pid === undefined) end() // It could not be started: no exit follows.
    })
  })

  const request = (body: Body): Promise<Value> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      open.set(id, { resolve, reject })
      watch()
      if (!child.connected) return void ended.then(reject)
      child.send({ id, body } satisfies ProcessRequest<Body>, (error) => {
        if (error !== null) child.kill("SIGKILL") // Its end rejects what is open.
      })
    })

  const stop = (): Promise<void> => stopChild(child, ended)
  try {
    await request(options.load)
  } catch (error) {
    await stop()
    throw error
  }
  return { request, ended, stop }
}

/**
 * As `nice` counts: a third of the share of an ordinary process while both want the core, and one that wakes up goes
 * first. At 10, a tenth, ingestion all but stood still on a machine that others kept busy.
 */
const BACKGROUND_PRIORITY = 5

/** Threads that the child starts later have the same priority. */
function giveWay({ pid }: ChildProcess): void {
  if (pid === undefined) return // It could not be started, which is told by its event.
  try {
    setPriority(pid, BACKGROUND_PRIORITY)
  } catch {
    // It has ended already, which is told by its event.
  }
}

async function stopChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS)
  child.ref()
  await ended
  clearTimeout(timer)
}

/**
 * The child's side: answers requests one after the other, and ends with the parent. Called once, by the module that
 * `createModelProcess` names.
 */
export function answerRequests<Body, Value>(answer: (body: Body) => Promise<Value>): void {
  let last: Promise<void> = Promise.resolve()
  process.on("message", ({ id, body }: ProcessRequest<Body>) => {
    last = last.then(async () => {
      const reply = await answer(body).then(
        (value): ProcessReply<Value> => ({ type: "value", id, value }),
        (error: unknown): ProcessReply<Value> => ({ type: "error", id, ...describe(error) }),
      )
      process.send?.(reply)
    })
  })
  process.on("disconnect", () => process.exit(0))
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof IbidError) return { code: error.code, message: error.message }
  return {
    code: "model-unavailable",
    message: `Cannot run the model: ${error instanceof Error ? error.message : error}`,
  }
}

function knownCode(code: string): IbidError["code"] {
  return ERROR_CODES.find((known) => known === code) ?? "internal"
}

function unavailable(modelId: string, state: string): IbidError {
  return new IbidError("model-unavailable", unavailableMessage(modelId, state))
}

function unavailableMessage(modelId: string, state: string): string {
  return `Cannot use the model "${modelId}": ${state}`
}
