import { createRequire } from "node:module"
import type { Table as ArrowTable, Data, FixedSizeList, Float32, List, Schema, Utf8 } from "apache-arrow"
import type { StoredChunk } from "../core/ports.ts"
import type { ChunkId, CollectionId, DocumentId, IndexedChunk, IndexHit, Revision } from "../core/types.ts"

/** The columns that make a hit. */
export const HIT_COLUMNS = ["chunk_id", "document_id", "revision", "ordinal"]

type Row = Record<string, unknown>

/**
 * The rows as an Arrow table, column by column. LanceDB's own way from objects looks at each number of each vector, which
 * held up the server's searches for a second where a document of five thousand chunks was written.
 */
export function toArrow(schema: Schema, chunks: readonly IndexedChunk[]): ArrowTable {
  const { DataType, Float32: Number32, makeData, RecordBatch, Struct, Table, vectorFromArray } = arrow()
  const columns: Readonly<Record<string, (chunk: IndexedChunk) => unknown>> = {
    chunk_id: (chunk) => chunk.id,
    document_id: (chunk) => chunk.documentId,
    collection_id: (chunk) => chunk.collectionId,
    acl_class: (chunk) => chunk.aclClass,
    revision: (chunk) => chunk.revision,
    ordinal: (chunk) => chunk.ordinal,
    start: (chunk) => chunk.start,
    end: (chunk) => chunk.end,
    page: (chunk) => chunk.page,
    heading_path: (chunk) => chunk.headingPath,
    title: (chunk) => chunk.title,
    text: (chunk) => chunk.text,
    lexical_text: (chunk) => chunk.lexicalText,
    modified_at: (chunk) => chunk.modifiedAt,
    media_type: (chunk) => chunk.mediaType,
  }
  const length = chunks.length
  const children = schema.fields.map(({ name, type }) => {
    const value = columns[name]
    if (value === undefined)
      return makeData({ type: type as FixedSizeList<Float32>, length, nullCount: 0, child: numbers() })
    if (DataType.isUtf8(type)) return texts(type, chunks.map(value).map(String))
    if (DataType.isList(type))
      return lists(
        type,
        chunks.map(({ headingPath }) => headingPath),
      )
    const [data] = vectorFromArray(chunks.map(value), type).data
    if (data === undefined) throw new RangeError(`The column ${name} is empty`)
    return data
  })
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children })
  return new Table(schema, [new RecordBatch(schema, data)])

  /** The bytes of all texts behind one another: the library's builder takes ten times as long. */
  function texts(type: Utf8, values: readonly string[]): Data<Utf8> {
    const sizeBytes = values.reduce((sum, value) => sum + Buffer.byteLength(value), 0)
    const bytes = Buffer.alloc(sizeBytes)
    const valueOffsets = new Int32Array(values.length + 1)
    let end = 0
    for (const [index, value] of values.entries()) {
      end += bytes.write(value, end)
      valueOffsets[index + 1] = end
    }
    return makeData({ type, length: values.length, nullCount: 0, valueOffsets, data: bytes })
  }

  function lists(type: List<Utf8>, values: readonly (readonly string[])[]): Data<List<Utf8>> {
    const valueOffsets = new Int32Array(length + 1)
    for (const [index, { length: count }] of values.entries()) {
      valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + count
    }
    return makeData({ type, length, nullCount: 0, valueOffsets, child: texts(type.valueType, values.flat()) })
  }

  /** The numbers of all vectors behind one another. */
  function numbers(): Data<Float32> {
    const dimensions = chunks[0]?.vector.length ?? 0
    const all = new Float32Array(length * dimensions)
    for (const [index, { vector }] of chunks.entries()) all.set(vector, index * dimensions)
    return makeData({ type: new Number32(), length: all.length, nullCount: 0, data: all })
  }
}

/**
 * The build of the package that LanceDB has loaded. Imported, its other build would be loaded too, 140 files more, and LanceDB
 * would copy what it does not know for its own.
 */
function arrow(): typeof import("apache-arrow") {
  return createRequire(import.meta.url)("apache-arrow")
}

export function toHit(row: Row): Omit<IndexHit, "dense" | "lexical"> {
  return {
    chunkId: String(row["chunk_id"]) as ChunkId,
    documentId: String(row["document_id"]) as DocumentId,
    revision: String(row["revision"]) as Revision,
    ordinal: Number(row["ordinal"]),
  }
}

export function toStoredChunk(row: Row): StoredChunk {
  const { chunkId, ...hit } = toHit(row)
  return {
    ...hit,
    id: chunkId,
    title: String(row["title"]),
    headingPath: [...(row["heading_path"] as Iterable<unknown>)].map(String),
    text: String(row["text"]),
    lexicalText: String(row["lexical_text"]),
    collectionId: String(row["collection_id"]) as CollectionId,
    aclClass: String(row["acl_class"]),
    start: Number(row["start"]),
    end: Number(row["end"]),
    page: row["page"] === null ? null : Number(row["page"]),
    mediaType: String(row["media_type"]),
    modifiedAt: Number(row["modified_at"]),
    // A copy: the list points into the buffer of the whole batch.
    vector: Float32Array.from(toVector(row["vector"])),
  }
}

export function toVector(list: unknown): Float32Array {
  return (list as { toArray(): Float32Array }).toArray()
}

export function schemaOf(dimensions: number): Schema {
  const { Field, FixedSizeList, Float32, Float64, Int32, List, Schema, Utf8 } = arrow()
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
