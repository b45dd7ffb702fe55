import type { ChildProcess } from "node:child_process"
import { existsSync } from "node:fs"
import { forkModule } from "../core/child.ts"
import { IbidError, throwIfAborted } from "../core/errors.ts"
import type { Generator } from "../core/ports.ts"
import type { Log } from "../core/types.ts"
import { leaseCores } from "./core-lease.ts"
import { createLimiter, type Limiter } from "./limiter.ts"
import type { LlamaLoad, LlamaWork } from "./llama-child.ts"
import { ChildLost, exchange, hold, type LlamaResult } from "./llama-process.ts"
import { checkGguf } from "./models/gguf.ts"

export interface LlamaOptions {
  readonly id: string
  /** Absolute path of a GGUF file. */
  readonly file: string
  readonly contextTokens: number
  /** The most threads that it takes, when nothing else runs. */
  readonly cores: number
  readonly limiter: Limiter
  readonly log: Log
}

/** Requests at work and waiting; one more is refused. */
const LONGEST_QUEUE = 8
const DISPOSE_TIMEOUT_MS = 2_000
const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 30_000

/** llama.cpp in a supervised child, one request at a time. The child starts and loads with the first request. */
export function createLlamaGenerator(options: LlamaOptions): Generator {
  const { id, file, limiter, log, cores, contextTokens } = options
  const turns = createLimiter(1)
  let child: ChildProcess | undefined
  let lastId = 0
  let queued = 0
  let failures = 0
  let blockedUntil = 0
  let isDisposed = false

  const livingChild = (): ChildProcess => {
    if (isDisposed) throw new IbidError("model-unavailable", "Cannot run the model: it was closed")
    if (child !== undefined) return child
    if (performance.now() < blockedUntil) {
      const state = "its process keeps dying; it is tried again shortly"
      throw new IbidError("model-unavailable", `Cannot run the model: ${state}`)
    }
    checkFile(file, id)
    const started = forkModule("llama-child", import.meta.url)
    started.on("error", (error) => log("warn", "the model process could not be reached", { model: id, error }))
    started.once("exit", () => forget(started))
    started.send({ type: "load", file, modelId: id, contextTokens, cores } satisfies LlamaLoad)
    hold(started, false)
    child = started
    return started
  }
  const forget = (gone: ChildProcess): void => {
    if (child === gone) child = undefined
  }

  /** After the second failure in a row new children come at longer and longer intervals. */
  const noteFailure = (): void => {
    failures++
    const pauseMs = failures < 2 ? 0 : Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 2))
    blockedUntil = performance.now() + pauseMs
  }

  async function* once(work: DistributiveOmit<LlamaWork, "id">, signal: AbortSignal | undefined) {
    const running = livingChild()
    try {
      yield* exchange(running, { ...work, id: ++lastId }, { limiter, cores, signal })
      failures = 0
    } catch (thrown) {
      if (thrown instanceof IbidError && /^model-/.test(thrown.code)) {
        // What is left of a failed load or a lost state is not built upon.
        forget(running)
        running.kill("SIGKILL")
        if (thrown instanceof ChildLost) noteFailure()
      }
      throw thrown
    }
  }

  /** A request that nothing has come of is made once more when the child dies. */
  async function* inTurn(work: DistributiveOmit<LlamaWork, "id">, signal: AbortSignal | undefined) {
    throwIfAborted(signal)
    if (queued >= LONGEST_QUEUE) {
      throw new IbidError("overloaded", "Cannot answer now: too many questions wait for the model")
    }
    queued++
    try {
      const turn = await leaseCores(turns, 1, signal)
      try {
        yield* retried(
          () => once(work, signal),
          (thrown) => thrown instanceof ChildLost && !isDisposed && signal?.aborted !== true,
          () => log("warn", "the model process died; the request is tried once more", { model: id }),
        )
      } finally {
        await turn.release()
      }
    } finally {
      queued--
    }
  }

  return {
    modelId: id,
    contextTokens,
    generate: async function* (messages, { maxTokens, seed, lora, signal }) {
      if (lora !== undefined) checkAdapter(lora.file, id)
      const adapted = lora === undefined ? {} : { lora: { file: lora.file, scale: lora.scale } }
      const work = { type: "generate", messages, maxTokens, seed: seed ?? 0, ...adapted } as const
      for await (const result of inTurn(work, signal)) {
        if (result.type === "piece") yield result.text
      }
    },
    async weigh(messages, choices, { signal }) {
      let weights: readonly number[] | null = null
      for await (const result of inTurn({ type: "weigh", messages, choices }, signal)) {
        if (result.type === "weights") weights = result.weights
      }
      return weights
    },
    async warm(signal) {
      for await (const _ of inTurn({ type: "warm" }, signal));
    },
    async dispose() {
      isDisposed = true
      const running = child
      if (running === undefined || running.pid === undefined) return
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

async function* retried(
  open: () => AsyncIterable<LlamaResult>,
  isWorthIt: (thrown: unknown) => boolean,
  note: () => void,
): AsyncGenerator<LlamaResult> {
  let hasWritten = false
  try {
    for await (const result of open()) {
      hasWritten = true
      yield result
    }
  } catch (thrown) {
    if (hasWritten || !isWorthIt(thrown)) throw thrown
    note()
    yield* open()
  }
}

function checkAdapter(file: string, id: string): void {
  if (!existsSync(file)) {
    const state = `the file of the collection's adapter is missing; give it anew with "ibid models adapter"`
    throw new IbidError("model-missing", `Cannot run the model ${id}: ${state}`)
  }
  checkGguf(file, id)
}

/** A missing or foreign file is refused here: a made-up header can keep the native reader busy for ever. */
function checkFile(file: string, id: string): void {
  if (!existsSync(file)) {
    const state = `its file is missing; get it with "ibid models pull ${id}"`
    throw new IbidError("model-missing", `Cannot load the model ${id}: ${state}`)
  }
  checkGguf(file, id)
}
