/** Words of the domain. Data only: readonly, serialisable, no behaviour. */
import type { ErrorCode } from "./errors.ts"

declare const brand: unique symbol
/** A brand keeps two ids of the same underlying string type from being swapped. */
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Opaque and stable: derived from collection, source and path. */
export type DocumentId = Branded<"DocumentId">
/** A named set of documents that shares its access rules; letters, digits, `-`, `_`, `.`. */
export type CollectionId = Branded<"CollectionId">
/** `<documentId>:<ordinal>`. */
export type ChunkId = Branded<"ChunkId">
export type JobId = Branded<"JobId">
/** SHA-256 of the bytes of one content of a document, 64 hexadecimal digits. */
export type Revision = Branded<"Revision">

/** Offsets are UTF-16 code units in the canonical text; `end` is exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
}

export type BlockType = "heading" | "paragraph" | "list-item" | "table" | "code"

/** What a parser yields, in reading order; ranges do not overlap and rise. */
export interface Block extends Range {
  readonly type: BlockType
  /** 1 to 6 for a heading, else absent. */
  readonly level?: number
  /** Page number from 1, or null where the format has no pages. */
  readonly page: number | null
  /** Titles of the headings above this block, outermost first; a heading is not in its own path. */
  readonly headingPath: readonly string[]
  /** Number of the row in its sheet, from 1, for a block that is one row of a table. */
  readonly row?: number
}

/** A part of the canonical text as a reader sees it; a long block comes in several. Ranges do not overlap and rise. */
export interface TextPart extends Range {
  readonly type: BlockType
  /** 1 to 6 for a heading, else absent. */
  readonly level?: number
  readonly page: number | null
  /** Numbers of the rows in their sheet, from 1, a line each. */
  readonly rows?: readonly number[]
  /** Goes on with the block of the part before. */
  readonly isContinued?: true
}

/** Where everything stands in the searchable text of a document. */
export interface TextLayout {
  readonly documentId: DocumentId
  readonly revision: Revision
  /** Of the canonical text, in UTF-16 code units. */
  readonly length: number
  /** False while only the beginning of a long document is searchable. */
  readonly isComplete: boolean
  /** Pages, slides or sheets that have text; `label` is what the document calls one, where that is not its number. */
  readonly pages: readonly (Range & { readonly page: number; readonly label: string | null })[]
  /** A heading comes with its words. */
  readonly parts: readonly (TextPart & { readonly title?: string })[]
}

/** Why a page is not to be relied on like the others. */
export interface WeakPage {
  readonly page: number
  /** `recognised`: its text is from optical recognition (OCR). The others wait for it or cannot be read. */
  readonly reason: "no-text" | "poor-text" | "unreadable" | "recognised"
  /** Of the recognition, 0 to 100; null where none has taken place. */
  readonly confidence: number | null
  /** What recognition failed with: the page is not read, and is tried again on request. */
  readonly code?: ErrorCode
}

/** A file that stands in another one: an attachment, an entry of an archive. */
export interface EmbeddedFile {
  /** As the container names it: a relative path with `/`, without `..`. */
  readonly name: string
  readonly sizeBytes: number
  readonly mediaType: string | null
  /** Why it did not become a document, an error code; null where it did. */
  readonly code: string | null
}

/** What was read of a document and what was not: the honesty report. */
export interface ReadingReport {
  /** Pages with a sound text layer or recognised text; null where the format has no pages. */
  readonly pagesRead: number | null
  readonly weakPages: readonly WeakPage[]
  /** Pages that wait for recognition. */
  readonly pagesToRecognise: readonly number[]
  readonly tables: number
  /** Characters that stand for nothing: glyphs without a meaning, control characters, lone surrogates. */
  readonly charactersDropped: number
  /** Characters that a reader of the document does not see; they are counted and not indexed. */
  readonly hiddenCharacters: number
  readonly embeddedFiles: readonly EmbeddedFile[]
}

