/** How fast the queue is worked off, from the jobs that ended lately. */
export interface Pace {
  /** A job has ended. */
  count(): void
  /** Whole seconds until so many more jobs have ended, 1 to 600; undefined until enough have. */
  secondsFor(jobs: number): number | undefined
}

const WINDOW_MS = 60_000
/** Fewer say nothing about the next. */
const LEAST_JOBS = 5
const LONGEST_SECONDS = 600

export function createPace(now: () => number = () => performance.now()): Pace {
  let ends: number[] = []
  return {
    count: () => {
      const at = now()
      ends = [...ends.slice(-MOST_REMEMBERED), at].filter((end) => at - end <= WINDOW_MS)
    },
    secondsFor: (jobs) => {
      const at = now()
      const lately = ends.filter((end) => at - end <= WINDOW_MS)
      const [first] = lately
      if (first === undefined || lately.length < LEAST_JOBS) return undefined
      const perMs = lately.length / Math.max(at - first, 1)
      return Math.min(Math.max(Math.ceil(jobs / perMs / 1_000), 1), LONGEST_SECONDS)
    },
  }
}

const MOST_REMEMBERED = 255
