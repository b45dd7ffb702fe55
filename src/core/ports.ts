/** The ports. Each has a real engine and a fake that pass one contract suite (`test/contract/`). */
import type { ErrorCode } from "./errors.ts"
import type { ModelListing, PullProgress } from "./models.ts"
import type {
  CollectionId,
  DocumentId,
  IndexedChunk,
  IndexHit,
  ParsedDocument,
  Range,
  ReadFilter,
  RecognisedPage,
} from "./types.ts"

export interface EmbedOptions {
  /** Models want different prefixes for questions and passages; questions also go first. */
  readonly kind: "query" | "passage"
  readonly signal?: AbortSignal
}

/** A text to be found later. */
export interface PassageText {
  readonly text: string
  /** Ranges in `text`, rising. */
  readonly sentences: readonly Range[]
}

export interface PassageVectors {
  /** Unit norm. */
  readonly vector: Float32Array
  /**
   * Directions of the sentences as they stand in their passage, `dimensions` signed bytes each, one after another, the
   * largest number of each 127; zeros for a sentence beyond the model's limit. Null where the model has none to give.
   */
  readonly sentences: Int8Array | null
}

export interface Embedder {
  readonly modelId: string
  readonly dimensions: number
  /** Names model, revision, dtype, pooling and prefixes: vectors with different fingerprints are never mixed. */
  readonly fingerprint: string
  /** Weight of the dense arm in fusion, in [0, 1]; it belongs to the model (`src/retrieval/fuse.ts`). */
  readonly denseWeight: number
  /** The one language that it was trained with; null where these are several. */
  readonly language: "en" | null
  /**
   * One vector of unit L2 norm a text, in the order of the texts. Throws `model-missing`, `cancelled`, and
   * `embedding-failed` where the model fails for these passages and works for others.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<readonly Float32Array[]>
  /** `embed` as passages, with the vectors of their sentences, which one pass of the model gives too. */
  embedPassages(
    passages: readonly PassageText[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly PassageVectors[]>
  dispose(): Promise<void>
}

export interface ReaderPassage {
  readonly title: string
  readonly headingPath: readonly string[]
  readonly text: string
  /** Sentence ranges in `text`, rising. */
  readonly sentences: readonly Range[]
}

export interface Reading {
  /** Logit: the passage answers the question. The largest over the windows that the passage was cut into. */
  readonly answerable: number
  /**
   * One mean token logit a sentence, in order, clipped below at -12. Null where the reader scores passages alone, as a
   * cross-encoder does: then `answerable` has a scale of its own, to which no measured weight or threshold belongs.
   */
  readonly sentences: readonly number[] | null
}

export interface Reader {
  readonly modelId: string
  /** One reading a passage, in the order of the passages. Throws `model-missing`, `cancelled`. */
  read(
    question: string,
    passages: readonly ReaderPassage[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly Reading[]>
  dispose(): Promise<void>
}

/** How likely each is, above 0, the sum 1. */
export interface EntailmentShares {
  readonly entailment: number
  readonly neutral: number
  readonly contradiction: number
}

/** A second opinion on what was written: whether one text says what another one says. */
export interface Entailment {
  readonly modelId: string
  /** Of the hypothesis, given the premise. Throws `cancelled`, `model-unavailable`, `model-damaged`. */
  judge(premise: string, hypothesis: string, options: { readonly signal?: AbortSignal }): Promise<EntailmentShares>
  dispose(): Promise<void>
}

export interface Message {
  readonly role: "system" | "user" | "assistant"
  readonly content: string
}

/** Changes the weights of the model that it was made for. */
export interface LoraAdapter {
  /** Absolute path of a GGUF file. */
  readonly file: string
  readonly sha256: string
  /** 1 as it was learnt, 0 not at all. */
  readonly scale: number
}

/** What an owner gave for the answers of one collection. */
export interface CollectionLora extends LoraAdapter {
  readonly collection: CollectionId
  /** Id of the generator that it was made for. */
  readonly model: string
  /** Of the file, as it was given. */
  readonly name: string
}

export interface GenerateOptions {
  readonly maxTokens: number
  readonly seed?: number
  /** Written with it. What others have written, without or with another, shares nothing with it. */
  readonly lora?: LoraAdapter
  readonly signal?: AbortSignal
}

export interface Generator {
  readonly modelId: string
  /** Tokens of prompt and answer together. */
  readonly contextTokens: number
  /**
   * Pieces of text as they are written, temperature 0. Stops within a second of an abort, during prefill too.
   * Special tokens in messages are plain text. Throws `model-missing`, `model-damaged`, `model-unavailable`, `cancelled`,
   * `overloaded` when too many requests wait, `invalid-request` when the prompt exceeds the context (`isPromptTooLong`), or
   * the engine takes no adapter.
   */
  generate(messages: readonly Message[], options: GenerateOptions): AsyncIterable<string>
  /**
   * How likely the answer to the messages begins with each of the choices: one number a choice in its order, above 0, the
   * sum 1. Choices are compared by their first token, in small letters and with a capital. Null where the engine does not
   * tell, or cannot tell the choices apart. Nothing is written. Throws what `generate` throws.
   */
  weigh(
    messages: readonly Message[],
    choices: readonly string[],
    options: { readonly signal?: AbortSignal },
  ): Promise<readonly number[] | null>
  /** Loads the model before the first request, where that is possible. */
  warm(signal?: AbortSignal): Promise<void>
  dispose(): Promise<void>
}

/** The models on this machine and the catalogue of those that can be fetched. */
export interface ModelStore {
  /** Of the catalogue, and those in use that are none of it. */
  list(): Promise<readonly ModelListing[]>
  /** Throws `model-not-found`, `download-failed`, `model-damaged`, `disk-full`, `cancelled`. */
  pull(
    id: string,
    options: {
      readonly signal: AbortSignal
      onProgress(progress: PullProgress): void
      /** A line for people: why a source was left. */
      onNote(line: string): void
    },
  ): Promise<void>
  /** The generator of the next start. Throws `model-not-found`, `model-missing`, `conflict` where the settings name one. */
  use(id: string): Promise<void>
}

export interface IndexQuery {
  readonly filter: ReadFilter
  readonly limit: number
  readonly signal?: AbortSignal
}

export interface LexicalQuery extends IndexQuery {
  readonly vector?: Float32Array
  /** Only rows that hold each of the words; else those that hold any. */
  readonly isEachWordWanted?: boolean
}

/** A row as it stands in the index. */
export type StoredChunk = Omit<IndexedChunk, "rows">

export interface ReplacedDocument {
  readonly id: DocumentId
  readonly chunks: readonly IndexedChunk[]
  readonly from?: number
}

export interface ChunkIndex {
  /** Name of the generation: one table built with one fingerprint. */
  readonly generation: string
  /**
   * Replaces all rows of the given documents in one commit and makes the new files durable before it returns. With
   * `from`, the rows of lower ordinals stay as they stand, and the chunks are those from there on. A document without
   * chunks loses its rows. Returns the version of the table. Throws `invalid-request` for a vector of the wrong length,
   * not finite or zero; `internal` where not all rows below `from` stand; `disk-full`.
   */
  replaceDocuments(documents: readonly ReplacedDocument[]): Promise<number>
  /** Removes all rows of the documents in one commit. Returns the version of the table. */
  removeDocuments(ids: readonly DocumentId[]): Promise<number>
  /**
   * Nearest by cosine, best first; `dense` is set. The filter applies before the search. Throws `data-folder-damaged`
   * when rows cannot be read.
   */
  searchDense(vector: Float32Array, query: IndexQuery): Promise<readonly IndexHit[]>
  /**
   * BM25 over the lexical texts, best first; `lexical` is set, and `dense` too where `vector` is given (the
   * cosine of the row and that vector). Throws `data-folder-damaged` while the full-text part cannot be used; it is then
   * being made anew.
   */
  searchLexical(text: string, query: LexicalQuery): Promise<readonly IndexHit[]>
  /** Folds new rows into the indexes. Called when a run of ingestion ends. */
  optimize(): Promise<void>
  /**
   * Compares all files with the checksums that they had when they were written: whether rows can be read without harm,
   * and whether what speeds searches up is sound.
   */
  verify(): Promise<{ readonly isReadable: boolean; readonly isIndexSound: boolean }>
  /** Every row as it is stored, for the check of invariants. Throws `data-folder-damaged` when rows cannot be read. */
  scan(): AsyncIterable<StoredChunk>
  /**
   * `removeDocuments` that leaves the rows in no file, nor former rows of any document. Resolves when that is so.
   * Returns the version of the table.
   */
  erase(ids: readonly DocumentId[]): Promise<number>
  /** Makes all that only speeds searches up anew from the rows. */
  rebuildIndexes(): Promise<void>
  /** Puts the damaged rows aside and begins again without any. */
  reset(): Promise<void>
  /** Deletes what was put aside, here or when the index was opened, once its rows stand in their place again. */
  discardDamaged(): Promise<void>
  version(): Promise<number>
  countRows(): Promise<number>
  dispose(): Promise<void>
}

/** A file that a parser finds in its document; it becomes a document of its own below it. */
export interface FoundEmbedded {
  /** Relative path with `/`; parts that would leave the container are the parser's to refuse. */
  readonly name: string
  readonly bytes: Uint8Array
  /** As the container states it. */
  readonly mediaType?: string
  /** Milliseconds since 1970 (UTC). */
  readonly modifiedAt?: number
}

/** What a parser may use of the world around it. */
export interface ParseContext {
  /** Pages that were recognised before, by number: their text takes the place of a missing or poor layer. */
  readonly recognised: ReadonlyMap<number, RecognisedPage>
  /** Hands over an embedded file. Throws `archive-ratio` past the limits of size and count. */
  embed(file: FoundEmbedded): void
  /** Names an embedded file that becomes no document, with the code why not. */
  refuse(file: { readonly name: string; readonly sizeBytes: number; readonly code: ErrorCode }): void
  /**
   * Hands over what has been read so far of a long document, a prefix of what `parse` will return, so that it can be
   * searched while the rest is being read.
   */
  part(document: ParsedDocument): void
}

/** A format's parser: a pure function that runs inside the parser child. */
export interface Parser {
  readonly mediaTypes: readonly string[]
  /** Lower case with the dot. */
  readonly extensions: readonly string[]
  /**
   * A document without text is a result, with the warning `no-text`. Throws `encrypted`, `broken-file` and the codes
   * of what is too much (`archive-ratio`, `too-deep`, `too-many-cells` …). `path` is for the title and messages alone.
   */
  parse(
    bytes: Uint8Array,
    file: { readonly path: string; readonly mediaType: string },
    context?: ParseContext,
  ): Promise<ParsedDocument>
}
