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

export interface Problem {
  readonly code: ProblemCode
  /** The part of the sentence that the evidence does not support. */
  readonly found: string
}
