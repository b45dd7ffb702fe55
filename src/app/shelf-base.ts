import type {
  CheckUpEvent,
  CollectionSummary,
  PullEvent,
  ShelvedModel,
  StateCounts,
  SystemStatus,
} from "../core/shelf.ts"
import type { CallOptions } from "../core/types.ts"
import type { Evaluation } from "./answer-metrics.ts"
import type { Comparison } from "./compare-evaluations.ts"
import type { Page, PageRequest } from "./page.ts"

/** A run of `ibid eval` without its values by question. */
export interface EvaluationSummary extends Omit<Evaluation, "perQuestion"> {
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
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
  /** Whether questions can be answered; for administrators also what the service is and stands on. */
  systemStatus(call: CallOptions): Promise<SystemStatus>
}
