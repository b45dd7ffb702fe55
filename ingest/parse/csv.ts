import { CsvError, type Options, parse } from "csv-parse/sync"
import type { Parser } from "../../src/core/ports.ts"
import { decodeText } from "./decode.ts"
import { parseFailure } from "./failure.ts"
import { createCellCounter } from "./sheet.ts"
import { appendRows } from "./table-rows.ts"
import { cleanLine, createTextBuilder } from "./text-builder.ts"

/** Delimited tables. Each row is a block of its own that repeats the header. */
export const csvParser: Parser = {
  mediaTypes: ["text/csv", "text/tab-separated-values"],
  extensions: [".csv", ".tsv"],
  async parse(bytes, file) {
    const { text, warnings } = decodeText(bytes, file.path)
    const builder = createTextBuilder()
    for (const warning of warnings) builder.warn(warning)
    const preferred = file.mediaType === "text/tab-separated-values" ? "\t" : undefined
    const delimiter = detectDelimiter(text, preferred)
    const counter = createCellCounter(file.path)
    const rows = readRows(text, delimiter, file.path).flatMap((row, index) => {
      const cells = row.flatMap((cell, column) => (cell === "" ? [] : [{ column, text: cell }]))
      for (const cell of row) counter.cell(cell.length)
      if (cells.length === 0) return []
      counter.row()
      return [{ number: index + 1, cells }]
    })
    const separator = delimiter === "," || delimiter === ";" ? `${delimiter} ` : " | "
    return builder.finish({ title: appendRows(builder, rows, { separator }) })
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

/** Share of rows with the commonest count of cells, weighed by that count; 0 where it is one cell. */
function evenness(rows: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>()
  for (const row of rows) {
    if (row.length > 1 || row[0] !== "") counts.set(row.length, (counts.get(row.length) ?? 0) + 1)
  }
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
} as const satisfies Options

function clean(rows: string[][]): string[][] {
  return rows.map((row) => row.map(cleanLine))
}
