import type { Query, VectorQuery } from "@lancedb/lancedb"
import PQueue from "p-queue"
import { IbidError, throwIfAborted, toIbidError } from "../core/errors.ts"
import type { ChunkIndex, IndexQuery } from "../core/ports.ts"
import type { ChunkId, DocumentId, IndexedChunk, IndexHit, Log, Revision } from "../core/types.ts"
import { abortable } from "./abortable.ts"
import { syncFilesSince } from "./durable-files.ts"
import { isOneOf, toSql } from "./lance-filter.ts"
import { createMaintenance } from "./lance-maintenance.ts"
import { type OpenedTable, openTable, toArrow } from "./lance-table.ts"
import { checkVector, cosine } from "./vectors.ts"

export interface LanceIndexOptions {
  readonly folder: string
  /** Name of the table: letters, digits, `-`, `_`, `.`. */
  readonly generation: string
  readonly dimensions: number
  /** Title, headings and text as the lexical arm sees them. */
  lexicalText(chunk: IndexedChunk): string
  readonly log: Log
}

/** Partitions of the vector index that are always searched; more where the filter has left too few rows. */
const PROBES = 64
/** Candidates of a quantised index that are compared by their exact vectors: this many, and at least so many a hit. */
const REFINED_ROWS = 200
const LEAST_REFINE_FACTOR = 4
/** A longer question is a document; its first words are asked for. */
const MOST_QUERY_WORDS = 256
const MOST_HITS = 10_000
const HIT_COLUMNS = ["chunk_id", "document_id", "revision", "ordinal"]

/**
 * The chunk index on LanceDB, one table a generation; opening makes the table where there is none. One process at a
 * time may hold the folder. Besides what the port says, searches throw `invalid-request` for a limit that is not a
 * whole number from 1 and for a vector that is not usable.
 */
export async function createLanceIndex(options: LanceIndexOptions): Promise<ChunkIndex> {
  const { dimensions, folder, generation, log } = options
  const opened = await openTable(folder, generation, dimensions)
  const { connection, lance, table } = opened
  const maintenance = await createMaintenance(opened, log)
  const writes = new PQueue({ concurrency: 1 })
  let durableUntil = 0
  let freshRows = 0

  /** All changes go one after the other: LanceDB's merge is no upsert under concurrency. */
  async function write(change: () => Promise<unknown>): Promise<number> {
    return await writes.add(async () => {
      try {
        await change()
        durableUntil = await syncFilesSince(folder, durableUntil)
        return await table.version()
      } catch (thrown) {
        throw toIbidError(thrown)
      }
    })
  }

  async function optimize(): Promise<void> {
    await maintenance.run()
    freshRows = 0
  }

  /** A search made slow by new rows is repaired on the way; the rows are safe whether or not that works out. */
  async function optimizeIfDue(): Promise<void> {
    if (!maintenance.isDue(await table.countRows(), freshRows)) return
    try {
      await optimize()
    } catch (error) {
      log("warn", "new rows could not be folded into the indexes", { generation, error })
    }
  }

  async function search(query: Query | VectorQuery, condition: string, columns: readonly string[], call: IndexQuery) {
    const end = maintenance.beginRead()
    const rows = query
      .where(condition)
      .select([...HIT_COLUMNS, ...columns])
      .limit(checkLimit(call.limit))
      .toArray()
    try {
      return (await abortable(rows.finally(end), call.signal)) as Record<string, unknown>[]
    } catch (thrown) {
      throw toIbidError(thrown)
    }
  }

  return {
    generation,
    async replaceDocuments(documents) {
      if (documents.length === 0) return await table.version()
      checkDocuments(documents, dimensions)
      return await write(async () => {
        await replace(opened, documents, options.lexicalText)
        freshRows += documents.reduce((sum, { chunks }) => sum + chunks.length, 0)
        await optimizeIfDue()
      })
    },
    async removeDocuments(ids) {
      if (ids.length === 0) return await table.version()
      return await write(() => table.delete(isOneOf("document_id", ids)))
    },

    async searchDense(vector, call) {
      checkVector(vector, dimensions)
      throwIfAborted(call.signal)
      const condition = toSql(call.filter)
      if (condition === undefined) return []
      // The distance has to be named: the index is passed over when it differs.
      const query = table.query().nearestTo(vector).distanceType("cosine")
      // No upper bound: `nprobes` sets one, and with a narrow filter it lost 7 of 10 rows.
      query.maximumNprobes(0).minimumNprobes(PROBES)
      if (maintenance.hasQuantisedVectors()) {
        query.refineFactor(Math.max(LEAST_REFINE_FACTOR, Math.ceil(REFINED_ROWS / checkLimit(call.limit))))
      }
      const rows = await search(query, condition, ["_distance"], call)
      const hits = rows.map((row) => ({ ...toHit(row), dense: 1 - Number(row["_distance"]), lexical: null }))
      return hits.sort((a, b) => b.dense - a.dense || byId(a, b))
    },
    async searchLexical(text, call) {
      const { vector } = call
      if (vector !== undefined) checkVector(vector, dimensions)
      throwIfAborted(call.signal)
      const condition = toSql(call.filter)
      const words = text.match(/[\p{L}\p{M}\p{N}]+/gu)?.slice(0, MOST_QUERY_WORDS) ?? []
      if (condition === undefined || words.length === 0) return []
      const query = table.query().fullTextSearch(new lance.MatchQuery(words.join(" "), "lexical_text"))
      const rows = await search(query, condition, vector === undefined ? ["_score"] : ["_score", "vector"], call)
      const hits = rows.map((row) => ({
        ...toHit(row),
        dense: vector === undefined ? null : cosine(vector, toVector(row["vector"])),
        lexical: Number(row["_score"]),
      }))
      return hits.sort((a, b) => b.lexical - a.lexical || byId(a, b))
    },

    async optimize() {
      await write(optimize)
    },
    async *scan() {
      const end = maintenance.beginRead()
      try {
        const batches = table.query().select(["chunk_id", "document_id", "revision", "ordinal", "text", "vector"])
        for await (const batch of batches) {
          for (const row of batch as Iterable<Record<string, unknown>>) {
            const { chunkId, documentId, revision } = toHit(row)
            const text = String(row["text"])
            // A copy: the list points into the buffer of the whole batch.
            yield { chunkId, documentId, revision, text, vector: Float32Array.from(toVector(row["vector"])) }
          }
        }
      } finally {
        end()
      }
    },
    version: () => table.version(),
    countRows: () => table.countRows(),
    async dispose() {
      await writes.onIdle()
      table.close()
      connection.close()
    },
  }
}