export interface ParsedDocument {
  /** Title stated by the document itself (metadata, front matter, first heading), or null. */
  readonly title: string | null
  /** The canonical text: NFC, `\n` line ends, no NUL. All offsets count in it. */
  readonly text: string
  readonly blocks: readonly Block[]
  /** Number of pages, slides or sheets, or null where the format has none. */
  readonly pages: number | null
  /** What the document calls its pages, where that is not their number: `iv`, the name of a sheet. By page from 1. */
  readonly pageLabels?: readonly string[]
  /** Codes such as `no-text-on-page:3` or `encoding-guessed:windows-1252`. */
  readonly warnings: readonly string[]
  readonly report: ReadingReport
}

/** A page as optical recognition has read it. */
export interface RecognisedPage {
  readonly page: number
  /** Lines apart by `\n`, paragraphs by an empty line. */
  readonly text: string
  /** 0 to 100. */
  readonly confidence: number
  /** What recognition failed with; the text is empty then. */
  readonly code?: ErrorCode
}

/** The unit that is embedded and stored: a range of the canonical text. */
export interface Chunk extends Range {
  readonly ordinal: number
  readonly page: number | null
  readonly headingPath: readonly string[]
  /** First and last row in their sheet, from 1; absent where the chunk is not made of rows. */
  readonly rows?: readonly [first: number, last: number]
  /** `canonicalText.slice(start, end)`. */
  readonly text: string
  /** Names of the columns, where it begins within a table; of `tableHeaderAt`. */
  readonly tableHeader?: string
}

/** A chunk with all that the index stores about it. */
export interface IndexedChunk extends Chunk {
  readonly id: ChunkId
  readonly documentId: DocumentId
  readonly collectionId: CollectionId
  readonly aclClass: string
  readonly revision: Revision
  readonly title: string
  readonly mediaType: string
  /** Milliseconds since 1970 (UTC). */
  readonly modifiedAt: number
  /** What the lexical arm searches. */
  readonly lexicalText: string
  /** Unit L2 norm, as many numbers as the embedder has dimensions. */
  readonly vector: Float32Array
}

/** Which rows a query may see. Empty lists let nothing through. */
export interface ReadFilter {
  readonly collections: readonly CollectionId[]
  readonly aclClasses: readonly string[]
  readonly documentIds?: readonly DocumentId[]
  readonly mediaTypes?: readonly string[]
  /** Milliseconds since 1970 (UTC), inclusive. */
  readonly modifiedAfter?: number
  readonly modifiedBefore?: number
}

/** A row as the index returns it, best first. Its text is read from the stored canonical text, not from the index. */
export interface IndexHit {
  readonly chunkId: ChunkId
  readonly documentId: DocumentId
  readonly revision: Revision
  readonly ordinal: number
  /** Cosine in [-1, 1]; null where it is not known. */
  readonly dense: number | null
  /** BM25, at least 0; null where the chunk was not a lexical hit. */
  readonly lexical: number | null
}

export interface Scores {
  readonly fused: number
  readonly dense: number | null
  readonly lexical: number | null
  /** The reader's `answerable` logit; null when no reader has read the passage. */
  readonly reader: number | null
}

/** One or more neighbouring chunks as retrieved. */
export interface Passage extends Range {
  /** From 1. */
  readonly rank: number
  readonly documentId: DocumentId
  readonly path: string
  readonly title: string
  readonly revision: Revision
  readonly page: number | null
  readonly headingPath: readonly string[]
  readonly text: string
  readonly scores: Scores
}

/** A sentence of a passage that bears on the question. */
export interface Evidence extends Range {
  readonly documentId: DocumentId
  readonly path: string
  readonly page: number | null
  readonly quote: string
  readonly score: number
}

