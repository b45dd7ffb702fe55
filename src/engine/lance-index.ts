import PQueue from "p-queue"
import { crashPoint } from "../core/crash-point.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import type { ChunkIndex } from "../core/ports.ts"
import { eraseRows } from "./lance-erase.ts"
import { isOneOf } from "./lance-filter.ts"
import { createMaintenance } from "./lance-maintenance.ts"
import { toArrow, toStoredChunk } from "./lance-rows.ts"
import { type Searchable, searchDense, searchLexical } from "./lance-search.ts"
import {
  discardAside,
  isDamage,
  isOfIndex,
  type OpenedTable,
  openTable,
  putAside,
  type TablePlace,
} from "./lance-table.ts"
import { checkVector } from "./vectors.ts"

/** Damaged indexes are made anew at most so often: where the rows are damaged too it does not help. */
const REBUILD_PAUSE_MS = 60_000

/**
 * The chunk index on LanceDB, one table a generation; opening makes the table where there is none or where the one that
 * is there cannot be opened, so that its rows have to be put back. One process at a time may hold the folder. Besides
 * what the port says, searches throw `invalid-request` for a limit that is not a whole number from 1 and for a vector
 * that is not usable.
 */
export async function createLanceIndex(options: TablePlace): Promise<ChunkIndex> {
  const { dimensions, folder, generation, log } = options
  let current = await open(options)
  const writes = new PQueue({ concurrency: 1 })
  let freshRows = 0
  /** Fresh rows that searches by words have scanned. */
  let scannedRows = 0
  let rebuilding: Promise<void> | undefined
  let rebuiltAt = Number.NEGATIVE_INFINITY

  /** All changes go one after the other: LanceDB's merge is no upsert under concurrency. */
  async function write(change: () => Promise<unknown>): Promise<number> {
    return await writes.add(async () => {
      try {
        await change().catch(async (error: unknown) => {
          if (!isDamage(error)) throw error
          log("warn", "the index could not be changed; its indexes are built anew", { generation, error })
          await current.maintenance.rebuild()
          await change()
        })
        crashPoint("index-committed")
        await current.opened.seal.close()
        crashPoint("index-durable")
        return await current.opened.table.version()
      } catch (thrown) {
        throw toIbidError(thrown)
      }
    })
  }

  async function optimize(): Promise<void> {
    await current.maintenance.run()
    freshRows = 0
    scannedRows = 0
  }

  /** A search made slow by new rows is repaired on the way; the rows are safe whether or not that works out. */
  async function optimizeIfDue(): Promise<void> {
    const rows = await current.opened.table.countRows()
    if (!current.maintenance.isDue({ rows, fresh: freshRows, scanned: scannedRows })) return
    try {
      await optimize()
    } catch (error) {
      log("warn", "new rows could not be folded into the indexes", { generation, error })
    }
  }

  /** After a search that failed: true when the indexes have been made anew and another try is worth it. */
  async function rebuildAfter(error: unknown): Promise<boolean> {
    if (rebuilding === undefined) {
      if (performance.now() - rebuiltAt < REBUILD_PAUSE_MS) return false
      log("warn", "the index cannot be searched; its indexes are built anew", { generation, error })
      rebuilding = write(() => current.maintenance.rebuild())
        .then(() => undefined)
        .finally(() => {
          rebuilding = undefined
          rebuiltAt = performance.now()
        })
    }
    try {
      await rebuilding
      return true
    } catch (failure) {
      log("error", "the indexes could not be built anew", { generation, error: failure })
      return false
    }
  }

  return {
    generation,
    async replaceDocuments(documents) {
      if (documents.length === 0) return await current.opened.table.version()
      checkDocuments(documents, dimensions)
      return await write(async () => {
        await replace(current.opened, documents)
        freshRows += documents.reduce((sum, { chunks }) => sum + chunks.length, 0)
        await optimizeIfDue()
      })
    },
    async removeDocuments(ids) {
      if (ids.length === 0) return await current.opened.table.version()
      return await write(() => current.opened.table.delete(isOneOf("document_id", ids)))
    },

    async searchDense(vector, call) {
      try {
        return await searchDense(current, vector, call)
      } catch (thrown) {
        if (!isDamage(thrown)) throw thrown
        if (!(await rebuildAfter(thrown))) throw damagedRows(thrown)
        return await searchDense(current, vector, call).catch((again: unknown) => {
          throw isDamage(again) ? damagedRows(again) : again
        })
      }
    },
    async searchLexical(text, call) {
      scannedRows += freshRows
      try {
        return await searchLexical(current, text, call)
      } catch (thrown) {
        if (!isDamage(thrown)) throw thrown
        void rebuildAfter(thrown)
        throw new IbidError(
          "data-folder-damaged",
          "Cannot search by words: that part of the index is being made anew",
          {
            cause: thrown,
          },
        )
      }
    },

    async optimize() {
      await write(optimize)
    },
    async rebuildIndexes() {
      await write(() => current.maintenance.rebuild())
    },
    async verify() {
      const { damaged } = await writes.add(() => current.opened.seal.verify("whole"))
      return { isReadable: damaged.every(isOfIndex), isIndexSound: !damaged.some(isOfIndex) }
    },
    async *scan() {
      const end = current.maintenance.beginRead()
      try {
        for await (const batch of current.opened.table.query()) {
          for (const row of batch as Iterable<Record<string, unknown>>) yield toStoredChunk(row)
        }
      } catch (thrown) {
        throw isDamage(thrown) ? damagedRows(thrown) : toIbidError(thrown)
      } finally {
        end()
      }
    },
    async erase(ids) {
      return await write(() => eraseRows({ ...current, folder, generation }, ids))
    },
    async reset() {
      await writes.add(async () => {
        await current.maintenance.drained()
        close(current)
        await putAside(options, current.opened.seal)
        current = await open(options)
        rebuiltAt = Number.NEGATIVE_INFINITY
      })
    },
    discardDamaged: () => discardAside(options),
    version: () => current.opened.table.version(),
    countRows: () => current.opened.table.countRows(),
    async dispose() {
      await rebuilding?.catch(() => undefined)
      await writes.onIdle()
      close(current)
    },
  }
}

