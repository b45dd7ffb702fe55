import type { ChildProcess } from "node:child_process"
import { closeSync, existsSync, openSync, readSync } from "node:fs"
import { forkModule } from "../core/child.ts"
import { IbidError, throwIfAborted } from "../core/errors.ts"
import type { Generator } from "../core/ports.ts"
import type { Log } from "../core/types.ts"
import type { Limiter } from "./limiter.ts"
import type { LlamaLoad, LlamaReply, LlamaRequest } from "./llama-child.ts"

export interface LlamaOptions {
  readonly id: string
  /** Absolute path of a GGUF file. */
  readonly file: string
  readonly contextTokens: number
  readonly cores: number
  readonly limiter: Limiter
  readonly log: Log
}

/** Requests that wait for their turn; one more is refused. */
const LONGEST_QUEUE = 8
/** A child that has not stopped by then is killed; the next request starts a new one. */
const ABORT_TIMEOUT_MS = 900
const DISPOSE_TIMEOUT_MS = 2_000
const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 30_000

/** llama.cpp in a supervised child, one request at a time. */
export function createLlamaGenerator(options: LlamaOptions): Generator {
  const { id, file, limiter, log } = options
  const load: LlamaLoad = { file, modelId: id, contextTokens: options.contextTokens, cores: options.cores }
  let child: ChildProcess | undefined
  let lastId = 0
  let waiting = 0
  let failures = 0
  let blockedUntil = 0
  let isDisposed = false

  const start = (): ChildProcess => {
    const started = forkModule("llama-child", import.meta.url)
    started.on("error", (error) => log("warn", "the model process could not be reached", { error }))
    started.on("exit", () => {
      if (child === started) child = undefined
    })
    started.send(load)
    hold(started, false)
    return started
  }

  /** Replies of one request, ending with its `end`. Throws what the child reports, or `model-unavailable`. */
  async function* exchange(
    request: DistributiveOmit<Exclude<LlamaRequest, { type: "abort" }>, "id">,
    signal?: AbortSignal,
  ) {
    if (isDisposed) throw new IbidError("model-unavailable", "Cannot run the model: it was closed")
    checkFile(file, id)
    if (Date.now() < blockedUntil) {
      throw new IbidError(
        "model-unavailable",
        "Cannot run the model: its process keeps dying; it is tried again shortly",
      )
    }
    child ??= start()
    const running = child
    const requestId = ++lastId
    const mailbox = createMailbox()
    let killer: NodeJS.Timeout | undefined
    const onMessage = (reply: LlamaReply) => {
      if (reply.id === requestId) mailbox.put(reply)
    }
    const onExit = () => mailbox.put({ id: requestId, type: "failure", code: "model-unavailable", message: DIED })
    const onAbort = () => {
      if (running.connected) running.send({ type: "abort", id: requestId } satisfies LlamaRequest)
      killer = setTimeout(() => running.kill("SIGKILL"), ABORT_TIMEOUT_MS)
    }
    running.on("message", onMessage)
    running.once("exit", onExit)
    signal?.addEventListener("abort", onAbort, { once: true })
    hold(running, true)
    let isOver = false
    try {
      running.send({ ...request, id: requestId })
      if (signal?.aborted === true) onAbort()
      for (;;) {
        const reply = await mailbox.take()
        if (reply.type === "end" || reply.type === "failure") isOver = true
        if (reply.type === "failure") {
          throwIfAborted(signal)
          if (reply.message === DIED) {
            failures++
            const backoff = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1))
            blockedUntil = failures > 1 ? Date.now() + backoff : 0
          }
          throw new IbidError(reply.code, reply.message)
        }
        failures = 0
        if (reply.type === "end") return
        yield reply.text
      }
    } finally {
      if (!isOver) {
        onAbort() // the reader went away, or has enough
        await settled(mailbox)
      }
      clearTimeout(killer)
      signal?.removeEventListener("abort", onAbort)
      running.off("message", onMessage)
      running.off("exit", onExit)
      hold(running, false)
    }
  }

  /** One core or all that are free; the next request waits. */
  async function* inTurn(request: Parameters<typeof exchange>[0], signal?: AbortSignal): AsyncGenerator<string> {
    if (waiting >= LONGEST_QUEUE) {
      throw new IbidError("overloaded", "Cannot answer now: too many questions wait for the model")
    }
    waiting++
    try {
      const release = await turn.take(signal)
      try {
        const held = await holdCores(limiter, options.cores, signal)
        try {
          yield* exchange(request.type === "generate" ? { ...request, threads: held.cores } : request, signal)
        } finally {
          held.release()
        }
      } finally {
        release()
      }
    } finally {
      waiting--
    }
  }
  const turn = createTurns()

  return {
    modelId: id,
    contextTokens: options.contextTokens,
    generate: async function* (messages, { maxTokens, seed, signal }) {
      throwIfAborted(signal)
      const request = { type: "generate", messages, maxTokens, seed: seed ?? 0, threads: 1 } as const
      let hasWritten = false
      try {
        for await (const piece of inTurn(request, signal)) {
          hasWritten = true
          yield piece
        }
      } catch (thrown) {
        const isLost = thrown instanceof IbidError && thrown.message === DIED
        if (!isLost || hasWritten || signal?.aborted === true) throw thrown
        log("warn", "the model process died; the request is tried once more", { model: id })
        yield* inTurn(request, signal)
      }
    },
    warm: async (signal) => {
      for await (const _ of inTurn({ type: "warm" }, signal));
    },
    dispose: async () => {
      isDisposed = true
      const running = child
      if (running === undefined) return
      const ended = new Promise<void>((resolve) => running.once("exit", () => resolve()))
      running.ref()
      if (running.connected) running.disconnect()
      const killer = setTimeout(() => running.kill("SIGKILL"), DISPOSE_TIMEOUT_MS)
      await ended
      clearTimeout(killer)
    },
  }
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

