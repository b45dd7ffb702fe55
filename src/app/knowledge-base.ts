import type { DoctorOptions, DoctorReport } from "../core/doctor-report.ts"
import type { ModelsInForce } from "../core/models.ts"
import type {
  AnswerSummary,
  Conversation,
  ConversationTurn,
  Feedback,
  Replay,
  ShownReceipt,
  Verdict,
} from "../core/receipt.ts"
import type { Readiness } from "../core/shelf.ts"
import type { StoredTuning } from "../core/tuning.ts"
import type {
  AnswerEvent,
  CallOptions,
  DocumentId,
  DocumentSummary,
  IngestEvent,
  Job,
  JobId,
  JobState,
  Principal,
  Question,
  SearchResult,
  SourceSummary,
  TextLayout,
} from "../core/types.ts"
import type { Erasure } from "../db/erasures.ts"
import type { OpenedSession } from "../db/sessions.ts"
import type { CalibrateEvent, CalibrateOptions } from "./calibrate.ts"
import type { EvaluateEvent, EvaluateOptions } from "./evaluate.ts"
import type { Page, PageRequest } from "./page.ts"
import type { QuestionSet } from "./question-set.ts"
import type { ShelfBase } from "./shelf-base.ts"
import type { TuneEvent } from "./tune.ts"

export interface Upload {
  readonly collection?: string
  /** Name or relative path of the document within its source; it identifies the document. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Stated media type; the content and the extension decide where it is absent or general. */
  readonly mediaType?: string
  /** Title for formats that state none. */
  readonly title?: string
  /** Milliseconds since 1970 (UTC). */
  readonly modifiedAt?: number
}

export interface WatchedFolder {
  readonly path: string
  readonly collection?: string
  /** Patterns of files to leave out, in the syntax of .gitignore. */
  readonly ignore?: readonly string[]
  /** Smaller than the general limit. */
  readonly maxFileBytes?: number
}

export interface GivenFeedback {
  readonly verdict: Verdict
  readonly text?: string
  /** Id or path of the document that should have answered. */
  readonly document?: string
}

export interface Accepted {
  readonly documentId: DocumentId
  /** Null when the content is the one already indexed. */
  readonly jobId: JobId | null
}

/** Canonical text of one page with its offsets. */
export interface PageText {
  readonly page: number
  /** What the document itself calls the page, `iv` or the name of a sheet; null where that is its number. */
  readonly label: string | null
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * The application core. Front ends only translate. Reading what the principal may not see throws the same
 * `document-not-found` as what does not exist.
 */
export interface KnowledgeBase extends ShelfBase {
  /** Events in the order of INTERFACES: `passages`, `evidence`, then text and citations, last the whole `answer`. */
  ask(question: Question, call: CallOptions): AsyncIterable<AnswerEvent>
  search(question: Question, call: CallOptions): Promise<SearchResult>
  /**
   * Vectors of unit L2 norm by the embedder in force, in the order of the texts. Texts of the kind `passage` wait behind
   * questions, and their beginning stands for what is longer than the model's window.
   */
  embed(
    texts: readonly string[],
    call: CallOptions & { readonly kind: "query" | "passage" },
  ): Promise<readonly Float32Array[]>

  /**
   * The receipt of an answer, with its documents as they may be read now. With `document`, an id or a path, also why that
   * one was used or was not. Throws `not-found` unless the principal has asked or is an administrator.
   */
  getAnswer(id: string, call: CallOptions & { readonly document?: string }): Promise<ShownReceipt>
  /** Newest first: one's own, or all for an administrator. */
  listAnswers(call: CallOptions & { readonly page?: PageRequest }): Promise<Page<AnswerSummary>>
  /** Asks the question of a receipt again and says what is not as it was; stores nothing. Throws `not-found`. */
  replayAnswer(id: string, call: CallOptions): Promise<Replay>
  /** Keeps what the principal says of an answer, in place of what it said before. Throws `not-found`. */
  giveFeedback(id: string, feedback: GivenFeedback, call: CallOptions): Promise<Feedback>
  /** Newest first. Admin alone. */
  listFeedback(call: CallOptions & { readonly page?: PageRequest }): Promise<Page<Feedback>>
  /** One's own, newest first. */
  listConversations(call: CallOptions & { readonly page?: PageRequest }): Promise<Page<Conversation>>
  /** In the order of asking. Throws `not-found`, also for another principal's. */
  listTurns(id: string, call: CallOptions): Promise<readonly ConversationTurn[]>
  /** Deletes a conversation with its receipts. Throws `not-found`, also for another principal's. */
  deleteConversation(id: string, call: CallOptions): Promise<void>

