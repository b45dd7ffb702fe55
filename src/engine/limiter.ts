import { IbidError, throwIfAborted } from "../core/errors.ts"

export type Priority = "question" | "ingestion"

interface CoreRequest {
  /** Cores that the work can make use of; it is granted between one and this many. */
  readonly wanted: number
  readonly priority: Priority
  readonly signal?: AbortSignal | undefined
}

/** Shares the processor cores among all engines of the process: two never take two threads each. */
export interface Limiter {
  readonly cores: number
  /**
   * Runs the work as soon as one core is free, with as many of the wanted cores as are free then. Questions go strictly
   * before ingestion, equals in order of arrival. Throws `cancelled` when the signal fires while it waits; work that
   * has begun looks at the signal by itself. Work inside work must not ask again: it would wait for itself.
   */
  run<T>(request: CoreRequest, work: (granted: number) => Promise<T>): Promise<T>
}

/** Throws `RangeError` unless `cores` is a whole number from 1. */
export function createLimiter(cores: number): Limiter {
  if (!Number.isInteger(cores) || cores < 1) throw new RangeError(`${cores} cores cannot be shared`)
  const waiting: Record<Priority, Waiter[]> = { question: [], ingestion: [] }
  let free = cores

  function grantFree(): void {
    while (free > 0) {
      const next = waiting.question.shift() ?? waiting.ingestion.shift()
      if (next === undefined) return
      const granted = Math.min(free, next.wanted)
      free -= granted
      next.grant(granted)
    }
  }

  function acquire({ wanted, priority, signal }: CoreRequest): Promise<number> {
    return new Promise((resolve, reject) => {
      const queue = waiting[priority]
      const onAbort = (): void => {
        queue.splice(queue.indexOf(waiter), 1)
        reject(new IbidError("cancelled", "The request was cancelled", { cause: signal?.reason }))
      }
      const waiter: Waiter = {
        wanted: Math.max(1, Math.floor(wanted)),
        grant(granted) {
          signal?.removeEventListener("abort", onAbort)
          resolve(granted)
        },
      }
      signal?.addEventListener("abort", onAbort, { once: true })
      queue.push(waiter)
      grantFree()
    })
  }

  return {
    cores,
    async run(request, work) {
      throwIfAborted(request.signal)
      const granted = await acquire(request)
      try {
        return await work(granted)
      } finally {
        free += granted
        grantFree()
      }
    },
  }
}

interface Waiter {
  readonly wanted: number
  grant(granted: number): void
}
