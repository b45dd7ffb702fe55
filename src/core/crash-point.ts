/**
 * Named points of the commit order (`ingest/pipeline.ts`) at which a test may end the process, to see that nothing is
 * lost there. One that is not armed costs a comparison.
 */
export const CRASH_POINTS = [
  "bytes-stored",
  "document-accepted",
  "job-leased",
  "parsed",
  "embedded-file-accepted",
  "text-stored",
  "chunks-stored",
  "embedded",
  "index-committed",
  "index-durable",
  "published",
  "cleaned-up",
  "part-published",
  "page-recognised",
  "recognition-finished",
  "moved",
  "removal-acknowledged",
  "removed-from-index",
  "removed-from-database",
  "removed-from-disk",
  "erasure-rewritten",
  "erasure-vacuumed",
] as const

export type CrashPoint = (typeof CRASH_POINTS)[number]

let armed: { readonly point: string; passesLeft: number } | undefined

/** Arms one point: `<point>:<pass>`, the pass from 1. Throws `RangeError` for a point that is not there. */
export function armCrashPoint(setting: string): void {
  const [point = "", pass = "1"] = setting.split(":")
  const passesLeft = Number(pass)
  if (!CRASH_POINTS.some((known) => known === point) || !Number.isInteger(passesLeft) || passesLeft < 1) {
    throw new RangeError(`"${setting}" names no crash point`)
  }
  armed = { point, passesLeft }
}

/** Ends the process, as a power cut would, when this point is armed and its pass has come. */
export function crashPoint(point: CrashPoint): void {
  if (armed?.point !== point) return
  armed = { point, passesLeft: armed.passesLeft - 1 }
  if (armed.passesLeft === 0) process.kill(process.pid, "SIGKILL")
}
