/** SQL is the truth; the index is a projection of it. Times are milliseconds since 1970 (UTC). */
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core"
import type { JobState } from "../core/types.ts"

export const collections = sqliteTable("collections", {
  id: text("id").primaryKey(),
  createdAt: integer("created_at").notNull(),
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
    /** Set in the transaction that acknowledges a removal: from then on no query returns the document. */
    removedAt: integer("removed_at"),
  },
  (table) => [index("documents_collection").on(table.collectionId, table.id)],
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
      .$type<readonly { page: number; start: number; end: number }[]>()
      .notNull(),
    chunkCount: integer("chunk_count").notNull(),
    warnings: text("warnings", { mode: "json" }).$type<readonly string[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.documentId, table.revision] }),
    index("revisions_text").on(table.textHash),
    index("revisions_revision").on(table.revision),
  ],
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
    state: text("state").$type<JobState>().notNull(),
    code: text("code"),
    message: text("message"),
    attempts: integer("attempts").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("jobs_state").on(table.state, table.createdAt), index("jobs_document").on(table.documentId)],
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

/** One LanceDB table built with one fingerprint. */
export const generations = sqliteTable("generations", {
  name: text("name").primaryKey(),
  fingerprint: text("fingerprint").notNull(),
  createdAt: integer("created_at").notNull(),
  /** Version of the table after the last commit that SQL knows of. */
  indexVersion: integer("index_version").notNull(),
})

export const keys = sqliteTable("keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** SHA-256 of the key: a key is 256 random bits, so a slow hash adds nothing. */
  hash: text("hash").notNull().unique(),
  role: text("role", { enum: ["admin", "reader"] }).notNull(),
  /** Null: all collections. */
  collections: text("collections", { mode: "json" }).$type<readonly string[]>(),
  createdAt: integer("created_at").notNull(),
})
