import type { Range } from "./types.ts"

/**
 * The names of the columns of the row that stands at `start`: the first line of its table, whose cells are joined by ` | `
 * and which is a block of the canonical text. Undefined where the row is that line itself, or where that line holds no
 * names but is a row like the others.
 */
export function tableHeaderAt(text: string, start: number): Range | undefined {
  if (text[start - 1] !== "\n" || text[start - 2] === "\n") return undefined
  const row = lineAt(text, start)
  if (!row.includes(BAR)) return undefined
  const window = text.slice(Math.max(0, start - LONGEST_TABLE), start)
  const border = window.lastIndexOf("\n\n")
  if (border < 0 && window.length < start) return undefined
  const from = border < 0 ? 0 : start - window.length + border + 2
  const header = lineAt(text, from)
  return isHeader(header.split(BAR), row.split(BAR)) ? { start: from, end: from + header.length } : undefined
}

const BAR = " | "
/** How far a header is looked for, so that a file of nothing but rows costs no time to speak of; characters. */
const LONGEST_TABLE = 50_000
const NUMBER = /^[-+(]?\p{Sc}?\s?\p{Nd}[\p{Nd}.,:/\s-]*[)%\p{Sc}]?$/u
const YEAR = /^(?:19|20)\d\d$/

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start)
  return text.slice(start, end < 0 ? text.length : end)
}

/**
 * Different names, as many as there are cells, none like the value in its column but for a number; a year is one where the
 * row has none in its column.
 */
function isHeader(names: readonly string[], cells: readonly string[]): boolean {
  if (names.length !== cells.length || new Set(names).size < names.length) return false
  const isLike = (name: string, cell = ""): boolean =>
    !NUMBER.test(name) && name !== "" && shapeOf(name) === shapeOf(cell)
  if (names.some((name, place) => isLike(name, cells[place]))) return false
  const isYear = (place: number): boolean => YEAR.test(names[place] ?? "") && !YEAR.test(cells[place] ?? "")
  return names.every((name, place) => !NUMBER.test(name) || isYear(place)) && names.some((name) => !NUMBER.test(name))
}

/** The text with all its numbers alike. */
function shapeOf(text: string): string {
  return text.replace(/\p{Nd}+/gu, "0")
}