export interface Citation extends Range {
  /** The number between brackets in the answer, from 1. */
  readonly marker: number
  readonly documentId: DocumentId
  readonly path: string
  readonly title: string
  readonly revision: Revision
  readonly page: number | null
  /** What the document calls the page, where that is not its number: `iv`, the name of a sheet. */
  readonly pageLabel?: string
  /** Exact substring of the canonical text: `canonicalText.slice(start, end)`. */
  readonly quote: string
  /** Names of the columns, where a row of a table is quoted: exactly the first line of its table. */
  readonly tableHeader?: string
  readonly verified: boolean
  /** ISO 8601. */
  readonly modifiedAt: string
  readonly indexedAt: string
  readonly changedSinceIndexed: boolean
}

export interface AnswerSentence {
  readonly text: string
  /** Markers of the citations that support it. */
  readonly citations: readonly number[]
  readonly supported: boolean
}

export interface Warning {
  readonly code: string
  readonly message: string
}

export type AbstainReason = "no-match" | "weak-evidence" | "unsupported"

export interface Answer {
  readonly id: string
  readonly status: "answered" | "abstained"
  readonly mode: "generated" | "extractive"
  readonly question: string
  readonly text: string
  readonly sentences: readonly AnswerSentence[]
  readonly citations: readonly Citation[]
  readonly evidence: readonly Evidence[]
  readonly passages: readonly Passage[]
  /** In [0, 1]. */
  readonly confidence: number
  readonly reason: AbstainReason | null
  readonly warnings: readonly Warning[]
  readonly model: {
    readonly generator: string | null
    readonly reader: string | null
    readonly embedder: string
  }
  readonly timings: {
    readonly retrieveMs: number
    readonly evidenceMs: number
    readonly firstTokenMs: number | null
    readonly totalMs: number
  }
  /** Id of the stored receipt; null while none is kept. */
  readonly receipt: string | null
}

export type AnswerEvent = { readonly sequence: number } & (
  | { readonly type: "passages"; readonly passages: readonly Passage[] }
  | { readonly type: "evidence"; readonly evidence: readonly Evidence[] }
  | { readonly type: "delta"; readonly text: string }
  | { readonly type: "citation"; readonly citation: Citation }
  | { readonly type: "warning"; readonly warning: Warning }
  | { readonly type: "answer"; readonly answer: Answer }
)

export interface Question {
  readonly question: string
  /** Names; absent means all that the principal may read. */
  readonly collections?: readonly string[]
  readonly filters?: QuestionFilters
  /** Number of passages to return; absent means 10. */
  readonly limit?: number
  /** False asks for quotes alone. */
  readonly generate?: boolean
  /** Catalogue id of the generator to use. */
  readonly model?: string
  /** The principal's own name for questions that follow one another; an unknown one begins a conversation. */
  readonly conversationId?: string
  /** Questions that stood before this one, in order, where the client keeps the conversation itself. */
  readonly history?: readonly string[]
  /**
   * Documents that the turns before this one cited: their passages are candidates too, under the same checks. The flow
   * takes them from the principal's own conversation; a receipt keeps them, so that a replay has the same candidates.
   */
  readonly earlierDocuments?: readonly DocumentId[]
}

export interface QuestionFilters {
  readonly documentIds?: readonly string[]
  readonly mediaTypes?: readonly string[]
  /** ISO 8601. */
  readonly modifiedAfter?: string
  readonly modifiedBefore?: string
}

export interface SearchResult {
  readonly question: string
  readonly passages: readonly Passage[]
  readonly timings: {
    readonly embedMs: number
    readonly denseMs: number
    readonly lexicalMs: number
    readonly totalMs: number
  }
  /** The index generation that answered. */
  readonly generation: string
  /** Parts that could not take part: `lexical` while the full-text index is damaged and being made anew. */
  readonly degraded?: readonly string[]
}

export type JobState = "queued" | "parsing" | "embedding" | "indexed" | "failed"

export interface Job {
  readonly id: JobId
  readonly documentId: DocumentId
  readonly path: string
  readonly collection: string
  /** `recognise`: pages of a document that is indexed already are read by optical recognition. */
  readonly kind: "index" | "recognise"
  readonly state: JobState
  /** Error code and sentence where the state is `failed`, else null. */
  readonly code: string | null
  readonly message: string | null
  readonly attempts: number
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
}