  /** Indexes files and folders of this machine once. The last event is the summary. Admin alone. */
  ingest(paths: readonly string[], call: CallOptions & { readonly collection?: string }): AsyncIterable<IngestEvent>
  /**
   * Keeps a folder in step until the signal fires, then ends. Its events are those of the folder and of its documents;
   * a summary follows when all that a comparison has found is done, where that was anything. Throws `conflict` when the
   * folder is being watched already. Admin alone.
   */
  watch(folder: WatchedFolder, call: CallOptions): AsyncIterable<IngestEvent>
  /** Folders that documents come from, by root. Admin alone. */
  listSources(call: CallOptions): Promise<readonly SourceSummary[]>
  /**
   * Compares a folder again. With `confirmRemoval` what is missing is removed; without, a folder whose files are back is
   * no longer paused. Throws `source-not-found`, `source-paused` when it still is. Admin alone.
   */
  resumeSource(id: string, options: { readonly confirmRemoval: boolean }, call: CallOptions): Promise<SourceSummary>
  /**
   * Stores one document and queues it; it is indexed in the background. Throws `overloaded` while too many wait,
   * `disk-full` while there is no room. Admin alone.
   */
  upload(upload: Upload, call: CallOptions): Promise<Accepted>

  listDocuments(
    call: CallOptions & {
      readonly collection?: string
      readonly state?: JobState
      /** A part of the path or the title. */
      readonly name?: string
      /** Absent means by id, which is the cheapest. */
      readonly order?: "id" | "path"
      readonly page?: PageRequest
    },
  ): Promise<Page<DocumentSummary>>
  getDocument(id: string, call: CallOptions): Promise<DocumentSummary>
  /** Canonical text; `start` and `end` in UTF-16 code units. */
  readText(id: string, range: { readonly start?: number; readonly end?: number }, call: CallOptions): Promise<string>
  /** Where headings, paragraphs, tables, pages stand in the canonical text. */
  readLayout(id: string, call: CallOptions): Promise<TextLayout>
  /** Pages count from 1. */
  readPage(id: string, page: number, call: CallOptions): Promise<PageText>
  /** Documents embedded in this one: attachments, entries of an archive. */
  listEmbedded(id: string, call: CallOptions): Promise<readonly DocumentSummary[]>
  /** The newest bytes, or with `revision` those that are searchable. Throws `not-found` for contents of the past. */
  readOriginal(
    id: string,
    call: CallOptions & { readonly revision?: string },
  ): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string; readonly path: string }>
  /** No query returns the document from the moment this resolves. Admin alone. */
  removeDocument(id: string, call: CallOptions): Promise<void>

  /**
   * Removes the document and all that is embedded in it so that no file holds them. Returns the id of the erasure, which
   * is carried out in the background; no query returns the document from the moment this resolves. Admin alone.
   */
  eraseDocument(id: string, call: CallOptions): Promise<string>
  /** Receipts, newest first; those of one document or erasure where an id is given. Admin alone. */
  listErasures(call: CallOptions & { readonly id?: string; readonly page?: PageRequest }): Promise<Page<Erasure>>

