import type { TextBuilder } from "./text-builder.ts"

interface Cell {
  /** From 0. */
  readonly column: number
  /** One line, never empty. */
  readonly text: string
}

export interface Row {
  /** In its sheet, from 1. */
  readonly number: number
  /** Filled cells alone, by rising column. */
  readonly cells: readonly Cell[]
}

interface AppendOptions {
  /** Stands between the cells of rows that have no header, and of the header itself; ` | ` where it is not given. */
  readonly separator?: string
  /** Whether an empty row may end a table, as it does in sheets. */
  readonly hasGaps?: boolean
  /** What a header's cell names besides its own column: the last column of a merged cell, by the first. */
  readonly headerSpans?: (row: number, column: number) => number
}

/**
 * Appends rows as blocks of their own, `header: value; header: value`, so that no row loses its header; the header
 * itself comes once, as a row. Returns the first line above a header, which often is the table's title.
 */
export function appendRows(builder: TextBuilder, rows: readonly Row[], options: AppendOptions = {}): string | null {
  let header: ReadonlyMap<number, string> = new Map()
  let caption: string | null = null
  const separator = options.separator ?? BAR
  for (const region of options.hasGaps === true ? regions(rows) : [rows]) {
    const index = findHeader(region)
    const isNew = index >= 0 && (header.size === 0 || beginsTable(region, index, header))
    if (!isNew) {
      for (const row of region) appendRow(builder, row, header, separator)
      continue
    }
    for (const row of region.slice(0, index)) {
      const line = plainLine(row, BAR)
      builder.paragraph(line)
      caption ??= line
    }
    const names = region[index]
    if (names === undefined) continue
    header = headerNames(names, options)
    builder.tableRow(plainLine(names, separator), names.number)
    for (const row of region.slice(index + 1)) appendRow(builder, row, header, separator)
  }
  return caption
}

const BAR = " | "
const SAMPLE_ROWS = 50
/** Lines above the header that a title, a date or a note may take. */
const MAX_CAPTION_ROWS = 5
const NUMBER_OR_DATE = /^[-+(]?[\p{Sc}]?\s?\p{Nd}[\p{Nd}.,:/\s-]*[)%\p{Sc}]?$/u

/** Runs of rows without an empty one between them. */
function regions(rows: readonly Row[]): readonly (readonly Row[])[] {
  const found: Row[][] = []
  let previous = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    if (row.number > previous + 1) found.push([])
    found.at(-1)?.push(row)
    previous = row.number
  }
  return found
}

/**
 * Index of the header row, or -1: the first full row (one name may lack), if it holds names. Numbers are none; years and
 * dates are, beside other names, where the columns below hold none.
 */
function findHeader(rows: readonly Row[]): number {
  const width = rows.slice(0, SAMPLE_ROWS).reduce((widest, row) => Math.max(widest, row.cells.length), 0)
  const index = rows.slice(0, MAX_CAPTION_ROWS + 1).findIndex(({ cells }) => cells.length >= Math.max(2, width - 1))
  const header = rows[index]
  if (header === undefined || width < 2) return -1
  const names = header.cells.map(({ text }) => text)
  const body = rows.slice(index + 1, SAMPLE_ROWS)
  // The corner above the names of the rows is often empty.
  const hasCorner = body.some(({ cells }) => (cells[0]?.column ?? 0) < (header.cells[0]?.column ?? 0))
  if (new Set(names).size < names.length) return -1
  if (!hasCorner && names.every((name) => NUMBER_OR_DATE.test(name))) return -1
  const isName = ({ column, text }: Cell): boolean =>
    !NUMBER_OR_DATE.test(text) || (PERIOD.test(text) && body.length > 0 && !holdsPeriods(body, column))
  return header.cells.every(isName) ? index : -1
}

/** Years and dates name columns, such as those of a budget, where what stands below them is something else. */
const PERIOD = /^(?:19|20)\d\d(?:[-/.]\d{1,2}){0,2}$/

function holdsPeriods(rows: readonly Row[], column: number): boolean {
  return rows.some(({ cells }) => cells.some((cell) => cell.column === column && PERIOD.test(cell.text)))
}

/** Rows behind a gap go on with the table above unless a title, other columns or values of another kind say no. */
function beginsTable(region: readonly Row[], index: number, header: ReadonlyMap<number, string>): boolean {
  const names = region[index]?.cells ?? []
  if (index > 0 || names.some(({ column }) => !header.has(column))) return true
  const body = region.slice(index + 1, index + 1 + SAMPLE_ROWS)
  return body.some(({ cells }) => cells.some(({ text }) => NUMBER_OR_DATE.test(text)))
}

function headerNames(row: Row, options: AppendOptions): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const { column, text } of row.cells) {
    const last = Math.min(options.headerSpans?.(row.number, column) ?? column, column + MOST_SPAN)
    for (let at = column; at <= last; at++) if (!names.has(at)) names.set(at, shortName(text))
  }
  return names
}

/** A question of a questionnaire stands in full in the header row, and in front of each answer by its beginning. */
function shortName(name: string): string {
  if (name.length <= MOST_NAME_CHARACTERS) return name
  const cut = name.slice(0, MOST_NAME_CHARACTERS)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), MOST_NAME_CHARACTERS / 2)).trimEnd()}…`
}

const MOST_NAME_CHARACTERS = 120
/** A cell merged across a whole sheet names no more columns than this. */
const MOST_SPAN = 100

/** A wide row takes several lines, each with its first cell, so that no line loses what the row is about. */
function appendRow(builder: TextBuilder, row: Row, header: ReadonlyMap<number, string>, separator: string): void {
  const cells = row.cells.map(({ column, text }) => {
    const name = header.get(column)
    return name === undefined ? text : `${name}: ${text}`
  })
  const between = header.size === 0 ? separator : "; "
  const [first = ""] = cells
  let line = first
  for (const cell of cells.slice(1)) {
    if (line.length + cell.length > MOST_LINE_CHARACTERS && line !== first) {
      builder.tableRow(line, row.number)
      line = first.length <= MOST_REPEATED_CHARACTERS ? `${first}${between}${cell}` : cell
    } else line += `${between}${cell}`
  }
  builder.tableRow(line, row.number)
}

/** About what fits into a chunk. */
const MOST_LINE_CHARACTERS = 700
const MOST_REPEATED_CHARACTERS = 100

function plainLine(row: Row, separator: string): string {
  return row.cells.map(({ text }) => text).join(separator)
}
