/** What the people who run the service see beside documents and jobs. Data only. */
import type { DoctorReport, DoctorStep } from "./doctor-report.ts"
import type { ModelListing, ModelsInForce, PullProgress } from "./models.ts"
import type { JobState } from "./types.ts"

/** Numbers of documents, every state named. */
export type StateCounts = Readonly<Record<JobState, number>>

export interface CollectionSummary {
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly documents: StateCounts
}

/** A model of the catalogue as the people who run the service see it. */
export interface ShelvedModel extends ModelListing {
  /** The running program works with it; a choice is in force from the next start on. */
  readonly isRunning: boolean
  /** A pull that is under way. */
  readonly pull: PullProgress | null
}

export type PullEvent =
  | ({ readonly event: "progress" } & PullProgress)
  /** A line for people: why a source was left. */
  | { readonly event: "note"; readonly note: string }
  | { readonly event: "model-pulled"; readonly id: string }

export interface Readiness {
  readonly ready: boolean
  /** Component and its state: `ok` or a short reason. */
  readonly components: Readonly<Record<string, string>>
  readonly ingestion: IngestionState
}

export interface IngestionState {
  /** Documents that wait to be indexed, or are being indexed. */
  readonly queued: number
  /** Documents of which pages wait for recognition. */
  readonly toRecognise: number
  /** Code of what has stopped the work until it is over, such as `disk-full`; null while it goes on. */
  readonly pausedBy: string | null
  /** Folders that are not kept in step until a person has decided. */
  readonly pausedSources: number
}

export type CheckUpEvent =
  | { readonly event: "step"; readonly step: DoctorStep }
  | { readonly event: "report"; readonly report: DoctorReport }

export interface SystemStatus {
  readonly readiness: Readiness
  /** Null for who does not run the service. */
  readonly server: ServerStatus | null
}

export interface ServerStatus {
  readonly build: string
  /** Of the runtime. */
  readonly node: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly generation: string
  readonly models: ModelsInForce
  readonly disk: {
    readonly freeBytes: number
    readonly totalBytes: number
    /** Below this ingestion is paused. */
    readonly neededBytes: number
  }
  /** The last check of the invariants since the start; null: none yet. */
  readonly doctor: { readonly finishedAt: string; readonly report: DoctorReport } | null
}
