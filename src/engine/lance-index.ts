import { mkdirSync } from "node:fs"
import type { Connection, Table } from "@lancedb/lancedb"
import PQueue from "p-queue"
import { IbidError, throwIfAborted, toIbidError } from "../core/errors.ts"
import type { ChunkIndex } from "../core/ports.ts"
import type { ChunkId, DocumentId, IndexedChunk, IndexHit, Log, Revision } from "../core/types.ts"
import { syncFilesSince } from "./durable-files.ts"
import { isOneOf, toSql } from "./lance-filter.ts"

export interface LanceIndexOptions {
  readonly folder: string
  /** Name of the table: letters, digits, `-`, `_`. */
  readonly generation: string
  readonly dimensions: number
  /** Title, headings and text as the lexical arm sees them. */
  lexicalText(chunk: IndexedChunk): string
  readonly log: Log
}

type LanceModule = typeof import("@lancedb/lancedb")

/** Below this a flat scan is as fast as an index and exact. */
const ROWS_FOR_VECTOR_INDEX = 10_000
/** The index is built anew when `optimize` has added this many parts to it. */
const MOST_INDEX_PARTS = 6
const NPROBES = 64
const REFINE_FACTOR = 10
const MOST_QUERY_WORDS = 256
const HIT_COLUMNS = ["chunk_id", "document_id", "revision", "ordinal", "text"]

/** The chunk index on LanceDB, one table a generation. Opening makes the table when it is not there. */
export async function createLanceIndex(options: LanceIndexOptions): Promise<ChunkIndex> {
  const { generation, dimensions, log } = options
  if (!/^[A-Za-z0-9_-]+$/.test(generation)) throw new RangeError("A generation is named by letters, digits, - and _")
  quietNativeLog()
  const lance = await import("@lancedb/lancedb")
  mkdirSync(options.folder, { recursive: true })
  const connection = await lance.connect(options.folder, { readConsistencyInterval: 0 })
  const table = await openTable(lance, connection, generation, dimensions)
  const writes = new PQueue({ concurrency: 1 })
  const state = { hasVectorIndex: await hasIndex(table, "vector_idx"), durableUntil: 0 }

  /** All changes go one after the other: LanceDB's merge is no upsert under concurrency. */
  const write = async (change: () => Promise<unknown>): Promise<number> =>
    await writes.add(async () => {
      try {
        await change()
        state.durableUntil = await syncFilesSince(options.folder, state.durableUntil)
        return await table.version()
      } catch (thrown) {
        throw toIbidError(thrown)
      }
    })

  return {
    generation,
    replaceDocuments: async (documents) => {
      if (documents.length === 0) return await table.version()
      const rows = documents.flatMap(({ chunks }) => chunks)
      for (const chunk of rows) checkVector(chunk.vector, dimensions)
      const condition = isOneOf(
        "document_id",
        documents.map(({ id }) => id),
      )
      return await write(async () => {
        if (rows.length === 0) return await table.delete(condition)
        return await table
          .mergeInsert("chunk_id")
          .whenMatchedUpdateAll()
          .whenNotMatchedInsertAll()
          .whenNotMatchedBySourceDelete({ where: condition.replaceAll("`", "") })
          .execute(await toArrow(rows, options))
      })
    },
    removeDocuments: async (ids) => {
      if (ids.length === 0) return await table.version()
      return await write(() => table.delete(isOneOf("document_id", ids)))
    },

    searchDense: async (vector, query) => {
      checkVector(vector, dimensions)
      const condition = toSql(query.filter)
      throwIfAborted(query.signal)
      if (condition === undefined) return []
      const search = table.query().nearestTo(vector).distanceType("cosine").where(condition)
      if (state.hasVectorIndex) search.nprobes(NPROBES).refineFactor(REFINE_FACTOR)
      const rows = await search
        .select([...HIT_COLUMNS, "_distance"])
        .limit(query.limit)
        .toArray()
      return rows.map((row) => ({ ...toHit(row), dense: 1 - Number(row["_distance"]), lexical: null }))
    },
    searchLexical: async (text, query) => {
      const { vector } = query
      if (vector !== undefined) checkVector(vector, dimensions)
      const condition = toSql(query.filter)
      throwIfAborted(query.signal)
      const words = text.match(/[\p{L}\p{N}]+/gu)?.slice(0, MOST_QUERY_WORDS) ?? []
      if (condition === undefined || words.length === 0) return []
      const rows = await table
        .query()
        .fullTextSearch(new lance.MatchQuery(words.join(" "), "lexical_text"))
        .where(condition)
        .select([...HIT_COLUMNS, "_score", ...(vector === undefined ? [] : ["vector"])])
        .limit(query.limit)
        .toArray()
      return rows.map((row) => ({
        ...toHit(row),
        dense: vector === undefined ? null : cosine(vector, row["vector"]),
        lexical: Number(row["_score"]),
      }))
    },

    optimize: async () => {
      await write(async () => {
        await table.optimize({ cleanupOlderThan: new Date() })
        if ((await table.countRows()) < ROWS_FOR_VECTOR_INDEX) return
        const parts = state.hasVectorIndex ? ((await table.indexStats("vector_idx"))?.numIndices ?? 0) : Infinity
        if (parts <= MOST_INDEX_PARTS) return
        const config = lance.Index.ivfRq({ distanceType: "cosine", numBits: 4 })
        await table.createIndex("vector", { config, replace: true })
        state.hasVectorIndex = true
        log("info", "built the vector index anew", { generation })
      })
    },
    scan: async function* () {
      const batches = await table.query().select(["chunk_id", "document_id", "revision", "text", "vector"])
      for await (const batch of batches) {
        for (const row of batch) {
          yield {
            chunkId: String(row["chunk_id"]) as ChunkId,
            documentId: String(row["document_id"]) as DocumentId,
            revision: String(row["revision"]) as Revision,
            text: String(row["text"]),
            vector: Float32Array.from(row["vector"] as Iterable<number>),
          }
        }
      }
    },
    version: () => table.version(),
    countRows: () => table.countRows(),
    dispose: async () => {
      await writes.onIdle()
      table.close()
      connection.close()
    },
  }
}

