/** Below this share of the processor time that the threads could have had, others are using the cores. */
const LEAST_SHARE = 0.85
/** Shorter slices say nothing. */
const LEAST_MS = 5
const BUSY_MS = 3_000

export interface BusyMachine {
  /** Threads to use: all that are wanted, or one while other processes use the cores. */
  threads(wanted: number): number
  /** Begins to measure a slice of work that runs with so many threads. */
  begin(threads: number): void
  /** Ends the slice: what processor time did this process get, of what it could have had? */
  end(): void
}

/**
 * Watches whether the cores are free. The threads of llama.cpp wait for each other by spinning, so that one busy
 * neighbour makes two threads many times slower than one (measured: 12 s instead of 0.6 s for an answer).
 * `cpuMs` is the processor time of this process, `now` a clock, both in milliseconds.
 */
export function createBusyMachine(cpuMs: () => number = processorMs, now = () => performance.now()): BusyMachine {
  let busyUntil = Number.NEGATIVE_INFINITY
  let slice: { readonly threads: number; readonly cpu: number; readonly at: number } | undefined
  return {
    threads: (wanted) => (now() < busyUntil ? 1 : wanted),
    begin(threads) {
      slice = { threads, cpu: cpuMs(), at: now() }
    },
    end() {
      if (slice === undefined) return
      const { threads, cpu, at } = slice
      slice = undefined
      const wallMs = now() - at
      if (threads < 2 || wallMs < LEAST_MS) return
      if ((cpuMs() - cpu) / (wallMs * threads) < LEAST_SHARE) busyUntil = now() + BUSY_MS
    },
  }
}

function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
