import type { Log } from "../core/types.ts"
import { createIndexes, dropIndexes, type OpenedTable, VECTOR_INDEX } from "./lance-table.ts"

export interface Maintenance {
  /** Counts a read in flight until the returned function is called. */
  beginRead(): () => void
  /**
   * Folds new rows into the indexes, builds the vector index where the table has outgrown the one it has, and removes
   * old versions once no read uses them. Only one call at a time, and never beside a write.
   */
  run(): Promise<void>
  /** Makes all indexes anew from the rows. Never beside a write. */
  rebuild(): Promise<void>
  /**
   * Removes old versions and the files that no version names. Resolves when all reads that could use them have ended.
   * Never beside a write.
   */
  prune(): Promise<void>
  /** Resolves when the reads that are in flight now have ended, or to false after 10 s. */
  drained(): Promise<boolean>
  /** The vector index orders by approximations: exact order takes refinement. */
  hasQuantisedVectors(): boolean
  /**
   * Whether so many rows stand outside of the indexes that searches feel it: rows of the table, rows written since `run`,
   * and how many of those searches have scanned by now.
   */
  isDue(counts: { readonly rows: number; readonly fresh: number; readonly scanned: number }): boolean
}

/**
 * Below this many rows a flat scan costs as little as an index and there is nothing to maintain. Above, IVF_FLAT, exact
 * as it is built here, halves the cost (5,000 rows of 384: 3.2 instead of 6.0 ms of processor time, recall 1.0).
 */
const ROWS_FOR_INDEX = 2_000
/** From here on IVF_RQ of 4 bits is faster than IVF_FLAT at a recall of 0.99 and more, with refinement. */
const ROWS_FOR_QUANTISED_INDEX = 20_000
/** Each fold adds a part, which every search visits; past these the index is built anew, which takes seconds. */
const MOST_INDEX_PARTS = 6
/** Full text scans rows outside of its index at about 36 microseconds a row: 36 ms a search. */
const MOST_FRESH_ROWS = 1_000
/** While nobody searches, as in a long ingestion, a fold serves nobody; the first search then takes 0.1 s longer. */
const MOST_FRESH_UNSEARCHED = 2_500
/** In a large table folding costs more, so that more rows are left to scan. */
const MOST_FRESH_SHARE = 0.02
/** Searches have then spent on scanning what a fold costs, some 0.4 s. */
const MOST_SCANNED_ROWS = 10_000
/** In a large table, whose fold costs more. */
const MOST_SCANNED_SHARE = 1
const MOST_FOLDS = 5
const DRAIN_TIMEOUT_MS = 10_000
/** In place of the type of a vector index that cannot be read; searches find out, and it is built anew. */
const DAMAGED = "damaged"

export async function createMaintenance(opened: OpenedTable, log: Log): Promise<Maintenance> {
  const { lance, seal, table } = opened
  let vectorIndex = await table.indexStats(VECTOR_INDEX).then(
    (index) => index?.indexType,
    () => DAMAGED,
  )
  const reads = new Set<Promise<void>>()

  async function fold(): Promise<void> {
    try {
      await table.optimize()
    } catch (error) {
      // Known to happen to full-text indexes; they are projections of the rows and can be made again.
      log("warn", "the indexes could not be folded and are built anew", { error })
      await rebuild()
      await table.optimize()
    }
  }

  /**
   * Folds until nothing is left to fold: rows are compacted only in the call after the one that has indexed them. A call
   * that removes versions would compact first otherwise, and take the files of a read that began just before.
   */
  async function settle(): Promise<boolean> {
    for (let round = 0; round < MOST_FOLDS; round++) {
      const before = await table.version()
      await table.optimize()
      if ((await table.version()) === before) return true
    }
    return false
  }

  async function rebuild(): Promise<void> {
    try {
      await createIndexes(lance, table)
    } catch {
      // One that is too damaged to be replaced: the second try says why where that was not it.
      await dropIndexes(table)
      await createIndexes(lance, table)
    }
    if (vectorIndex !== undefined) await buildVectorIndex(await table.countRows())
    log("info", "built the indexes anew")
  }

  async function fitVectorIndex(): Promise<void> {
    const rows = await table.countRows()
    const index = await table.indexStats(VECTOR_INDEX)
    if (rows < ROWS_FOR_INDEX) return
    if (index?.indexType === typeFor(rows) && (index.numIndices ?? 1) <= MOST_INDEX_PARTS) return
    await buildVectorIndex(rows)
  }

  async function buildVectorIndex(rows: number): Promise<void> {
    if (rows === 0) {
      // There is nothing to train on, and an index of nothing is of no use.
      await table.dropIndex(VECTOR_INDEX)
      vectorIndex = undefined
      return
    }
    const type = typeFor(rows)
    const config =
      type === "IVF_FLAT"
        ? lance.Index.ivfFlat({ distanceType: "cosine" })
        : lance.Index.ivfRq({ distanceType: "cosine", numBits: 4 })
    await table.createIndex("vector", { config, replace: true })
    vectorIndex = type
    log("info", "built the vector index", { type, rows })
  }

  /** Waits for the reads that are in flight now; later ones see the newest version. */
  async function drained(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), DRAIN_TIMEOUT_MS)
    })
    const all = Promise.all(reads).then((): true => true)
    return await Promise.race([all, timeout]).finally(() => clearTimeout(timer))
  }

  return {
    beginRead() {
      let end = (): void => undefined
      const read = new Promise<void>((resolve) => {
        end = resolve
      })
      reads.add(read)
      return () => {
        reads.delete(read)
        end()
      }
    },
    rebuild,
    drained,
    async prune() {
      await seal.expectRemovals()
      await settle()
      while (!(await drained())) log("info", "old versions of the index wait for a long read to end")
      await table.optimize({ cleanupOlderThan: new Date(), deleteUnverified: true })
    },
    async run() {
      await seal.expectRemovals()
      await fold()
      await fitVectorIndex()
      // The newest version is never removed, and the call that removes, with nothing left to fold, makes none.
      if (!(await settle())) log("info", "old versions of the index are kept: it does not come to rest")
      else if (await drained()) await table.optimize({ cleanupOlderThan: new Date() })
      else log("info", "old versions of the index are kept until a long read has ended")
    },
    hasQuantisedVectors: () => vectorIndex === "IVF_RQ",
    isDue: ({ rows, fresh, scanned }) =>
      fresh > Math.max(scanned === 0 ? MOST_FRESH_UNSEARCHED : MOST_FRESH_ROWS, rows * MOST_FRESH_SHARE) ||
      scanned > Math.max(MOST_SCANNED_ROWS, rows * MOST_SCANNED_SHARE),
  }
}

function typeFor(rows: number): "IVF_FLAT" | "IVF_RQ" {
  return rows < ROWS_FOR_QUANTISED_INDEX ? "IVF_FLAT" : "IVF_RQ"
}