export interface DocumentSummary {
  readonly id: DocumentId
  readonly collection: string
  readonly path: string
  readonly title: string
  readonly mediaType: string
  readonly revision: Revision
  readonly sizeBytes: number
  readonly state: JobState
  readonly code: string | null
  readonly message: string | null
  readonly pages: number | null
  readonly chunks: number
  readonly warnings: readonly string[]
  /** Null until it has been read. */
  readonly report: ReadingReport | null
  /** False while only the beginning of a long document is searchable. */
  readonly isComplete: boolean
  /** The document that this one is embedded in. */
  readonly parentId: DocumentId | null
  /** ISO 8601. */
  readonly modifiedAt: string
  readonly indexedAt: string | null
}

export type IngestEvent =
  | {
      readonly event: "document-indexed"
      readonly documentId: DocumentId
      readonly path: string
      readonly revision: Revision
      readonly mediaType: string
      readonly pages: number | null
      readonly chunks: number
      readonly warnings: readonly string[]
    }
  | { readonly event: "document-unchanged"; readonly documentId: DocumentId; readonly path: string }
  | {
      readonly event: "document-moved"
      readonly documentId: DocumentId
      readonly path: string
      readonly from: string
    }
  | { readonly event: "document-removed"; readonly documentId: DocumentId; readonly path: string }
  | {
      /** A link, a pipe or a device: no document, left out with the reason. */
      readonly event: "document-skipped"
      readonly path: string
      readonly code: string
      readonly message: string
    }
  | {
      /** Pages without a usable text layer have been read by optical recognition. */
      readonly event: "document-recognised"
      readonly documentId: DocumentId
      readonly path: string
      readonly pages: number
      /** Mean over the pages, 0 to 100. */
      readonly confidence: number
    }
  | {
      /** So much of a folder is gone at once that nothing is removed before a person says so. */
      readonly event: "source-paused"
      readonly root: string
      readonly reason: string
    }
  | { readonly event: "document-failed"; readonly path: string; readonly code: string; readonly message: string }
  | {
      readonly event: "progress"
      /** Files done and found so far, bytes done. Shown on a terminal, left out of `--json`. */
      readonly done: number
      readonly total: number
    }
  | {
      readonly event: "summary"
      readonly indexed: number
      readonly unchanged: number
      readonly moved: number
      readonly removed: number
      readonly failed: number
      readonly chunks: number
      readonly seconds: number
    }

/** A folder of this machine that documents come from. */
export interface SourceSummary {
  readonly id: string
  readonly collection: string
  /** Absolute path, links resolved. */
  readonly root: string
  readonly documents: number
  /** It is being kept in step now, by this process. */
  readonly isWatched: boolean
  /** Patterns of files to leave out, in the syntax of .gitignore. */
  readonly ignore: readonly string[]
  /** Null: the general limit alone. */
  readonly maxFileBytes: number | null
  /** ISO 8601; null: it was indexed once. */
  readonly watchedSince: string | null
  /** When the catalogue was last as the folder was. */
  readonly reconciledAt: string | null
  /** Null unless nothing is taken or removed before a person says so. */
  readonly pausedAt: string | null
  /** A sentence: why, and what would be removed. */
  readonly pauseReason: string | null
}

/** Who asks. Opaque ids, never names. */
export interface Principal {
  readonly id: string
  readonly kind: "key" | "local"
  readonly role: "admin" | "reader"
  /** Collections it may read. */
  readonly collections: "all" | readonly CollectionId[]
}

export interface CallOptions {
  readonly principal: Principal
  readonly signal?: AbortSignal
  /** Id of the answer that is asked for; a new one is made where it is absent. */
  readonly answerId?: string
}

/** One small function is the logger. Lines go to stderr. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void
