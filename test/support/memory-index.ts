import { withCompounds } from "../../src/core/compounds.ts"
import { IbidError, throwIfAborted } from "../../src/core/errors.ts"
import type { ChunkIndex, IndexQuery } from "../../src/core/ports.ts"
import { contentTerms } from "../../src/core/terms.ts"
import type { ChunkId, IndexedChunk, IndexHit, ReadFilter } from "../../src/core/types.ts"

/** An index in memory: exact cosine and BM25 (k1 1.2, b 0.75) over all rows. */
export function createMemoryIndex(dimensions: number): ChunkIndex {
  const rows = new Map<ChunkId, IndexedChunk>()
  let version = 1

  const remove = (documentId: string, from = 0): void => {
    for (const row of rows.values()) if (row.documentId === documentId && row.ordinal >= from) rows.delete(row.id)
  }
  const best = (hits: readonly IndexHit[], score: (hit: IndexHit) => number, { limit }: IndexQuery): IndexHit[] => {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new IbidError("invalid-request", "Cannot search: the limit is not a whole number from 1")
    }
    return [...hits].sort((a, b) => score(b) - score(a) || (a.chunkId < b.chunkId ? -1 : 1)).slice(0, limit)
  }

  return {
    generation: "memory",
    async replaceDocuments(documents) {
      for (const { chunks } of documents) for (const chunk of chunks) checkVector(chunk.vector, dimensions)
      for (const { id, chunks, from = 0 } of documents) {
        const standing = [...rows.values()].filter((row) => row.documentId === id && row.ordinal < from)
        if (standing.length !== from) throw new IbidError("internal", "Cannot add to a document")
        remove(id, from)
        for (const chunk of chunks) rows.set(chunk.id, chunk)
      }
      return ++version
    },
    async removeDocuments(ids) {
      for (const id of ids) remove(id)
      return ++version
    },
    async searchDense(vector, call) {
      checkVector(vector, dimensions)
      throwIfAborted(call.signal)
      const hits = [...rows.values()]
        .filter((row) => isVisible(row, call.filter))
        .map((row) => ({ ...toHit(row), dense: cosine(row.vector, vector), lexical: null }))
      return best(hits, (hit) => hit.dense ?? 0, call)
    },
    async searchLexical(text, call) {
      const { vector } = call
      if (vector !== undefined) checkVector(vector, dimensions)
      throwIfAborted(call.signal)
      const scores = bm25([...rows.values()], contentTerms(withCompounds(text)))
      const hits = [...rows.values()]
        .filter((row) => isVisible(row, call.filter) && (scores.get(row.id) ?? 0) > 0)
        .filter((row) => call.isEachWordWanted !== true || holdsEach(row, contentTerms(text)))
        .map((row) => ({
          ...toHit(row),
          dense: vector === undefined ? null : cosine(row.vector, vector),
          lexical: scores.get(row.id) ?? 0,
        }))
      return best(hits, (hit) => hit.lexical ?? 0, call)
    },
    optimize: async () => undefined,
    verify: async () => ({ isReadable: true, isIndexSound: true }),
    async *scan() {
      for (const { rows: _, ...row } of [...rows.values()]) yield row
    },
    async erase(ids) {
      for (const id of ids) remove(id)
      return ++version
    },
    rebuildIndexes: async () => undefined,
    reset: async () => rows.clear(),
    discardDamaged: async () => undefined,
    version: async () => version,
    countRows: async () => rows.size,
    dispose: async () => undefined,
  }
}

function bm25(rows: readonly IndexedChunk[], query: readonly string[]): Map<ChunkId, number> {
  const terms = rows.map((row) => contentTerms(row.lexicalText))
  const average = terms.reduce((sum, { length }) => sum + length, 0) / Math.max(1, rows.length)
  const scores = new Map<ChunkId, number>()
  for (const term of new Set(query)) {
    const counts = terms.map((all) => all.filter((other) => other === term).length)
    const having = counts.filter((count) => count > 0).length
    const idf = Math.log(1 + (rows.length - having + 0.5) / (having + 0.5))
    for (const [position, row] of rows.entries()) {
      const count = counts[position] ?? 0
      const length = 0.25 + (0.75 * (terms[position]?.length ?? 0)) / average
      scores.set(row.id, (scores.get(row.id) ?? 0) + (idf * count * 2.2) / (count + 1.2 * length))
    }
  }
  return scores
}

function holdsEach(row: IndexedChunk, terms: readonly string[]): boolean {
  const present = new Set(contentTerms(row.lexicalText))
  return terms.every((term) => present.has(term))
}

function isVisible(row: IndexedChunk, filter: ReadFilter): boolean {
  return (
    filter.collections.includes(row.collectionId) &&
    filter.aclClasses.includes(row.aclClass) &&
    (filter.documentIds?.includes(row.documentId) ?? true) &&
    (filter.mediaTypes?.includes(row.mediaType) ?? true) &&
    row.modifiedAt >= (filter.modifiedAfter ?? Number.NEGATIVE_INFINITY) &&
    row.modifiedAt <= (filter.modifiedBefore ?? Number.POSITIVE_INFINITY)
  )
}

function toHit(row: IndexedChunk): Omit<IndexHit, "dense" | "lexical"> {
  return { chunkId: row.id, documentId: row.documentId, revision: row.revision, ordinal: row.ordinal }
}

function checkVector(vector: Float32Array, dimensions: number): void {
  if (vector.length === dimensions && vector.every(Number.isFinite) && vector.some((value) => value !== 0)) return
  throw new IbidError("invalid-request", "Cannot use the vector: it is not usable")
}

function cosine(a: Float32Array, b: Float32Array): number {
  const product = a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0)
  return product / (Math.hypot(...a) * Math.hypot(...b))
}
