import { CsvError, type Options, parse } from "csv-parse/sync"
import type { Parser } from "../../src/core/ports.ts"
import { decodeText } from "./decode.ts"
import { parseFailure } from "./failure.ts"
import { cleanLine, createTextBuilder } from "./text-builder.ts"

/** Delimited tables. Each row is a block of its own, `header: value; header: value`, so that no row loses its header. */
export const csvParser: Parser = {
  mediaTypes: ["text/csv", "text/tab-separated-values"],
  extensions: [".csv", ".tsv"],
  async parse(bytes, file) {
    const { text, warnings } = decodeText(bytes, file.path)
    const builder = createTextBuilder()
    for (const warning of warnings) builder.warn(warning)
    const preferred = file.mediaType === "text/tab-separated-values" ? "\t" : undefined
    const rows = readRows(text, detectDelimiter(text, preferred), file.path).filter((row) =>
      row.some((cell) => cell !== ""),
    )
    const headerIndex = findHeader(rows)
    const header = rows[headerIndex] ?? []
    const captions = rows.slice(0, Math.max(0, headerIndex)).map((row) => row.filter((cell) => cell !== "").join(" | "))
    for (const caption of captions) builder.paragraph(caption)
    const body = rows.slice(headerIndex + 1)
    for (const row of body) builder.tableRow(rowLine(row, header))
    if (body.length === 0) builder.tableRow(header.join(" | "))
    return builder.finish({ title: captions[0] ?? null })
  },
}

/**
 * The delimiter among comma, semicolon, tab and bar that cuts the first rows most evenly into most cells; comma where
 * none cuts anything.
 */
function detectDelimiter(text: string, preferred?: string): string {
  const sample = text.slice(0, SAMPLE_CHARACTERS)
  let best = preferred ?? ","
  let bestScore = 0
  for (const delimiter of preferred === undefined ? DELIMITERS : [preferred, ...DELIMITERS]) {
    const score = evenness(readLenient(sample, delimiter).slice(0, SAMPLE_ROWS))
    if (score > bestScore) {
      best = delimiter
      bestScore = score
    }
  }
  return best
}

const DELIMITERS = [",", ";", "\t", "|"]
const SAMPLE_CHARACTERS = 50_000
const SAMPLE_ROWS = 50
/** Lines above the header that a title, a date or a note may take. */
const MAX_CAPTION_ROWS = 5
const NUMBER_OR_DATE = /^[-+(]?[\p{Sc}]?\s?\p{Nd}[\p{Nd}.,:/\s-]*[)%\p{Sc}]?$/u

/** Share of rows with the commonest count of cells, weighed by that count; 0 where it is one cell. */
function evenness(rows: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>()
  for (const row of rows) counts.set(row.length, (counts.get(row.length) ?? 0) + 1)
  let score = 0
  for (const [cells, count] of counts) {
    if (cells > 1) score = Math.max(score, (count / rows.length) * (2 - 1 / cells))
  }
  return score
}

function readRows(text: string, delimiter: string, path: string): string[][] {
  try {
    return readStrict(text, delimiter)
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw parseFailure("broken-file", path, { cause })
    return readLenient(text, delimiter) // An unclosed quote: better the cells with their quotation marks than nothing.
  }
}

function readStrict(text: string, delimiter: string): string[][] {
  return clean(parse(text, { ...OPTIONS, delimiter }))
}

function readLenient(text: string, delimiter: string): string[][] {
  try {
    return readStrict(text, delimiter)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return clean(parse(text, { ...OPTIONS, delimiter, quote: false }))
  }
}

const OPTIONS = {
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
} as const satisfies Options

function clean(rows: string[][]): string[][] {
  return rows.map((row) => row.map(cleanLine))
}

/** Index of the header row, or -1: the first full row (one name may lack), if it holds names and no numbers or dates. */
function findHeader(rows: readonly (readonly string[])[]): number {
  const width = rows.slice(0, SAMPLE_ROWS).reduce((widest, row) => Math.max(widest, filled(row)), 0)
  const index = rows.slice(0, MAX_CAPTION_ROWS + 1).findIndex((row) => filled(row) >= Math.max(2, width - 1))
  const header = rows[index]
  if (header === undefined || width < 2) return -1
  const names = header.filter((cell) => cell !== "")
  if (names.some((cell) => NUMBER_OR_DATE.test(cell)) || new Set(names).size < names.length) return -1
  return index
}

function filled(row: readonly string[]): number {
  return row.filter((cell) => cell !== "").length
}

function rowLine(row: readonly string[], header: readonly string[]): string {
  if (header.length === 0) return row.filter((cell) => cell !== "").join(" | ")
  return row
    .map((cell, index) => (cell === "" ? "" : header[index] ? `${header[index]}: ${cell}` : cell))
    .filter((cell) => cell !== "")
    .join("; ")
}
