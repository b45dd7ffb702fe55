import { parseFailure } from "./failure.ts"
import { appendRows, type Row } from "./table-rows.ts"
import { cleanLine, type TextBuilder } from "./text-builder.ts"

/** A cell merged with others; rows from 1, columns from 0, the last ones included. */
export interface MergedCells {
  readonly firstRow: number
  readonly lastRow: number
  readonly firstColumn: number
  readonly lastColumn: number
}

export interface Sheet {
  readonly name: string
  readonly isHidden: boolean
  /** By rising number. */
  readonly rows: readonly Row[]
  readonly merged: readonly MergedCells[]
  isHiddenRow(row: number): boolean
  isHiddenColumn(column: number): boolean
  /** Comments, text boxes and charts: what stands beside the cells. */
  readonly notes: readonly string[]
  /** What stands beside the cells and is not shown. */
  readonly hidden: readonly string[]
}

export interface CellCounter {
  /** Counts a cell of the document by its characters, 0 for an empty one. Throws `too-many-cells`. */
  cell(characters: number): void
  /** Counts a row that holds cells. Throws `too-many-cells`. */
  row(): void
}

const MOST_CELLS = 1_000_000
/** Empty cells with a format cost time and no memory. */
const MOST_EMPTY_CELLS = 2_000_000
const MOST_ROWS = 250_000
/** Cells share texts: a small file may show the longest one a million times. */
const MOST_CHARACTERS = 64 * 1024 * 1024

/** One counter for all sheets of a document. */
export function createCellCounter(path: string): CellCounter {
  let filled = 0
  let empty = 0
  let rows = 0
  let characters = 0
  return {
    cell(length) {
      if (length > 0) filled++
      else empty++
      characters += length
      if (filled > MOST_CELLS || empty > MOST_EMPTY_CELLS) throw parseFailure("too-many-cells", path)
      if (characters > MOST_CHARACTERS) {
        throw parseFailure("too-many-cells", path, { state: "its tables show too much text" })
      }
    },
    row() {
      if (++rows > MOST_ROWS) throw parseFailure("too-many-cells", path, { state: "its tables have too many rows" })
    },
  }
}

/** A sheet is a page under its name, each row a block that repeats the header. Hidden cells are counted, not indexed. */
export function appendSheet(builder: TextBuilder, page: number, sheet: Sheet): void {
  const shown = sheet.isHidden ? [] : visibleRows(sheet, builder)
  if (sheet.isHidden) {
    for (const row of sheet.rows) for (const { text } of row.cells) builder.hide(text)
    for (const note of sheet.notes) builder.hide(note)
  }
  for (const text of sheet.hidden) builder.hide(text)
  builder.page(page, sheet.name)
  if (sheet.isHidden || (shown.length === 0 && sheet.notes.length === 0)) return
  builder.heading(1, sheet.name)
  const spans = new Map(
    sheet.merged.map(({ firstRow, firstColumn, lastColumn }) => [`${firstRow}:${firstColumn}`, lastColumn]),
  )
  appendRows(builder, filledDown(shown, sheet.merged), {
    hasGaps: true,
    headerSpans: (row, column) => spans.get(`${row}:${column}`) ?? column,
  })
  for (const note of sheet.notes) builder.paragraph(note)
}

/** `A1` for row 1, column 0. */
export function cellName(row: number, column: number): string {
  let letters = ""
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  }
  return letters + row
}

/** Row from 1 and column from 0 of `B7` or `$B$7`; undefined where it is no name of a cell. */
export function cellPlace(name: string): { readonly row: number; readonly column: number } | undefined {
  const [, letters, digits] = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/i.exec(name) ?? []
  if (letters === undefined || digits === undefined) return undefined
  let column = 0
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64
  return { row: Number(digits), column: column - 1 }
}

/** `A1:B3`, or one cell. */
export function cellRange(text: string): MergedCells | undefined {
  const [from = "", to = from] = text.split(":")
  const first = cellPlace(from)
  const last = cellPlace(to)
  if (first === undefined || last === undefined) return undefined
  return { firstRow: first.row, lastRow: last.row, firstColumn: first.column, lastColumn: last.column }
}

/** The displayed text of a cell on one line. */
export function cellText(text: string): string {
  return cleanLine(text)
}

function visibleRows(sheet: Sheet, builder: TextBuilder): readonly Row[] {
  const shown: Row[] = []
  for (const row of sheet.rows) {
    const isHiddenRow = sheet.isHiddenRow(row.number)
    const cells = row.cells.filter(({ column, text }) => {
      const isHidden = isHiddenRow || sheet.isHiddenColumn(column)
      if (isHidden) builder.hide(text)
      return !isHidden
    })
    if (cells.length > 0) shown.push({ number: row.number, cells })
  }
  return shown
}

/** What a merge hides, such as the name of a group beside its rows, is said in each of those rows. */
function filledDown(rows: readonly Row[], merged: readonly MergedCells[]): readonly Row[] {
  const byNumber = new Map(rows.map((row) => [row.number, row]))
  const added = new Map<number, { column: number; text: string }[]>()
  let fills = 0
  for (const { firstRow, lastRow, firstColumn } of merged) {
    const text = byNumber.get(firstRow)?.cells.find(({ column }) => column === firstColumn)?.text
    if (text === undefined) continue
    for (let row = firstRow + 1; row <= Math.min(lastRow, firstRow + MOST_MERGED_ROWS); row++) {
      if (++fills > MOST_FILLS) return rows
      const cells = byNumber.get(row)?.cells
      if (cells === undefined || cells.some(({ column }) => column === firstColumn)) continue
      added.set(row, [...(added.get(row) ?? []), { column: firstColumn, text }])
    }
  }
  return rows.map((row) => {
    const cells = added.get(row.number)
    return cells === undefined
      ? row
      : { number: row.number, cells: [...row.cells, ...cells].sort((one, other) => one.column - other.column) }
  })
}

/** A merge over more rows is a background, not the name of a group. */
const MOST_MERGED_ROWS = 1000
const MOST_FILLS = 200_000
