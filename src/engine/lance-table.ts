import { mkdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import type { Connection, Table } from "@lancedb/lancedb"
import type { Table as ArrowTable, Schema } from "apache-arrow"
import type { IndexedChunk } from "../core/types.ts"

type Lance = typeof import("@lancedb/lancedb")

export interface OpenedTable {
  readonly lance: Lance
  readonly connection: Connection
  readonly table: Table
  readonly schema: Schema
}

/** As LanceDB names it after its column. */
export const VECTOR_INDEX = "vector_idx"

/** Opens the table, or makes it with its scalar and full-text indexes. LanceDB is loaded here, on first use. */
export async function openTable(folder: string, name: string, dimensions: number): Promise<OpenedTable> {
  // A bad name makes the native code panic.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw new RangeError(`"${name}" cannot name a generation`)
  if (!Number.isInteger(dimensions) || dimensions < 1) throw new RangeError(`Vectors cannot have ${dimensions} numbers`)
  setNativeEnvironment()
  const lance = await import("@lancedb/lancedb")
  const schema = await schemaOf(dimensions)
  mkdirSync(folder, { recursive: true })
  const connection = await lance.connect(folder, { readConsistencyInterval: 0 })
  if ((await connection.tableNames()).includes(name)) {
    return { lance, connection, schema, table: await connection.openTable(name) }
  }
  const table = await connection.createEmptyTable(name, schema)
  await createTextIndex(lance, table)
  for (const column of ["chunk_id", "document_id"]) await table.createIndex(column, { config: lance.Index.btree() })
  for (const column of ["collection_id", "acl_class"]) await table.createIndex(column, { config: lance.Index.bitmap() })
  return { lance, connection, schema, table }
}

/** Makes the full-text index, anew where there is one. */
export async function createTextIndex(lance: Lance, table: Table): Promise<void> {
  const words = { language: "English", stem: true, removeStopWords: true, lowercase: true, asciiFolding: true } as const
  await table.createIndex("lexical_text", { config: lance.Index.fts({ ...words, withPosition: false }), replace: true })
}

/** The rows as an Arrow table. */
export function toArrow(
  { lance, schema }: OpenedTable,
  chunks: readonly IndexedChunk[],
  lexicalText: (chunk: IndexedChunk) => string,
): ArrowTable {
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
    lexical_text: lexicalText(chunk),
    vector: chunk.vector,
    modified_at: chunk.modifiedAt,
    media_type: chunk.mediaType,
  }))
  return lance.makeArrowTable(rows, { schema })
}

async function schemaOf(dimensions: number): Promise<Schema> {
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

/** The native library takes these from the environment alone, once, when it is loaded. What the owner has set stays. */
function setNativeEnvironment(): void {
  // biome-ignore lint/style/noProcessEnv: written, not read, for a library that offers no other way.
  const environment = process.env
  environment["LANCEDB_LOG"] ??= "error"
  // It keeps two cores back for input and output: on two cores its default is a configuration that it warns of.
  environment["LANCE_CPU_THREADS"] ??= String(Math.max(2, availableParallelism()))
}
