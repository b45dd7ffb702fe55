/** SQL is the truth; the index is a projection of it. Times are milliseconds since 1970 (UTC). */
import { sql } from "drizzle-orm"
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"
import type { ErrorCode } from "../core/errors.ts"
import type { Trace } from "../core/receipt.ts"
import type { RankingWeights, SupportCalibration, TuningReport } from "../core/tuning.ts"
import type { Answer, JobState, Question, ReadingReport } from "../core/types.ts"

export const collections = sqliteTable("collections", {
  id: text("id").primaryKey(),
  createdAt: integer("created_at").notNull(),
  /** It is shown no more; documents of it may still have rows until they are purged. */
  removedAt: integer("removed_at"),
})

/** Where documents come from: a folder of this machine, or uploads (`root` is empty). */
export const sources = sqliteTable(
  "sources",
  {
    id: text("id").primaryKey(),
    collectionId: text("collection_id")
      .notNull()
      .references(() => collections.id),
    kind: text("kind", { enum: ["folder", "upload"] }).notNull(),
    root: text("root").notNull(),
    /** Null: the folder was indexed once and is not kept in step. */
    watchedSince: integer("watched_since"),
    /** Patterns of files to leave out, in the syntax of .gitignore. */
    ignore: text("ignore", { mode: "json" }).$type<readonly string[]>().notNull().default([]),
    maxFileBytes: integer("max_file_bytes"),
    /** Device and inode of the root when it was last in step: another one stands there when a mount is gone. */
    rootIdentity: text("root_identity"),
    reconciledAt: integer("reconciled_at"),
    pausedAt: integer("paused_at"),
    /** A sentence for people: why, and what would be removed. */
    pauseReason: text("pause_reason"),
  },
  (table) => [uniqueIndex("sources_root").on(table.collectionId, table.kind, table.root)],
)

/** One row a logical file. `revision` is the newest accepted content, `indexedRevision` the one that is searchable. */
export const documents = sqliteTable(
  "documents",
  {
    id: text("id").primaryKey(),
    collectionId: text("collection_id")
      .notNull()
      .references(() => collections.id),
    sourceId: text("source_id")
      .notNull()
      .references(() => sources.id),
    path: text("path").notNull(),
    aclClass: text("acl_class").notNull(),
    revision: text("revision").notNull(),
    indexedRevision: text("indexed_revision"),
    indexedAt: integer("indexed_at"),
    state: text("state").$type<JobState>().notNull(),
    code: text("code"),
    message: text("message"),
    mediaType: text("media_type").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
    modifiedAt: integer("modified_at").notNull(),
    /** Size, times, device and inode of the file when its bytes were read; null where they could change unseen. */
    fileStamp: text("file_stamp"),
    /** The document that this one was embedded in: a mail, an archive. */
    parentId: text("parent_id"),
    /** Set in the transaction that acknowledges a removal: from then on no query returns the document. */
    removedAt: integer("removed_at"),
    /** The removal has to leave no trace of the content: id of the erasure. */
    erasureId: text("erasure_id"),
  },
  (table) => [
    index("documents_collection").on(table.collectionId, table.id),
    index("documents_parent").on(table.parentId),
    index("documents_revision").on(table.revision),
    uniqueIndex("documents_path").on(table.sourceId, table.path).where(sql`removed_at IS NULL`),
  ],
)

/** A parsed content of a document. The canonical text is the file named by `textHash`. */
export const revisions = sqliteTable(
  "revisions",
  {
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    revision: text("revision").notNull(),
    textHash: text("text_hash").notNull(),
    title: text("title").notNull(),
    pages: integer("pages"),
    pageRanges: text("page_ranges", { mode: "json" })
      .$type<readonly { page: number; start: number; end: number; label?: string }[]>()
      .notNull(),
    chunkCount: integer("chunk_count").notNull(),
    warnings: text("warnings", { mode: "json" }).$type<readonly string[]>().notNull(),
    /** Null for what was indexed before there were reports. */
    report: text("report", { mode: "json" }).$type<ReadingReport>(),
    /** False while only the beginning of a long document has been read. */
    isComplete: integer("is_complete", { mode: "boolean" }).notNull().default(true),
    /** Whether the words of its chunks are in the term statistics. */
    isCounted: integer("is_counted", { mode: "boolean" }).notNull().default(true),
  },
  (table) => [
    primaryKey({ columns: [table.documentId, table.revision] }),
    index("revisions_text").on(table.textHash),
    index("revisions_revision").on(table.revision),
  ],
)

