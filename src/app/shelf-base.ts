import type { ModelListing, ModelsInForce, PullProgress } from "../core/models.ts"
import type { CallOptions, JobState } from "../core/types.ts"
import type { Evaluation } from "./answer-metrics.ts"
import type { Comparison } from "./compare-evaluations.ts"
import type { DoctorReport, DoctorStep } from "./doctor-report.ts"
import type { Page, PageRequest } from "./page.ts"

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

/** A run of `ibid eval` without its values by question. */
export interface EvaluationSummary extends Omit<Evaluation, "perQuestion"> {
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
}

export type CheckUpEvent =
  | { readonly event: "step"; readonly step: DoctorStep }
  | { readonly event: "report"; readonly report: DoctorReport }

export interface SystemStatus {
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

/** What the people who run the service see and do beside documents and jobs. Part of the application core. */
export interface ShelfBase {
  /** Documents that the principal may read, by state. Throws `collection-not-found`. */
  countDocuments(call: CallOptions & { readonly collection?: string; readonly name?: string }): Promise<StateCounts>
  /** Collections that the principal may read, by name. */
  describeCollections(call: CallOptions): Promise<readonly CollectionSummary[]>
  /** Throws `invalid-request` for the name, `conflict` where there is one. Admin alone. */
  createCollection(name: string, call: CallOptions): Promise<CollectionSummary>
  /**
   * Removes a collection; one with documents only where `confirm` repeats its name. Throws `collection-not-found`,
   * `conflict` for the default one, for a folder that is being watched, and without the confirmation. Admin alone.
   */
  removeCollection(name: string, call: CallOptions & { readonly confirm?: string }): Promise<void>

  /** The catalogue with what is installed, and the models in use that are none of it. Admin alone. */
  listModels(call: CallOptions): Promise<readonly ShelvedModel[]>
  /**
   * Fetches a model, or joins the pull of it that is under way; whoever leaves does not end it. The last event tells that
   * it is there. Throws `model-not-found`, `download-failed`, `model-damaged`, `disk-full`, `cancelled`. Admin alone.
   */
  pullModel(id: string, call: CallOptions): AsyncIterable<PullEvent>
  /** Ends a pull; what was fetched stays for the next one. Throws `not-found`. Admin alone. */
  cancelPull(id: string, call: CallOptions): Promise<void>
  /**
   * Chooses the generator of the next start: an id, `none` for quotes alone, `auto` to forget the choice. Throws
   * `model-not-found`, `model-missing`, `conflict` where the settings name one. Admin alone.
   */
  useModel(id: string, call: CallOptions): Promise<void>

  /** Keeps a run. Returns its id. Admin alone. */
  keepEvaluation(evaluation: Evaluation, call: CallOptions): Promise<string>
  /** Newest first. Admin alone. */
  listEvaluations(call: CallOptions & { readonly page?: PageRequest }): Promise<Page<EvaluationSummary>>
  /** With its values by question. Throws `not-found`. Admin alone. */
  getEvaluation(id: string, call: CallOptions): Promise<EvaluationSummary & Pick<Evaluation, "perQuestion">>
  /** What has changed from `earlier` to `id`. Throws `not-found`, `invalid-request` without a common question. Admin alone. */
  compareRuns(id: string, earlier: string, call: CallOptions): Promise<Comparison>

  /** Checks the invariants, and mends with `repair`; the last event is the report. Admin alone. */
  checkUp(call: CallOptions & { readonly repair: boolean }): AsyncIterable<CheckUpEvent>
  /** Admin alone. */
  systemStatus(call: CallOptions): Promise<SystemStatus>
}
