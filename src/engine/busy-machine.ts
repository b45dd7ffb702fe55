import { cpus } from "node:os"
import { quotaCores } from "./core-quota.ts"

/** A shorter look says too little: the operating system counts in steps of some ten milliseconds. */
const LEAST_MS = 100
/** What others may use of a core that counts as free nevertheless: what everything in the background takes. */
const SPARE_CORES = 0.3

/** What a machine has done since it began, in milliseconds. */
export interface MachineTimes {
  readonly cores: number
  readonly nowMs: number
  /** Processor time of all processes. */
  readonly busyMs: number
  /** Processor time of this process. */
  readonly ownMs: number
}

export interface BusyMachine {
  /** Begins to look: what was before says nothing. */
  watch(): void
  /** Threads to use: as many of the wanted as others leave cores to; one until it has looked long enough. */
  threads(wanted: number): number
}

/**
 * Watches how much of the machine others use. The threads of llama.cpp wait for each other by spinning, so that one busy
 * neighbour makes two threads many times slower than one (measured: 12 s instead of 0.6 s for an answer): whether cores
 * are free is seen before they are used. Where the system does not tell what others use, all count as free, of those that
 * this process may have: `quota`.
 */
export function createBusyMachine(read: () => MachineTimes = machineTimes, quota = quotaCores()): BusyMachine {
  let seen: MachineTimes | undefined
  let free = 1
  return {
    watch() {
      seen = read()
      free = 1
    },
    threads(wanted) {
      const now = read()
      const passedMs = now.nowMs - (seen?.nowMs ?? Number.POSITIVE_INFINITY)
      if (seen !== undefined && passedMs >= LEAST_MS) {
        const othersMs = now.busyMs - seen.busyMs - (now.ownMs - seen.ownMs)
        free = Math.min(quota, now.cores - Math.max(0, othersMs) / passedMs)
        seen = now
      }
      return Math.max(1, Math.min(wanted, Math.floor(free + SPARE_CORES)))
    },
  }
}

function machineTimes(): MachineTimes {
  const all = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq)
  const own = process.cpuUsage()
  return {
    cores: all.length,
    nowMs: performance.now(),
    busyMs: all.reduce((sum, ms) => sum + ms, 0),
    ownMs: (own.user + own.system) / 1000,
  }
}