async function openTable(
  lance: LanceModule,
  connection: Connection,
  name: string,
  dimensions: number,
): Promise<Table> {
  if ((await connection.tableNames()).includes(name)) return await connection.openTable(name)
  const table = await connection.createEmptyTable(name, await schemaOf(dimensions))
  const words = { language: "English", stem: true, removeStopWords: true, lowercase: true, asciiFolding: true } as const
  await table.createIndex("lexical_text", { config: lance.Index.fts({ ...words, withPosition: false }) })
  for (const column of ["chunk_id", "document_id"]) await table.createIndex(column, { config: lance.Index.btree() })
  for (const column of ["collection_id", "acl_class"]) await table.createIndex(column, { config: lance.Index.bitmap() })
  return table
}

async function schemaOf(dimensions: number) {
  const { Field, FixedSizeList, Float32, Float64, Int32, List, Schema, Utf8 } = await import("apache-arrow")
  const text = (name: string) => new Field(name, new Utf8(), false)
  const whole = (name: string, nullable = false) => new Field(name, new Int32(), nullable)
  return new Schema([
    ...["chunk_id", "document_id", "collection_id", "acl_class", "revision"].map(text),
    ...["ordinal", "start", "end"].map((name) => whole(name)),
    whole("page", true),
    new Field("heading_path", new List(new Field("item", new Utf8(), true)), false),
    ...["title", "text", "lexical_text"].map(text),
    new Field("vector", new FixedSizeList(dimensions, new Field("item", new Float32(), true)), false),
    new Field("modified_at", new Float64(), false),
    text("media_type"),
  ])
}

async function toArrow(chunks: readonly IndexedChunk[], options: LanceIndexOptions) {
  const { makeArrowTable } = await import("@lancedb/lancedb")
  const rows = chunks.map((chunk) => ({
    chunk_id: chunk.id,
    document_id: chunk.documentId,
    collection_id: chunk.collectionId,
    acl_class: chunk.aclClass,
    revision: chunk.revision,
    ordinal: chunk.ordinal,
    start: chunk.start,
    end: chunk.end,
    page: chunk.page,
    heading_path: [...chunk.headingPath],
    title: chunk.title,
    text: chunk.text,
    lexical_text: options.lexicalText(chunk),
    vector: chunk.vector,
    modified_at: chunk.modifiedAt,
    media_type: chunk.mediaType,
  }))
  return makeArrowTable(rows, { schema: await schemaOf(options.dimensions) })
}

function toHit(row: Record<string, unknown>): Pick<IndexHit, "chunkId" | "documentId" | "revision" | "ordinal" | "text"> {
  return {
    chunkId: String(row["chunk_id"]) as ChunkId,
    documentId: String(row["document_id"]) as DocumentId,
    revision: String(row["revision"]) as Revision,
    ordinal: Number(row["ordinal"]),
    text: String(row["text"]),
  }
}

/** LanceDB pads short vectors, cuts long ones and answers nothing to NaN, all without an error. */
function checkVector(vector: Float32Array, dimensions: number): void {
  if (vector.length !== dimensions || !vector.every(Number.isFinite) || !vector.some((component) => component !== 0)) {
    throw new IbidError("invalid-request", `Cannot use the vector: ${dimensions} finite numbers, not all zero, are needed`)
  }
}

/** Both have unit norm. */
function cosine(vector: Float32Array, stored: unknown): number {
  const values = (stored as { toArray(): Float32Array }).toArray()
  return vector.reduce((sum, component, place) => sum + component * (values[place] ?? 0), 0)
}

async function hasIndex(table: Table, name: string): Promise<boolean> {
  return (await table.listIndices()).some((index) => index.name === name)
}

/** The native library reads its settings from the environment only; these must stand before it is loaded. */
function quietNativeLog(): void {
  // biome-ignore lint/style/noProcessEnv: written, not read.
  process.env["LANCEDB_LOG"] ??= "error"
  // biome-ignore lint/style/noProcessEnv: as above; with two cores its pool would have one thread and could wait for itself.
  process.env["LANCE_CPU_THREADS"] ??= "4"
}

