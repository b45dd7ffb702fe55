import { isOutOfMemory, parseFailure } from "./failure.ts"
import { isOleContainer } from "./ole.ts"
import type { CellCounter } from "./sheet.ts"

/**
 * The stream of records of a workbook of Excel before 2007 (BIFF), out of its container or bare as before 1993. The
 * container's other streams are of no use to the text. Throws `broken-file`.
 */
export async function workbookStream(bytes: Uint8Array, path: string): Promise<Buffer> {
  if (!isOleContainer(bytes)) return Buffer.from(bytes)
  const { default: cfb } = await import("cfb")
  try {
    const container = cfb.read(Buffer.from(bytes), { type: "buffer" })
    const entry = cfb.find(container, "/Workbook") ?? cfb.find(container, "/Book")
    if (entry === null) throw new RangeError("there is no stream of a workbook")
    return Buffer.from(entry.content)
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    throw parseFailure("broken-file", path, { cause })
  }
}

/**
 * The same stream with all records made void that say nothing of the cells: formulas of names, links, whose ranges
 * libraries walk cell by cell, empty cells. Their places stay, for sheets are found by offset. Cells are counted before
 * anything is made of them. Throws `too-many-cells`.
 */
export function withCellsOnly(
  stream: Buffer,
  options: { readonly counter: CellCounter; readonly hasDrawings: boolean },
): Buffer {
  const kept = Buffer.from(stream)
  for (let at = 0; at + HEADER_BYTES <= stream.length; ) {
    const type = stream.readUInt16LE(at)
    const length = stream.readUInt16LE(at + 2)
    const body = at + HEADER_BYTES
    const isKept = KEPT.has(type) || (options.hasDrawings && DRAWING_RECORDS.has(type))
    if (!isKept || (type === COLUMN_WIDTHS && !isSoundColumns(stream, body))) kept.writeUInt16LE(VOID, at)
    if (CELL_RECORDS.has(type)) options.counter.cell(1)
    if (type === MANY_NUMBERS) for (let cells = (length - 6) / 6; cells >= 1; cells--) options.counter.cell(1)
    at = body + length
  }
  return kept
}

const HEADER_BYTES = 4
/** A record of drawings that readers of cells pass over in silence, and that cannot go on in the next record. */
const VOID = 0x00ec
const MANY_NUMBERS = 0x00bd
const COLUMN_WIDTHS = 0x007d
const MOST_COLUMNS = 256

/** Numbers, texts, booleans, errors and results of formulas of all versions (MS-XLS 2.3.2). */
const CELL_RECORDS: ReadonlySet<number> = new Set([
  0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x00d6, 0x00fd, 0x0203, 0x0204, 0x0205, 0x0206, 0x027e, 0x0406,
])
const KEPT: ReadonlySet<number> = new Set([
  ...CELL_RECORDS,
  MANY_NUMBERS,
  COLUMN_WIDTHS,
  ...[0x0007, 0x0207, 0x003c, 0x00fc], // results that are texts, what goes on, shared texts
  ...[0x0009, 0x0209, 0x0409, 0x0809, 0x000a, 0x0085], // beginnings, ends and names of sheets
  ...[0x0022, 0x002f, 0x0042], // start of the calendar, password, charset
  ...[0x0043, 0x0243, 0x0443, 0x00e0, 0x041e, 0x001e, 0x0044], // formats
  ...[0x0081, 0x00e5, 0x0208], // kind of sheet, merged cells, rows
])
/** Comments and text boxes. */
const DRAWING_RECORDS: ReadonlySet<number> = new Set([0x001c, 0x005d, 0x01b6])

function isSoundColumns(stream: Buffer, body: number): boolean {
  return body + 4 <= stream.length && stream.readUInt16LE(body + 2) <= MOST_COLUMNS
}
