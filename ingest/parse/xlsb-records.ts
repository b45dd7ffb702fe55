import { parseFailure } from "./failure.ts"
import type { CellCounter } from "./sheet.ts"

/**
 * A sheet of a binary workbook (XLSB) with those records alone that say something of the cells: links, whose ranges
 * libraries walk cell by cell, empty cells and what newer programs add are left out. Cells are counted before anything
 * is made of them. Throws `too-many-cells`, `broken-file`. Records: MS-XLSB 2.1.4, 2.3.2.
 */
export function withCellsOnly(
  sheet: Buffer,
  { counter, path }: { readonly counter: CellCounter; readonly path: string },
): Buffer {
  const kept: Buffer[] = []
  let depth = 0
  for (let at = 0; at < sheet.length; ) {
    const type = variableNumber(sheet, at, 2)
    const length = variableNumber(sheet, type.end, 4)
    const end = length.end + length.value
    if (end > sheet.length) throw parseFailure("broken-file", path)
    if (type.value === FUTURE_BEGINS) depth++
    else if (type.value === FUTURE_ENDS) depth--
    else if (depth === 0) {
      if (CELL_RECORDS.has(type.value)) counter.cell(1)
      if (isKept(type.value, sheet.subarray(length.end, end))) kept.push(sheet.subarray(at, end))
    }
    at = end
  }
  return Buffer.concat(kept)
}

const FUTURE_BEGINS = 0x23
const FUTURE_ENDS = 0x24
const ROW = 0x00
const COLUMN_WIDTHS = 0x3c
const MERGED_CELLS = 0xb0
const CELL_RECORDS: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 62])
const MOST_COLUMNS = 16_384
const MOST_ROWS = 1_048_576

function isKept(type: number, body: Buffer): boolean {
  if (type === ROW) return body.length >= 4 && body.readUInt32LE(0) < MOST_ROWS
  if (type === COLUMN_WIDTHS) return body.length >= 8 && body.readUInt32LE(4) < MOST_COLUMNS
  return type === MERGED_CELLS || CELL_RECORDS.has(type)
}

/** Seven bits a byte, the lowest first; the eighth says that another byte follows. */
function variableNumber(
  bytes: Buffer,
  start: number,
  mostBytes: number,
): { readonly value: number; readonly end: number } {
  let value = 0
  let at = start
  for (let shift = 0; shift < mostBytes * 7; shift += 7) {
    const byte = bytes[at++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  return { value, end: at }
}