type Documents = Parameters<ChunkIndex["replaceDocuments"]>[0]

/** One commit: what is new comes, what is known changes, and what these documents no longer have goes. */
async function replace(
  opened: OpenedTable,
  documents: Documents,
  lexicalText: LanceIndexOptions["lexicalText"],
): Promise<void> {
  const ids = documents.map(({ id }) => id)
  const ofTheseDocuments = isOneOf("document_id", ids)
  const chunks = documents.flatMap((document) => document.chunks)
  if (chunks.length === 0) {
    await opened.table.delete(ofTheseDocuments)
    return
  }
  await opened.table
    .mergeInsert("chunk_id")
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .whenNotMatchedBySourceDelete({ where: ofTheseDocuments })
    .execute(toArrow(opened, chunks, lexicalText))
}

/** Two rows of one key would both be stored, and a row under another document's name would outlive it. */
function checkDocuments(documents: Documents, dimensions: number): void {
  const seen = new Set<string>()
  for (const { id, chunks } of documents) {
    if (seen.has(id)) throw new RangeError("A document stands twice in one replacement")
    seen.add(id)
    for (const chunk of chunks) {
      if (chunk.documentId !== id) throw new RangeError("A chunk belongs to another document than it is given for")
      if (seen.has(chunk.id)) throw new RangeError("A chunk stands twice in one replacement")
      seen.add(chunk.id)
      checkVector(chunk.vector, dimensions)
    }
  }
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, MOST_HITS)
  throw new IbidError("invalid-request", "Cannot search: the limit is not a whole number from 1")
}

function toHit(row: Record<string, unknown>): Omit<IndexHit, "dense" | "lexical"> {
  return {
    chunkId: String(row["chunk_id"]) as ChunkId,
    documentId: String(row["document_id"]) as DocumentId,
    revision: String(row["revision"]) as Revision,
    ordinal: Number(row["ordinal"]),
  }
}

function toVector(list: unknown): Float32Array {
  return (list as { toArray(): Float32Array }).toArray()
}

function byId(a: { readonly chunkId: string }, b: { readonly chunkId: string }): number {
  return a.chunkId < b.chunkId ? -1 : a.chunkId > b.chunkId ? 1 : 0
}
