import type { PullProgress } from "../core/models.ts"
import { bar } from "./terminal.ts"

/** `███░░ 312 of 491 MB, 24 MB/s, 8 s left` */
export function pullProgressLine({ doneBytes, totalBytes, bytesPerSecond, secondsLeft }: PullProgress): string {
  const mb = (bytes: number) => Math.round(bytes / 1e6)
  const left = secondsLeft === null ? "" : `, ${Math.ceil(secondsLeft)} s left`
  return `${bar(doneBytes, totalBytes)} ${mb(doneBytes)} of ${mb(totalBytes)} MB, ${mb(bytesPerSecond)} MB/s${left}`
}
