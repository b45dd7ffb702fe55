/** Results go to stdout, everything else to stderr. */

export function print(line: string): void {
  write(`${line}\n`)
}

/** Text without what a terminal would obey: documents may hold escape sequences. */
export function write(text: string): void {
  process.stdout.write(text.replace(CONTROL_CHARACTERS, ""))
}

/** Direction marks are escaped, so that a terminal shows what there is in the order in which it stands. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value).replace(DIRECTION_MARKS, escaped))
}

/** A difference, with its sign and four decimals. */
export function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(4)}`
}

/** A line for people; kept out of the results. */
export function note(line: string): void {
  process.stderr.write(`${line.replace(CONTROL_CHARACTERS, "")}\n`)
}

/** A text of several lines, in which nothing can hide: control characters and direction marks are escaped. */
export function shownText(text: string): string {
  return text.replace(CONTROL_CHARACTERS, escaped).replace(DIRECTION_MARKS, escaped)
}

/** A name as one line that cannot look like another one: line ends, control characters and direction marks escaped. */
export function shown(name: string): string {
  return name.replace(/\p{Cc}/gu, escaped).replace(DIRECTION_MARKS, escaped)
}

function escaped(character: string): string {
  if (character === "\n") return "\\n"
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

/** Marks, embeddings, overrides and isolates of the bidirectional algorithm; zero-width characters. */
const DIRECTION_MARKS = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** All but tab and line feed. */
const CONTROL_CHARACTERS = /[^\P{Cc}\t\n]/gu

export const isTerminal = (): boolean => process.stdout.isTTY === true

const REDRAW_MS = 50
const LINE_MS = 5_000

/** A line on stderr that is written over on a terminal, and every five seconds elsewhere. */
export function createStatusLine(): { show(text: string): void; end(): void } {
  const live = process.stderr.isTTY === true
  let last = live ? 0 : Date.now()
  let shown = false
  return {
    show: (text) => {
      const now = Date.now()
      if (now - last < (live ? REDRAW_MS : LINE_MS)) return
      last = now
      shown = true
      process.stderr.write(live ? `\r\u001b[2K${text}` : `${text}\n`)
    },
    end: () => {
      if (live && shown) process.stderr.write("\r\u001b[2K")
      shown = false
    },
  }
}

/** `part / whole` as a bar of 24 places. */
export function bar(done: number, total: number): string {
  const places = 24
  const filled = total === 0 ? places : Math.round((places * Math.min(done, total)) / total)
  return `${"█".repeat(filled)}${"░".repeat(places - filled)}`
}

/** Aligned columns; nothing stands behind the last one. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** Cuts at a word where it can, with an ellipsis; white space becomes single spaces. */
export function shorten(text: string, length: number): string {
  const flat = text.replace(/\s+/g, " ").trim()
  if (flat.length <= length) return flat
  const cut = flat.slice(0, length - 1)
  const space = cut.lastIndexOf(" ")
  return `${space > length / 2 ? cut.slice(0, space) : cut}…`
}
