import type { ChildProcess } from "node:child_process"
import { IbidError, throwIfAborted } from "../core/errors.ts"
import { type CoreLease, leaseCores } from "./core-lease.ts"
import type { Limiter } from "./limiter.ts"
import type { LlamaReply, LlamaRequest, LlamaWork } from "./llama-child.ts"

/** A child that has not stopped by then is killed; the next request starts a new one. */
const ABORT_TIMEOUT_MS = 900
/** The longest that a slice of work or a load may take. */
const SILENCE_TIMEOUT_MS = 120_000

/** What comes of a request, one after another. */
export type LlamaResult = Extract<LlamaReply, { type: "piece" | "weights" }>

/** The child died before the request had ended. */
export class ChildLost extends IbidError {}

interface ExchangeOptions {
  readonly limiter: Limiter
  /** The most that a slice is granted. */
  readonly cores: number
  readonly signal: AbortSignal | undefined
}

/**
 * One request to a child: what it writes or weighs. The cores are held from slice to slice, and given back between
 * them, so that a search never waits for a whole answer; a reader of the pieces that is slow holds none. Throws what the
 * child reports, `ChildLost`, `cancelled`.
 */
export async function* exchange(
  child: ChildProcess,
  work: LlamaWork,
  { limiter, cores, signal }: ExchangeOptions,
): AsyncGenerator<LlamaResult> {
  const { id } = work
  const mailbox = createMailbox<Exclude<LlamaReply, { type: "turn" }>>()
  const lost = (message: string) => mailbox.put({ id, type: "failure", code: "model-unavailable", message })
  let lease: CoreLease | undefined
  let isOver = false
  let killer: NodeJS.Timeout | undefined
  let silence: NodeJS.Timeout | undefined
  const send = (message: LlamaRequest): void => {
    if (child.connected) child.send(message, () => undefined) // What cannot be sent ends with the child's exit.
  }
  const release = async (): Promise<void> => {
    clearTimeout(silence)
    const given = lease
    lease = undefined
    await given?.release()
  }
  const grant = async (most: number): Promise<void> => {
    await release() // Cores that are still on their way back would be missing from what is granted.
    const granted = await leaseCores(limiter, Math.min(most, cores), signal)
    if (isOver) return await granted.release()
    lease = granted
    silence = setTimeout(() => child.kill("SIGKILL"), SILENCE_TIMEOUT_MS)
    send({ type: "go", id, threads: granted.cores })
  }
  const onMessage = (reply: LlamaReply): void => {
    if (reply.id !== id) return
    if (reply.type === "turn") return void grant(reply.most).catch(() => undefined) // Cancelled: `onAbort` says so.
    if (reply.type === "end" || reply.type === "failure") {
      isOver = true
      void release()
    }
    mailbox.put(reply)
  }
  const onExit = (): void => {
    isOver = true
    void release()
    lost(DIED)
  }
  const onAbort = (): void => {
    send({ type: "abort", id })
    killer ??= setTimeout(() => child.kill("SIGKILL"), ABORT_TIMEOUT_MS)
  }
  child.on("message", onMessage)
  child.once("exit", onExit)
  signal?.addEventListener("abort", onAbort, { once: true })
  hold(child, true)
  try {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) onExit()
    send(work)
    if (signal?.aborted === true) onAbort()
    for (;;) {
      const reply = await mailbox.take()
      if (reply.type === "end") return
      if (reply.type === "piece" || reply.type === "weights") yield reply
      else {
        throwIfAborted(signal)
        const { code, message, context = {} } = reply
        throw new (message === DIED ? ChildLost : IbidError)(code, message, { context })
      }
    }
  } finally {
    if (!isOver) {
      onAbort() // The reader of the pieces went away, or has enough.
      await mailbox.last(() => isOver)
    }
    clearTimeout(killer)
    await release()
    signal?.removeEventListener("abort", onAbort)
    child.off("message", onMessage)
    child.off("exit", onExit)
    hold(child, false)
  }
}

const DIED = "Cannot run the model: its process died"

/** An idle child must not keep the parent alive. */
export function hold(child: ChildProcess, isHeld: boolean): void {
  if (isHeld) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

function createMailbox<Letter>() {
  const letters: Letter[] = []
  let wake = (): void => undefined
  const arrival = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })
  return {
    put(letter: Letter): void {
      letters.push(letter)
      wake()
    },
    async take(): Promise<Letter> {
      for (;;) {
        const letter = letters.shift()
        if (letter !== undefined) return letter
        await arrival()
      }
    },
    /** Waits, letter by letter, until something holds. */
    async last(isReached: () => boolean): Promise<void> {
      while (!isReached()) await arrival()
    },
  }
}