/** Where the blocks of a canonical text stand: offsets and kinds, no words. Read to show a document, never to search. */
export const layouts = sqliteTable(
  "layouts",
  {
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    revision: text("revision").notNull(),
    parts: text("parts").notNull(),
  },
  (table) => [primaryKey({ columns: [table.documentId, table.revision] })],
)

export const chunks = sqliteTable(
  "chunks",
  {
    documentId: text("document_id")
      .notNull()
      .references(() => documents.id, { onDelete: "cascade" }),
    revision: text("revision").notNull(),
    ordinal: integer("ordinal").notNull(),
    start: integer("start").notNull(),
    end: integer("end").notNull(),
    page: integer("page"),
    headingPath: text("heading_path", { mode: "json" }).$type<readonly string[]>().notNull(),
    firstRow: integer("first_row"),
    lastRow: integer("last_row"),
    textHash: text("text_hash").notNull(),
    embeddingKey: text("embedding_key").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.documentId, table.revision, table.ordinal] }),
    index("chunks_embedding").on(table.embeddingKey),
  ],
)

/** Vectors by the hash of fingerprint and embedded text: what is known is not embedded again. */
export const embeddings = sqliteTable("embeddings", {
  key: text("key").primaryKey(),
  vector: blob("vector", { mode: "buffer" }).notNull(),
  /** Directions of its sentences, a row of signed bytes each; null where the model gave none. */
  sentences: blob("sentences", { mode: "buffer" }),
})

export const jobs = sqliteTable(
  "jobs",
  {
    id: text("id").primaryKey(),
    documentId: text("document_id").notNull(),
    collectionId: text("collection_id").notNull(),
    path: text("path").notNull(),
    revision: text("revision").notNull(),
    /** Title given from outside, for formats that state none. */
    title: text("title"),
    /** `recognise`: pages of a document that is indexed already wait for optical recognition. */
    kind: text("kind", { enum: ["index", "recognise"] })
      .notNull()
      .default("index"),
    sizeBytes: integer("size_bytes").notNull().default(0),
    state: text("state").$type<JobState>().notNull(),
    code: text("code"),
    message: text("message"),
    attempts: integer("attempts").notNull(),
    /** How often a process took the job and ended without an outcome. */
    interruptions: integer("interruptions").notNull().default(0),
    /** Jobs are done in this order, and not before this time: creation and what size, novelty and failures add. */
    dueAt: integer("due_at").notNull().default(0),
    leaseOwner: text("lease_owner"),
    leasedUntil: integer("leased_until"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [
    index("jobs_state").on(table.state, table.createdAt),
    index("jobs_due").on(table.kind, table.state, table.dueAt),
    index("jobs_document").on(table.documentId),
  ],
)

/** Pages as optical recognition has read them: what is known is not recognised again. */
export const recognisedPages = sqliteTable(
  "recognised_pages",
  {
    revision: text("revision").notNull(),
    page: integer("page").notNull(),
    text: text("text").notNull(),
    confidence: integer("confidence").notNull(),
    /** What recognition failed with; null where the page was read. */
    code: text("code").$type<ErrorCode>(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.revision, table.page] })],
)

/** What happened to documents, in order and without a gap. It holds ids, never content. */
export const audit = sqliteTable("audit", {
  sequence: integer("sequence").primaryKey({ autoIncrement: true }),
  at: integer("at").notNull(),
  action: text("action", {
    enum: ["accepted", "refused", "indexed", "failed", "moved", "removed", "purged", "erased", "paused", "resumed"],
  }).notNull(),
  documentId: text("document_id"),
  principalId: text("principal_id"),
})

/** Receipts of erasures: what was removed and how it was proven. */
export const erasures = sqliteTable("erasures", {
  id: text("id").primaryKey(),
  documentId: text("document_id").notNull(),
  requestedAt: integer("requested_at").notNull(),
  finishedAt: integer("finished_at"),
  receipt: text("receipt", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
})

/** Questions of one principal that follow one another; the id is the principal's own. */
export const conversations = sqliteTable(
  "conversations",
  {
    principalId: text("principal_id").notNull(),
    id: text("id").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.principalId, table.id] })],
)

/**
 * Receipts: what was asked, what was found, what became of it. Passages are kept as ranges; quotes and sentences are the
 * only copies of documents' texts, and removing a document removes them.
 */
