import type { Table as ArrowTable, Schema } from "apache-arrow"
import type { StoredChunk } from "../core/ports.ts"
import type { ChunkId, CollectionId, DocumentId, IndexedChunk, IndexHit, Revision } from "../core/types.ts"

/** Title, headings and text of a chunk as the lexical arm sees them. */
export type LexicalText = (chunk: Pick<IndexedChunk, "title" | "headingPath" | "text">) => string

/** The columns that make a hit. */
export const HIT_COLUMNS = ["chunk_id", "document_id", "revision", "ordinal"]

type Row = Record<string, unknown>

/** The rows as an Arrow table. */
export function toArrow(
  {
    lance,
    schema,
  }: { readonly lance: Pick<typeof import("@lancedb/lancedb"), "makeArrowTable">; readonly schema: Schema },
  chunks: readonly IndexedChunk[],
  lexicalText: LexicalText,
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

export function toHit(row: Row): Omit<IndexHit, "dense" | "lexical"> {
  return {
    chunkId: String(row["chunk_id"]) as ChunkId,
    documentId: String(row["document_id"]) as DocumentId,
    revision: String(row["revision"]) as Revision,
    ordinal: Number(row["ordinal"]),
  }
}

export function toStoredChunk(row: Row, lexicalText: LexicalText): StoredChunk {
  const { chunkId, ...hit } = toHit(row)
  const title = String(row["title"])
  const headingPath = [...(row["heading_path"] as Iterable<unknown>)].map(String)
  const text = String(row["text"])
  return {
    ...hit,
    ...{ id: chunkId, title, headingPath, text },
    collectionId: String(row["collection_id"]) as CollectionId,
    aclClass: String(row["acl_class"]),
    start: Number(row["start"]),
    end: Number(row["end"]),
    page: row["page"] === null ? null : Number(row["page"]),
    mediaType: String(row["media_type"]),
    modifiedAt: Number(row["modified_at"]),
    // A copy: the list points into the buffer of the whole batch.
    vector: Float32Array.from(toVector(row["vector"])),
    isLexicalSound: row["lexical_text"] === lexicalText({ title, headingPath, text }),
  }
}

export function toVector(list: unknown): Float32Array {
  return (list as { toArray(): Float32Array }).toArray()
}

export async function schemaOf(dimensions: number): Promise<Schema> {
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
