import type { Query, VectorQuery } from "@lancedb/lancedb"
import { separateCjk } from "../core/cjk.ts"
import { withCompounds } from "../core/compounds.ts"
import { IbidError, throwIfAborted, toIbidError } from "../core/errors.ts"
import type { ChunkIndex, IndexQuery } from "../core/ports.ts"
import type { IndexHit } from "../core/types.ts"
import { abortable } from "./abortable.ts"
import { toSql } from "./lance-filter.ts"
import type { Maintenance } from "./lance-maintenance.ts"
import { HIT_COLUMNS, toHit, toVector } from "./lance-rows.ts"
import type { OpenedTable } from "./lance-table.ts"
import { checkVector, cosine } from "./vectors.ts"

/** Partitions of the vector index that are always searched; more where the filter has left too few rows. */
const PROBES = 64
/** Candidates of a quantised index that are compared by their exact vectors: this many, and at least so many a hit. */
const REFINED_ROWS = 200
const LEAST_REFINE_FACTOR = 4
/** A longer question is a document; its first words are asked for. */
const MOST_QUERY_WORDS = 256
const MOST_HITS = 10_000

export interface Searchable {
  readonly opened: OpenedTable
  readonly maintenance: Maintenance
  readonly dimensions: number
}

/** As the port says. Errors of LanceDB come as they are. */
export async function searchDense(
  { opened, maintenance, dimensions }: Searchable,
  ...[vector, call]: Parameters<ChunkIndex["searchDense"]>
): Promise<readonly IndexHit[]> {
  checkVector(vector, dimensions)
  throwIfAborted(call.signal)
  const condition = toSql(call.filter)
  if (condition === undefined) return []
  // The distance has to be named: the index is passed over when it differs.
  const query = opened.table.query().nearestTo(vector).distanceType("cosine")
  // No upper bound: `nprobes` sets one, and with a narrow filter it lost 7 of 10 rows.
  query.maximumNprobes(0).minimumNprobes(PROBES)
  if (maintenance.hasQuantisedVectors()) {
    query.refineFactor(Math.max(LEAST_REFINE_FACTOR, Math.ceil(REFINED_ROWS / checkLimit(call.limit))))
  }
  const rows = await run(query, { maintenance, condition, call, columns: ["_distance"] })
  const hits = rows.map((row) => ({ ...toHit(row), dense: 1 - Number(row["_distance"]), lexical: null }))
  return hits.sort((a, b) => b.dense - a.dense || byId(a, b))
}

/** As the port says. Errors of LanceDB come as they are. */
export async function searchLexical(
  { opened, maintenance, dimensions }: Searchable,
  ...[text, call]: Parameters<ChunkIndex["searchLexical"]>
): Promise<readonly IndexHit[]> {
  const { vector } = call
  if (vector !== undefined) checkVector(vector, dimensions)
  throwIfAborted(call.signal)
  const condition = toSql(call.filter)
  const words =
    separateCjk(call.isEachWordWanted === true ? text : withCompounds(text))
      .match(/[\p{L}\p{M}\p{N}]+/gu)
      ?.slice(0, MOST_QUERY_WORDS) ?? []
  if (condition === undefined || words.length === 0) return []
  const { MatchQuery, Operator } = opened.lance
  const operator = call.isEachWordWanted === true ? Operator.And : Operator.Or
  const query = opened.table.query().fullTextSearch(new MatchQuery(words.join(" "), "lexical_text", { operator }))
  const columns = vector === undefined ? ["_score"] : ["_score", "vector"]
  const rows = await run(query, { maintenance, condition, call, columns })
  const hits = rows.map((row) => ({
    ...toHit(row),
    dense: vector === undefined ? null : cosine(vector, toVector(row["vector"])),
    lexical: Number(row["_score"]),
  }))
  return hits.sort((a, b) => b.lexical - a.lexical || byId(a, b))
}

async function run(
  query: Query | VectorQuery,
  options: {
    readonly maintenance: Maintenance
    readonly condition: string
    readonly columns: readonly string[]
    readonly call: IndexQuery
  },
): Promise<Record<string, unknown>[]> {
  const { maintenance, condition, columns, call } = options
  const limit = checkLimit(call.limit)
  const end = maintenance.beginRead()
  const rows = query
    .where(condition)
    .select([...HIT_COLUMNS, ...columns])
    .limit(limit)
    .toArray()
  try {
    return (await abortable(rows.finally(end), call.signal)) as Record<string, unknown>[]
  } catch (thrown) {
    throw toIbidError(thrown)
  }
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1) return Math.min(limit, MOST_HITS)
  throw new IbidError("invalid-request", "Cannot search: the limit is not a whole number from 1")
}

function byId(a: { readonly chunkId: string }, b: { readonly chunkId: string }): number {
  return a.chunkId < b.chunkId ? -1 : a.chunkId > b.chunkId ? 1 : 0
}
