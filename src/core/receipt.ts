/** What is kept of an answer: enough to show why it is as it is, and to do it again. Data only. */
import type { EntailmentShares } from "./ports.ts"
import type { Role } from "./roles.ts"
import type {
  Answer,
  ChunkId,
  CollectionId,
  DocumentId,
  Question,
  Range,
  Revision,
  Scores,
  SearchResult,
} from "./types.ts"

/** Where a chunk that a search returned was left out. */
export type DropReason =
  /** It was not searchable any more when SQL was asked: removed, or replaced by a newer revision. */
  | "not-searchable"
  /** SQL does not let the principal see it. */
  | "no-access"
  /** Its stored text does not have the hash that SQL knows. */
  | "text-damaged"
  /** It holds what the question excludes. */
  | "excluded"
  /** Its file's time, as SQL knows it, is not one that the question asks for. */
  | "other-time"
  /** A better one has the same text. */
  | "same-text"
  /** Better ones filled the passages. */
  | "limit"

/** A chunk that either arm returned. Ranks count from 1; null where the arm did not return it. */
export interface CandidateTrace {
  readonly chunkId: ChunkId
  readonly fusedRank: number
  readonly fused: number
  readonly denseRank: number | null
  /** Cosine. */
  readonly dense: number | null
  readonly lexicalRank: number | null
  /** BM25. */
  readonly lexical: number | null
  /** Rank of the passage that holds it; null where it was dropped. */
  readonly passage: number | null
  readonly dropped: DropReason | null
}

/** A sentence that could become evidence; its range counts in the canonical text. */
export interface SentenceTrace extends Range {
  readonly cosine: number
  /** The reader's mean token logit; null without a reader that scores sentences. */
  readonly reader: number | null
  /** Blended; null where it did not come among the evidence. */
  readonly score: number | null
}

export interface PassageTrace extends Range {
  readonly rank: number
  readonly documentId: DocumentId
  readonly revision: Revision
  readonly scores: Scores
  /** False: beyond what is read for evidence. */
  readonly isRead: boolean
  readonly sentences: readonly SentenceTrace[]
}

/** What a model with the role of verifier or ranker said about the evidence, before anything was written. */
export interface OpinionTrace {
  /** Log-odds of yes against no, of the first sentences as they stood when it was asked. */
  readonly verdicts: readonly number[]
  /** Its choice among the first sentences of the evidence: shares of which the sum is 1. */
  readonly picks: readonly number[]
}

export interface Trace {
  /** In the order of fusion. */
  readonly candidates: readonly CandidateTrace[]
  readonly passages: readonly PassageTrace[]
  /** Whether there was enough to answer, decided before a word was written. */
  readonly support: { readonly isEnough: boolean; readonly score: number; readonly confidence: number }
  /** Absent where no model was asked. */
  readonly opinion?: OpinionTrace
  /** Of each written sentence that passed the gate, in order; absent where no model of entailment was asked. */
  readonly entailment?: readonly EntailmentShares[]
  /** Why the written sentence was withheld, by the gate or behind it; null where none was written or it passed. */
  readonly withheld: string | null
  /** Id of what was learnt of the collection and in force; null where nothing was, absent in receipts of before. */
  readonly tuning?: string | null
  /** Arms that could not search. */
  readonly degraded: readonly string[]
  readonly timings: Omit<SearchResult["timings"], "totalMs">
}

export interface ModelIdentity {
  readonly id: string
  /** Of the weights; null where nobody has published one. */
  readonly sha256: string | null
}

/** The adapter of the collection, which the answer was written with. */
export interface AdapterIdentity {
  readonly sha256: string
  readonly scale: number
}

/** One answer with all that it came from. */
export interface Receipt {
  /** The id of the answer. */
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly principalId: string
  readonly conversationId: string | null
  /** As it was asked. */
  readonly question: string
  /** As it was searched with; `question` differs from the one above where a former turn has completed it. */
  readonly request: Question
  /** All that was searched. */
  readonly collections: readonly CollectionId[]
  readonly generation: string
  readonly indexVersion: number
  /** Version of the program. */
  readonly build: string
  readonly models: {
    /** With the roles that it held; receipts of older versions have none. */
    readonly generator:
      | (ModelIdentity & { readonly roles?: readonly Role[]; readonly adapter?: AdapterIdentity })
      | null
    readonly reader: ModelIdentity | null
    readonly embedder: ModelIdentity & { readonly fingerprint: string }
    /** In force for written sentences; absent where none was. */
    readonly entailment?: ModelIdentity
  }
  /** Null where nothing was written. */
  readonly prompt: { readonly sha256: string; readonly seed: number } | null
  /** What the language model wrote, before the gate. */
  readonly written: string | null
  readonly trace: Trace
  readonly answer: Answer
}

/** A receipt as it is shown: without the texts that may not be read any more. */
export interface ShownReceipt extends Receipt {
  readonly sources: readonly {
    readonly documentId: DocumentId
    readonly path: string
    /** `removed` also stands for what the principal may not read (any more). */
    readonly state: "current" | "changed" | "removed"
  }[]
  readonly feedback: readonly Feedback[]
  /** Answers "why was this document not used?", where that was asked. */
  readonly document?: DocumentUse
}

export interface AnswerSummary
  extends Pick<Receipt, "id" | "createdAt" | "principalId" | "conversationId" | "question"> {
  readonly status: Answer["status"]
  readonly reason: Answer["reason"]
}

/** What became of one document. */
export interface DocumentUse {
  readonly documentId: DocumentId
  readonly path: string
  readonly outcome: "cited" | "evidence" | "passage" | "dropped" | "not-found"
  /** A code for programs, such as `limit`, `not-read`, `not-in-collections`. */
  readonly reason: string
  /** A sentence for people. */
  readonly message: string
  readonly candidates: readonly CandidateTrace[]
  readonly passages: readonly PassageTrace[]
}

export interface Replay {
  /** Of the receipt. */
  readonly id: string
  readonly isSameText: boolean
  readonly originalText: string
  /** The answer of now; it is not stored. */
  readonly answer: Answer
  /** What is not as it was: none means that the text has to be the same. */
  readonly changes: readonly ReplayChange[]
}

export interface ReplayChange {
  readonly what:
    | "build"
    | "generator"
    | "roles"
    | "adapter"
    | "reader"
    | "embedder"
    | "entailment"
    | "generation"
    | "tuning"
    | "index-version"
    | "model-skipped"
    | "prompt"
    | "collection"
    | "document"
  readonly before: string | null
  readonly now: string | null
  readonly documentId?: DocumentId
}

export type Verdict = "useful" | "wrong" | "missing-document"

export interface Feedback {
  readonly answerId: string
  readonly principalId: string
  readonly verdict: Verdict
  readonly text: string | null
  /** The document that should have answered. */
  readonly documentId: DocumentId | null
  /** ISO 8601. */
  readonly createdAt: string
}

export interface Conversation {
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly turns: number
  /** Its first question; null while none has been answered. */
  readonly title: string | null
}

export interface ConversationTurn {
  readonly answerId: string
  readonly question: string
  readonly status: Answer["status"]
  /** ISO 8601. */
  readonly createdAt: string
}
