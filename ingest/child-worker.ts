import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { constants, setPriority } from "node:os"
import { forkModule } from "../src/core/child.ts"
import type { Log } from "../src/core/types.ts"
import { parseFailure } from "./parse/failure.ts"
import { guardMemory, heapMbFor, type MemoryGuard } from "./parser-memory.ts"

export interface WorkerOptions {
  /** Module beside this one, without extension. */
  readonly module: string
  /** What the process is called in messages and in the log: `parser`. */
  readonly role: string
  readonly memoryMb: number
  /** Room for young objects; see `forkModule`. */
  readonly youngMb?: number
  readonly log: Log
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

/** A child process at work; it does what it is sent one after the other. */
export interface Worker<Work, Result, Part> {
  readonly child: ChildProcess
  readonly memory: MemoryGuard
  /** Pieces of work that have ended. */
  worked: number
  isDead(): boolean
  stop(): Promise<void>
  /** Sends a request, once. One that could not be sent can be sent again. */
  send(request: ChildRequest<Work>, onFailure?: (error: Error) => void): void
  hasBeenSent(id: number): boolean
  /** Calls back with each reply to a request, at once with those that have come. */
  listen(id: number, onReply: (reply: ReplyTo<Result, Part>) => void): void
  /** Ends that. */
  forget(id: number): void
}

export type ReplyTo<Result, Part> = Exclude<ChildReply<Result, Part>, { readonly type: "ready" }>

/** A start takes under a second; a machine under load is given more. */
const START_TIMEOUT_MS = 30_000

export async function startWorker<Work, Result, Part>(
  options: WorkerOptions,
  path: string,
): Promise<Worker<Work, Result, Part>> {
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
    const memory = await guardMemory(child, options)
    return { child, memory, worked: 0, isDead, stop, ...exchangeWith<Work, Result, Part>(child) }
  } catch (cause) {
    await stop()
    throw parseFailure("parse-crashed", path, { cause, state: `the ${options.role} did not start` })
  }
}

function exchangeWith<Work, Result, Part>(
  child: ChildProcess,
): Pick<Worker<Work, Result, Part>, "send" | "hasBeenSent" | "listen" | "forget"> {
  /** Replies to what was sent and nobody listens to yet. */
  const kept = new Map<number, ReplyTo<Result, Part>[]>()
  const listeners = new Map<number, (reply: ReplyTo<Result, Part>) => void>()
  child.on("message", (reply: ChildReply<Result, Part>) => {
    if (reply.type === "ready") return
    const listener = listeners.get(reply.id)
    if (listener === undefined) kept.get(reply.id)?.push(reply)
    else listener(reply)
  })
  return {
    hasBeenSent: (id) => kept.has(id),
    send(request, onFailure) {
      kept.set(request.id, [])
      child.send(request, (error) => {
        if (error === null) return
        kept.delete(request.id)
        onFailure?.(error)
      })
    },
    listen(id, onReply) {
      listeners.set(id, onReply)
      for (const reply of kept.get(id)?.splice(0) ?? []) onReply(reply)
    },
    forget(id) {
      listeners.delete(id)
      kept.delete(id)
    },
  }
}