const DIED = "Cannot run the model: its process died"

/** A missing or foreign file is refused here: a made-up header can keep the native reader busy for ever. */
function checkFile(file: string, id: string): void {
  if (!existsSync(file)) {
    throw new IbidError(
      "model-missing",
      `Cannot load the model ${id}: its file is missing; get it with "ibid models pull ${id}"`,
    )
  }
  const head = Buffer.alloc(24)
  const descriptor = openSync(file, "r")
  try {
    readSync(descriptor, head, 0, head.length, 0)
  } finally {
    closeSync(descriptor)
  }
  const MOST_ENTRIES = 1_000_000n
  const isGguf = head.subarray(0, 4).toString("latin1") === "GGUF"
  if (!isGguf || head.readBigUInt64LE(8) > MOST_ENTRIES || head.readBigUInt64LE(16) > MOST_ENTRIES) {
    throw new IbidError("model-damaged", `Cannot load the model ${id}: its file is not a GGUF model`)
  }
}

/** An idle child must not keep the parent alive. */
function hold(child: ChildProcess, isHeld: boolean): void {
  if (isHeld) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

function createMailbox() {
  const replies: LlamaReply[] = []
  let wake: (() => void) | undefined
  return {
    put: (reply: LlamaReply) => {
      replies.push(reply)
      wake?.()
    },
    take: async (): Promise<LlamaReply> => {
      for (;;) {
        const reply = replies.shift()
        if (reply !== undefined) return reply
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

/** Waits until the child has ended a request that nobody reads any more. */
async function settled(mailbox: ReturnType<typeof createMailbox>): Promise<void> {
  for (;;) {
    const reply = await mailbox.take()
    if (reply.type === "end" || reply.type === "failure") return
  }
}

/** First come, first served. */
function createTurns() {
  let tail: Promise<void> = Promise.resolve()
  return {
    take: async (signal?: AbortSignal): Promise<() => void> => {
      const before = tail
      let release = () => {}
      tail = new Promise<void>((resolve) => {
        release = resolve
      })
      await before
      if (signal?.aborted === true) release()
      throwIfAborted(signal)
      return release
    },
  }
}

/** Takes cores from the limiter for as long as a generator runs. */
async function holdCores(limiter: Limiter, wanted: number, signal: AbortSignal | undefined) {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const cores = await new Promise<number>((resolve, reject) => {
    limiter
      .run({ wanted, priority: "question", ...(signal === undefined ? {} : { signal }) }, async (granted) => {
        resolve(granted)
        await held
      })
      .catch(reject)
  })
  return { cores, release }
}