export const answers = sqliteTable(
  "answers",
  {
    id: text("id").primaryKey(),
    principalId: text("principal_id").notNull(),
    conversationId: text("conversation_id"),
    createdAt: integer("created_at").notNull(),
    /** As it was asked. */
    question: text("question").notNull(),
    status: text("status").$type<Answer["status"]>().notNull(),
    reason: text("reason").$type<NonNullable<Answer["reason"]>>(),
    /** As it was searched with: completed from the conversation. */
    request: text("request", { mode: "json" }).$type<Question>().notNull(),
    collections: text("collections", { mode: "json" }).$type<readonly string[]>().notNull(),
    generation: text("generation").notNull(),
    indexVersion: integer("index_version").notNull(),
    build: text("build").notNull(),
    models: text("models", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    promptHash: text("prompt_hash"),
    seed: integer("seed"),
    /** What the language model wrote, before the gate. */
    written: text("written"),
    trace: text("trace", { mode: "json" }).$type<Trace>().notNull(),
    answer: text("answer", { mode: "json" }).$type<Answer>().notNull(),
  },
  (table) => [
    index("answers_created").on(table.createdAt, table.id),
    index("answers_principal").on(table.principalId, table.createdAt),
    index("answers_conversation").on(table.principalId, table.conversationId, table.createdAt),
  ],
)

/** Documents of which an answer holds a text or a name. */
export const answerDocuments = sqliteTable(
  "answer_documents",
  {
    answerId: text("answer_id")
      .notNull()
      .references(() => answers.id, { onDelete: "cascade" }),
    documentId: text("document_id").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.answerId, table.documentId] }),
    index("answer_documents_document").on(table.documentId),
  ],
)

/** What people say of answers, each principal once an answer. */
export const feedback = sqliteTable(
  "feedback",
  {
    answerId: text("answer_id")
      .notNull()
      .references(() => answers.id, { onDelete: "cascade" }),
    principalId: text("principal_id").notNull(),
    verdict: text("verdict", { enum: ["useful", "wrong", "missing-document"] }).notNull(),
    text: text("text"),
    /** The document that should have answered. */
    documentId: text("document_id"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.answerId, table.principalId] }),
    index("feedback_created").on(table.createdAt),
  ],
)

/** In how many searchable chunks of a collection a content word occurs. */
export const termStatistics = sqliteTable(
  "term_statistics",
  {
    collectionId: text("collection_id").notNull(),
    term: text("term").notNull(),
    chunks: integer("chunks").notNull(),
  },
  (table) => [primaryKey({ columns: [table.collectionId, table.term] })],
)

/** What was learnt from questions, by collection; the newest that was not undone is in force. */
export const tunings = sqliteTable(
  "tunings",
  {
    id: text("id").primaryKey(),
    collectionId: text("collection_id").notNull(),
    createdAt: integer("created_at").notNull(),
    /** Of the embedder whose vectors it was learnt from. */
    fingerprint: text("fingerprint").notNull(),
    /** Whose scores the threshold belongs to; null without a reader. */
    readerId: text("reader_id"),
    ranking: text("ranking", { mode: "json" }).$type<RankingWeights>(),
    support: text("support", { mode: "json" }).$type<SupportCalibration>(),
    /** 32-bit floats, row by row. */
    adapter: blob("adapter", { mode: "buffer" }),
    report: text("report", { mode: "json" }).$type<TuningReport>().notNull(),
    undoneAt: integer("undone_at"),
  },
  (table) => [index("tunings_collection").on(table.collectionId)],
)

/** Runs of `ibid eval`, as it prints them: figures by question, no texts. */
export const evaluations = sqliteTable(
  "evaluations",
  {
    id: text("id").primaryKey(),
    createdAt: integer("created_at").notNull(),
    set: text("set").notNull(),
    /** Of the program that measured. */
    build: text("build").notNull(),
    /** The whole evaluation but its values by question. */
    summary: text("summary", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    perQuestion: text("per_question", { mode: "json" }).$type<readonly unknown[]>().notNull(),
  },
  (table) => [index("evaluations_created").on(table.createdAt, table.id)],
)

/** One LanceDB table built with one fingerprint. */
export const generations = sqliteTable("generations", {
  name: text("name").primaryKey(),
  fingerprint: text("fingerprint").notNull(),
  createdAt: integer("created_at").notNull(),
  /** Version of the table after the last commit that SQL knows of. */
  indexVersion: integer("index_version").notNull(),
})