  listJobs(
    call: CallOptions & {
      readonly state?: JobState
      /** Only those that wait or are being done. */
      readonly isUnfinished?: boolean
      readonly documentId?: string
      readonly page?: PageRequest
    },
  ): Promise<Page<Job>>
  getJob(id: string, call: CallOptions): Promise<Job>
  /** Ends a job that waits or is being done. Throws `job-not-found`, `conflict` when it is done. Admin alone. */
  cancelJob(id: string, call: CallOptions): Promise<void>
  /** Queues a failed document again. Throws `document-not-found`, `conflict` when it has not failed. Admin alone. */
  retryDocument(id: string, call: CallOptions): Promise<void>
  /** Names of the collections that the principal may read. */
  listCollections(call: CallOptions): Promise<readonly string[]>

  /** The principal of a bearer key, or undefined. */
  authenticate(key: string): Promise<Principal | undefined>
  /** Makes a key, stored as its hash, shown this once. */
  createKey(options: {
    readonly name: string
    readonly role: "admin" | "reader"
    readonly collections: "all" | readonly string[]
  }): Promise<string>
  countKeys(): Promise<number>
  /**
   * Begins a session of a browser with the rights of a key, in place of the one whose secret is `replaced`. Undefined for a
   * key that is not known: then nothing has changed.
   */
  openSession(key: string, options?: { readonly replaced?: string | undefined }): Promise<OpenedSession | undefined>
  /** The principal of a session's key, or undefined where the session is over or its key is gone. */
  findSession(secret: string): Promise<Principal | undefined>
  /** Ends a session, for everybody who has its secret. */
  closeSession(secret: string): Promise<void>

  doctor(options: DoctorOptions): Promise<DoctorReport>
  /** Measures on a set; indexes it into this data folder first. The last event is the evaluation. */
  evaluate(set: QuestionSet, options: EvaluateOptions & CallOptions): AsyncIterable<EvaluateEvent>
  /**
   * Learns from questions what ranks and refuses better in a collection, and keeps what wins on questions that it has not
   * seen. The last event has the report. Throws `invalid-request` for too few questions. Admin alone.
   */
  tune(set: QuestionSet, call: CallOptions & { readonly collection?: string }): AsyncIterable<TuneEvent>
  /** What was learnt of the collections that the principal may read, newest first. Admin alone. */
  listTunings(call: CallOptions): Promise<readonly StoredTuning[]>
  /** Takes the tuning of a collection that is in force back. Returns its id. Throws `not-found`. Admin alone. */
  undoTuning(call: CallOptions & { readonly collection?: string }): Promise<string>
  /** Measures the generator in force on a set; indexes it into this data folder first. Throws `model-missing`. */
  calibrate(set: QuestionSet, options: CalibrateOptions): AsyncIterable<CalibrateEvent>
  /** Begins to work off what an earlier process left undone; returns at once. */
  resume(): void
  /** Loads the models, so that the first question need not wait for them. Fails for none of them. */
  warm(signal: AbortSignal): Promise<void>
  models(): ModelsInForce
  readiness(): Promise<Readiness>
  /** Code of what has stopped ingestion until it is over, from memory; null while it goes on. */
  pausedBy(): string | null
  dispose(): Promise<void>
}

/** What was answered: receipts, replays, feedback, conversations. */
export type AnsweredBase = Pick<
  KnowledgeBase,
  | "getAnswer"
  | "listAnswers"
  | "replayAnswer"
  | "giveFeedback"
  | "listFeedback"
  | "listConversations"
  | "listTurns"
  | "deleteConversation"
>

/** What a command asks: the part of the core that also works through a running server. */
export type CommandBase = Pick<
  KnowledgeBase,
  | "ask"
  | "search"
  | keyof AnsweredBase
  | "ingest"
  | "watch"
  | "listSources"
  | "resumeSource"
  | "listDocuments"
  | "getDocument"
  | "readText"
  | "removeDocument"
  | "eraseDocument"
  | "listErasures"
  | "listEmbedded"
  | "retryDocument"
  | "listJobs"
  | "cancelJob"
  | "doctor"
  | "keepEvaluation"
  | "models"
  | "dispose"
>
