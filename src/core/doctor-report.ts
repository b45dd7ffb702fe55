import type { DocumentId } from "./types.ts"

export interface Violation {
  /** Number of the invariant, such as `V2`. */
  readonly invariant: string
  readonly message: string
  readonly documentId?: DocumentId
}

/** In the order of the check; `wait`: what is being indexed comes to its end first. */
export type DoctorStep = "wait" | "sql" | "files" | "index" | "repair"

export interface DoctorOptions {
  readonly repair: boolean
  /** Called when a step begins. */
  onStep?(step: DoctorStep): void
}

export interface DoctorReport {
  readonly violations: readonly Violation[]
  /** What was checked, a line each, and facts such as absent models. */
  readonly notes: readonly string[]
  readonly documents: number
  readonly chunks: number
}
