import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { DocumentId } from "../core/types.ts"
import { isOneOf } from "./lance-filter.ts"
import type { Maintenance } from "./lance-maintenance.ts"
import { type OpenedTable, tableFolder } from "./lance-table.ts"

/** Rows that move in one commit: 2,000 of 384 numbers are some 5 MB. */
const ROWS_A_MOVE = 2_000

/**
 * Takes the rows of documents out of the table's files. LanceDB marks deleted rows and leaves them in their data files
 * until so many are marked that it rewrites the file. Here the other rows of each data file that holds marked ones move
 * to new files, in commits that each leave the table whole; a file without rows is dropped; the indexes, which hold the
 * words, are made anew; then the old versions go with their files. Never beside a write.
 */
export async function eraseRows(
  { opened, maintenance, folder, generation }: EraseOptions,
  ids: readonly DocumentId[],
): Promise<void> {
  const { table } = opened
  const fragments = new Set<bigint>()
  if (ids.length > 0) {
    const condition = isOneOf("document_id", ids)
    const rows = await table.query().where(condition).withRowId().select(["_rowid"]).toArray()
    for (const row of rows) fragments.add(fragmentOf(BigInt(row["_rowid"])))
    await table.delete(condition)
  }
  for (const fragment of markedFragments(join(tableFolder({ folder, generation }), "_deletions"))) {
    fragments.add(fragment)
  }
  for (const fragment of fragments) await moveRows(opened, fragment)
  await maintenance.rebuild()
  await maintenance.prune()
}

export interface EraseOptions {
  readonly opened: OpenedTable
  readonly maintenance: Maintenance
  readonly folder: string
  readonly generation: string
}

/** Replaces the rows of a fragment by themselves, which puts them into new fragments. */
async function moveRows({ table }: OpenedTable, fragment: bigint): Promise<void> {
  const condition = `_rowid >= ${fragment << 32n} AND _rowid < ${(fragment + 1n) << 32n}`
  for (;;) {
    const rows = await table.query().where(condition).limit(ROWS_A_MOVE).toArrow()
    if (rows.numRows === 0) return
    await table.mergeInsert("chunk_id").whenMatchedUpdateAll().execute(rows)
  }
}

/** The upper half of a row's address is the number of its fragment, a set of data files. */
function fragmentOf(rowAddress: bigint): bigint {
  return rowAddress >> 32n
}

/** Fragments that have files of deletion marks, named `<fragment>-<version>-<id>`; older marks are harmless. */
function markedFragments(folder: string): bigint[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const number = /^(\d+)-/.exec(name)?.[1]
    return number === undefined ? [] : [BigInt(number)]
  })
}
