import type { Range } from "../../core/types.ts"

/** A cell of a row; all offsets count in the canonical text. What stands between cells belongs to the one before. */
export interface TextCell {
  /** `Name: ` in front of the value, which the head of the column shows already; empty where there is none. */
  readonly name: Range
  readonly value: Range
  /** `; ` or ` | ` behind it; empty behind the last one. */
  readonly separator: Range
  /** From 0. */
  readonly column: number
}

export interface TextRow extends Range {
  readonly cells: readonly TextCell[]
}

export interface TextTable {
  readonly head: TextRow | undefined
  /** What the columns are called; empty where nothing says it. */
  readonly names: readonly string[]
  readonly rows: readonly TextRow[]
}

/**
 * The rows and cells of a table in the canonical text: `a | b` in documents; in sheets the names of the columns once and
 * then `name: value; name: value`, where each row names its columns so that it can be read alone.
 */
export function tableOf(
  text: string,
  { start, isSheet, isContinued }: { readonly start: number; readonly isSheet: boolean; readonly isContinued: boolean },
): TextTable {
  const lines = linesOf(text, start)
  const [first] = lines
  if (!isSheet) {
    const rows = lines.map((line) => ({ ...rangeOf(line), cells: cellsBetween(line, BAR) }))
    const isHead = !isContinued && rows.length > 1
    return { head: isHead ? rows[0] : undefined, names: [], rows: isHead ? rows.slice(1) : rows }
  }
  const learnt = learntNames(lines.map((line) => line.text))
  const head = isContinued || first === undefined || lines.length < 2 ? undefined : headOf(first, learnt)
  const names = head?.cells.map(({ value }) => text.slice(value.start - start, value.end - start)) ?? learnt
  const body = head === undefined ? lines : lines.slice(1)
  return { head, names, rows: body.map((line) => ({ ...rangeOf(line), cells: namedCells(line, names) })) }
}

interface Line {
  readonly text: string
  readonly start: number
}

function linesOf(text: string, start: number): Line[] {
  const lines: Line[] = []
  let at = start
  for (const line of text.split("\n")) {
    lines.push({ text: line, start: at })
    at += line.length + 1
  }
  return lines
}

function rangeOf({ text, start }: Line): Range {
  return { start, end: start + text.length }
}

function cellsBetween({ text, start }: Line, separator: string): TextCell[] {
  let at = start
  return text.split(separator).map((cell, column, all) => {
    const value = { start: at, end: at + cell.length }
    at = value.end + (column < all.length - 1 ? separator.length : 0)
    return { name: { start: value.start, end: value.start }, value, separator: { start: value.end, end: at }, column }
  })
}

/** The first line, where it has the names that stand in front of the values: between them is what parts most of them. */
function headOf(line: Line, learnt: readonly string[]): TextRow | undefined {
  const known = new Set(learnt)
  const [best] = SEPARATORS.map((separator) => {
    const cells = line.text.split(separator)
    return { separator, cells: cells.length, names: cells.filter((cell) => known.has(cell)).length }
  }).sort((one, other) => other.names - one.names)
  if (best === undefined || best.cells < 2 || (known.size > 0 && best.names === 0)) return undefined
  return { ...rangeOf(line), cells: cellsBetween(line, best.separator) }
}

/** Names that stand in front of values in most of the rows, in the order of the first row that has them all. */
function learntNames(lines: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) {
    for (const cell of line.split("; ")) {
      const [, name] = /^([^:]{1,121}): /.exec(cell) ?? []
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return [...counts].filter(([, count]) => count * 3 >= lines.length).map(([name]) => name)
}

function namedCells(line: Line, names: readonly string[]): TextCell[] {
  const { text, start } = line
  const borders = bordersOf(text, names)
  if (borders.length === 0) return cellsBetween(line, BAR)
  return borders.map(({ at, name, column }, index) => {
    const next = borders[index + 1]
    const end = next === undefined ? text.length : next.at - SEMICOLON.length
    return {
      name: { start: start + at, end: start + at + name },
      value: { start: start + at + name, end: start + end },
      separator: { start: start + end, end: start + (next?.at ?? end) },
      column,
    }
  })
}

/** Where cells begin: `name: ` at the beginning or behind `; `. What stands before the first one belongs to it. */
function bordersOf(text: string, names: readonly string[]): { at: number; name: number; column: number }[] {
  const borders: { at: number; name: number; column: number }[] = []
  let from = 0
  for (const [column, name] of names.entries()) {
    const label = `${name}: `
    const at = from === 0 && text.startsWith(label) ? 0 : text.indexOf(SEMICOLON + label, Math.max(0, from - 1))
    if (at < 0) continue
    const begin = at === 0 && text.startsWith(label) ? 0 : at + SEMICOLON.length
    borders.push({ at: begin, name: label.length, column })
    from = begin + label.length
  }
  const [first] = borders
  if (first !== undefined && first.at > 0)
    return [{ at: 0, name: 0, column: 0 }, ...borders.filter(({ column }) => column > 0)]
  return borders
}

const BAR = " | "
const SEPARATORS = [BAR, ", ", "; "] as const
const SEMICOLON = "; "