async function open(options: TablePlace): Promise<Searchable> {
  const opened = await openTable(options)
  return { opened, maintenance: await createMaintenance(opened, options.log), dimensions: options.dimensions }
}

function close({ opened }: Searchable): void {
  opened.table.close()
  opened.connection.close()
}

function damagedRows(cause: unknown): IbidError {
  return new IbidError("data-folder-damaged", "Cannot search: the index is damaged; run ibid doctor --repair", {
    cause,
  })
}

type Documents = Parameters<ChunkIndex["replaceDocuments"]>[0]

/** One commit: what is new comes, what is known changes, and what these documents no longer have goes. */
async function replace(opened: OpenedTable, documents: Documents): Promise<void> {
  await checkStanding(opened, documents)
  const ofTheseDocuments = conditionOf(documents)
  const chunks = documents.flatMap((document) => document.chunks)
  if (chunks.length === 0) {
    await opened.table.delete(ofTheseDocuments)
    return
  }
  const rows = toArrow(opened.schema, chunks)
  // The merge reads the names of all rows; most documents are new.
  if ((await opened.table.countRows(ofTheseDocuments)) === 0) {
    await opened.table.add(rows)
    return
  }
  await opened.table
    .mergeInsert("chunk_id")
    .whenMatchedUpdateAll()
    .whenNotMatchedInsertAll()
    .whenNotMatchedBySourceDelete({ where: ofTheseDocuments })
    .execute(rows)
}

/** The rows that a replacement of these documents is about. */
function conditionOf(documents: Documents): string {
  const whole = documents.filter(({ from = 0 }) => from === 0).map(({ id }) => id)
  const partly = documents.filter(({ from = 0 }) => from > 0)
  const conditions = partly.map(({ id, from }) => `(${isOneOf("document_id", [id])} AND ordinal >= ${from})`)
  return (whole.length === 0 ? conditions : [isOneOf("document_id", whole), ...conditions]).join(" OR ")
}

/** What is taken to stand is counted: a gap would be found by nobody. */
async function checkStanding({ table }: OpenedTable, documents: Documents): Promise<void> {
  for (const { id, from = 0 } of documents) {
    if (from === 0) continue
    const rows = await table.countRows(`${isOneOf("document_id", [id])} AND ordinal < ${from}`)
    if (rows !== from)
      throw new IbidError("internal", "Cannot add to a document: its first chunks are not in the index")
  }
}

/** Two rows of one key would both be stored, and a row under another document's name would outlive it. */
function checkDocuments(documents: Documents, dimensions: number): void {
  const seen = new Set<string>()
  for (const { id, chunks, from = 0 } of documents) {
    if (seen.has(id)) throw new RangeError("A document stands twice in one replacement")
    if (!Number.isInteger(from) || from < 0) throw new RangeError(`Rows cannot be replaced from ${from} on`)
    seen.add(id)
    for (const chunk of chunks) {
      if (chunk.ordinal < from) throw new RangeError("A chunk stands before those that are replaced")
      if (chunk.documentId !== id) throw new RangeError("A chunk belongs to another document than it is given for")
      if (seen.has(chunk.id)) throw new RangeError("A chunk stands twice in one replacement")
      seen.add(chunk.id)
      checkVector(chunk.vector, dimensions)
    }
  }
}
