import { IbidError, throwIfAborted } from "../core/errors.ts"

export type Priority = "question" | "ingestion"

interface CoreRequest {
  /** Cores that the work can make use of; it is granted between one and this many. */
  readonly wanted: number
  readonly priority: Priority
  readonly signal?: AbortSignal | undefined
}

/**
 * Shares the processor cores among all engines of the process: two never take two threads each. What ingestion runs are
 * small pieces in processes of a lower priority, which give way by themselves.
 */
export interface Limiter {
  readonly cores: number
  /**
   * Runs the work with as many of the wanted cores as are free: a question as soon as not all cores are used by
   * questions, ingestion as soon as one is free; for a second after a question one core of several is not. Questions go
   * strictly before ingestion, equals in order of arrival.
   * Throws `cancelled` when the signal fires while it waits; work that has begun looks at the signal by itself. Work
   * inside work must not ask again: it would wait for itself.
   */
  run<T>(request: CoreRequest, work: (granted: number) => Promise<T>): Promise<T>
}

/** What else a question needs, the server and its index, asks nobody for a core; where there is one alone it is shared. */
const KEPT_MS = 1_000

/** Throws `RangeError` unless `cores` is a whole number from 1. `now` is a clock in milliseconds. */
export function createLimiter(cores: number, now = () => performance.now()): Limiter {
  if (!Number.isInteger(cores) || cores < 1) throw new RangeError(`${cores} cores cannot be shared`)
  const waiting: Record<Priority, Waiter[]> = { question: [], ingestion: [] }
  const used: Record<Priority, number> = { question: 0, ingestion: 0 }
  let lastQuestion = Number.NEGATIVE_INFINITY
  const free = (): number => cores - used.question - used.ingestion
  /** Asked again whenever a piece of work ends: one of ingestion always runs where some waits. */
  const isFreeForIngestion = (): boolean => {
    const kept = cores > 1 && now() - lastQuestion < KEPT_MS ? 1 : 0
    return used.ingestion < cores - Math.max(used.question, kept)
  }

  function nextInTurn(): Priority | undefined {
    if (waiting.question.length > 0 && used.question < cores) return "question"
    return waiting.ingestion.length > 0 && isFreeForIngestion() ? "ingestion" : undefined
  }

  function grantFree(): void {
    for (let priority = nextInTurn(); priority !== undefined; priority = nextInTurn()) {
      const next = waiting[priority].shift()
      const granted = Math.max(1, Math.min(free(), next?.wanted ?? 1))
      used[priority] += granted
      next?.grant(granted)
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
      if (request.priority === "question") lastQuestion = now()
      try {
        return await work(granted)
      } finally {
        used[request.priority] -= granted
        if (request.priority === "question") lastQuestion = now()
        grantFree()
      }
    },
  }
}

interface Waiter {
  readonly wanted: number
  grant(granted: number): void
}
