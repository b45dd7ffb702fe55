import type { IngestEvent } from "../core/types.ts"

/** Counts the events of a run for its summary. */
export interface Tally {
  /** So many files were found. */
  expect(total: number): void
  /** The event itself, then the progress. */
  count(event: IngestEvent): Generator<IngestEvent>
  summary(): IngestEvent
}

export function createTally(): Tally {
  const started = performance.now()
  const tally = { indexed: 0, unchanged: 0, moved: 0, removed: 0, failed: 0, chunks: 0 }
  let done = 0
  let total = 0
  return {
    expect: (count) => {
      total = count
    },
    *count(event) {
      yield event
      switch (event.event) {
        case "document-indexed":
          tally.indexed++
          tally.chunks += event.chunks
          break
        case "document-unchanged":
          tally.unchanged++
          break
        case "document-moved":
          tally.moved++
          break
        case "document-removed":
          tally.removed++
          break
        case "document-failed":
          tally.failed++
          break
        default:
          return
      }
      done++
      yield { event: "progress", done, total: Math.max(total, done) }
    },
    summary: () => {
      const seconds = Math.round(performance.now() - started) / 1000
      return { event: "summary", ...tally, seconds }
    },
  }
}
