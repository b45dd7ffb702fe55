import type { ChildProcess } from "node:child_process"
import { forkModule } from "../core/child.ts"
import { type ErrorCode, IbidError } from "../core/errors.ts"
import type { Log } from "../core/types.ts"

/** What a child answers: the request's number with a result or a failure. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: { readonly code: ErrorCode; readonly message: string } }

export interface ModelProcess {
  /** Numbers of requests under way. */
  readonly pending: number
  /** Sends a request to the child, which is started when it is not running; once more when it dies. */
  request(message: object): Promise<unknown>
  dispose(): Promise<void>
}

interface Pending {
  readonly message: object
  readonly isRetry: boolean
  resolve(result: unknown): void
  reject(error: IbidError): void
}

const DISPOSE_TIMEOUT_MS = 2_000

/**
 * A supervised child that runs a model. A native crash costs the requests under way one retry and nothing else. The
 * child ends with its parent (it listens for `disconnect`).
 */
export function createModelProcess(module: string, load: object, log: Log): ModelProcess {
  let child: ChildProcess | undefined
  let isDisposed = false
  let lastId = 0
  const pending = new Map<number, Pending>()

  const start = (): ChildProcess => {
    const started = forkModule(module, import.meta.url)
    started.on("message", (reply: Reply) => {
      const waiting = pending.get(reply.id)
      if (waiting === undefined) return
      pending.delete(reply.id)
      if (pending.size === 0) unhold(started)
      if ("failure" in reply) waiting.reject(new IbidError(reply.failure.code, reply.failure.message))
      else waiting.resolve(reply.result)
    })
    started.on("error", (error) => log("warn", "a model process could not be reached", { module, error }))
    started.on("exit", (code, signal) => {
      if (child === started) child = undefined
      const lost = [...pending]
      pending.clear()
      if (lost.length > 0) log("warn", "a model process died", { module, code, signal, requests: lost.length })
      for (const [, waiting] of lost) {
        if (waiting.isRetry || isDisposed) {
          waiting.reject(new IbidError("model-unavailable", "Cannot run the model: its process died twice"))
        } else {
          send({ ...waiting, isRetry: true })
        }
      }
    })
    started.send(load)
    unhold(started)
    return started
  }

  const send = (request: Pending): void => {
    child ??= start()
    lastId++
    pending.set(lastId, request)
    child.ref()
    child.channel?.ref()
    child.send({ id: lastId, ...request.message })
  }

  return {
    get pending() {
      return pending.size
    },
    request: (message) =>
      new Promise((resolve, reject) => {
        if (isDisposed) reject(new IbidError("model-unavailable", "Cannot run the model: it was closed"))
        else send({ message, isRetry: false, resolve, reject })
      }),
    dispose: async () => {
      isDisposed = true
      const running = child
      if (running === undefined) return
      const ended = new Promise<void>((resolve) => running.once("exit", () => resolve()))
      running.disconnect()
      const timer = setTimeout(() => running.kill("SIGKILL"), DISPOSE_TIMEOUT_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/** An idle child must not keep the parent alive. */
function unhold(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}
