import type { Passage, Range } from "../core/types.ts"

/** A sentence that may become evidence; its range counts in the passage's text. */
export interface Candidate extends Range {
  readonly passage: Passage
  /** Position among the passage's sentences that the reader saw. */
  readonly position: number
  readonly text: string
}
