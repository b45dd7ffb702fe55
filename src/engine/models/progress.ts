import type { PullProgress } from "../../core/models.ts"

const INTERVAL_MS = 200
/** The speed is that of the last seconds: one that counts from the start believes in a pause for minutes. */
const WINDOW_MS = 5_000

/** Turns "so many bytes are there" into progress, at most five times a second and once more at the end. */
export function createProgressReport(
  totalBytes: number,
  onProgress: ((progress: PullProgress) => void) | undefined,
  now: () => number = () => performance.now(),
): (doneBytes: number) => void {
  let samples: { readonly at: number; readonly done: number }[] = []
  let lastAt = Number.NEGATIVE_INFINITY
  return (bytes) => {
    const at = now()
    const done = Math.min(bytes, totalBytes)
    if (done < (samples.at(-1)?.done ?? 0)) samples = [] // another source began anew
    if (samples.length > 0 && at - lastAt < INTERVAL_MS && done < totalBytes) return
    lastAt = at
    samples = [...samples.filter((sample) => at - sample.at <= WINDOW_MS), { at, done }]
    const first = samples[0] ?? { at, done }
    const bytesPerSecond = at > first.at ? ((done - first.done) / (at - first.at)) * 1000 : 0
    const secondsLeft = bytesPerSecond > 0 ? (totalBytes - done) / bytesPerSecond : null
    onProgress?.({ doneBytes: done, totalBytes, bytesPerSecond, secondsLeft })
  }
}
