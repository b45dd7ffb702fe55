/** What is wrong with a written sentence; a receipt keeps it. */
export type ProblemCode =
  | "number"
  | "unit"
  | "date"
  | "code"
  | "name"
  | "word"
  | "negation"
  | "comparison"
  | "attribution"
  | "distortion"

export interface Problem {
  readonly code: ProblemCode
  /** The part of the sentence that the evidence does not support; of a distortion its kind. */
  readonly found: string
}
