import { lexicalText } from "../../ingest/chunk.ts"
import { sha256 } from "../../src/core/hash.ts"
import type { ChunkId, CollectionId, DocumentId, IndexedChunk, ReadFilter, Revision } from "../../src/core/types.ts"

export const asDocumentId = (id: string): DocumentId => id as DocumentId
export const asCollectionId = (id: string): CollectionId => id as CollectionId

/** Lets everything through that the chunks of `chunkOf` are. */
export const EVERYTHING: ReadFilter = { collections: [asCollectionId("default")], aclClasses: ["public"] }

/** A chunk of a document, in collection `default` and class `public` unless it says otherwise. */
export function chunkOf(
  documentId: string,
  ordinal: number,
  text: string,
  vector: Float32Array,
  more: Partial<IndexedChunk> = {},
): IndexedChunk {
  const { title = "", headingPath = [] } = more
  return {
    id: `${documentId}:${ordinal}` as ChunkId,
    documentId: asDocumentId(documentId),
    collectionId: asCollectionId("default"),
    aclClass: "public",
    revision: sha256(text) as Revision,
    ordinal,
    start: 0,
    end: text.length,
    page: null,
    ...{ title, headingPath, lexicalText: lexicalText(title, [{ headingPath, text }], 0) },
    mediaType: "text/plain",
    modifiedAt: 1_700_000_000_000,
    ...{ text, vector },
    ...more,
  }
}

/** A vector of unit norm, the same for the same seed, nearly at right angles to those of other seeds. */
export function vectorOf(seed: number, dimensions = 16): Float32Array {
  let state = seed * 2_654_435_761 + 1
  const vector = Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e37_79b9) | 0
    return state / 2 ** 31
  })
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}
