import type { Block, BlockType, ParsedDocument, WeakPage } from "../../src/core/types.ts"

export interface TextBuilder {
  /** A heading of level 1 to 6; blocks that follow stand below it. */
  heading(level: number, text: string): void
  /** White space collapses to single spaces, `\n` stays as a line break. Text without content adds nothing. */
  paragraph(text: string): void
  listItem(text: string): void
  /** Rows of cells, one line a row, cells joined by ` | `; empty rows are left out. One block. */
  table(rows: readonly (readonly string[])[]): void
  /** One row that stands for itself: a block of its own, one line below the row before it. `row` is its number from 1. */
  tableRow(line: string, row?: number): void
  /** Line breaks and indentation stay. */
  code(text: string): void
  /** Page of the blocks that follow, from 1; `label` is what the document calls it, where that is not the number. */
  page(number: number, label?: string): void
  /** Blocks that follow stand below no heading, such as those of a slide without a title. */
  endSection(): void
  warn(code: string): void
  /** Counts text that a reader of the document does not see; it is not indexed. */
  hide(text: string): void
  /** Counts characters that stand for nothing, such as glyphs without a meaning. */
  drop(characters: number): void
  weakPage(page: WeakPage): void
  /** A page that waits for recognition. */
  recognise(page: number): void
  /** First heading so far, or null. */
  readonly firstHeading: string | null
  readonly isEmpty: boolean
  /** The document so far, also before the end: what follows only adds. Warns `no-text` where there is none. */
  finish(document: { readonly title: string | null; readonly pages?: number }): ParsedDocument
}

/**
 * Builds the canonical text block by block: NFC, `\n`, no control or invisible characters, blocks apart by a blank line
 * (list items and single rows by a line end), so that `text.slice(block.start, block.end)` is exactly the block.
 */
export function createTextBuilder(): TextBuilder {
  const parts: string[] = []
  const blocks: Block[] = []
  const warnings: string[] = []
  let length = 0
  let page: number | null = null
  let headings: { readonly level: number; readonly title: string }[] = []
  let firstHeading: string | null = null
  let hasContent = false
  const labels = new Map<number, string>()
  const weakPages: WeakPage[] = []
  const pagesToRecognise: number[] = []
  let tables = 0
  let charactersDropped = 0
  let hiddenCharacters = 0

  function append(
    type: BlockType,
    text: string,
    options: { readonly level?: number; readonly isTight?: boolean; readonly row?: number } = {},
  ) {
    if (text.length === 0) return
    const previous = blocks.at(-1)
    charactersDropped += text.length - text.replaceAll("\uFFFD", "").length
    if (type === "table" && !(options.isTight === true && previous?.type === "table")) tables++
    const isTight = options.isTight === true && previous?.type === type && previous.page === page
    const separator = previous === undefined ? "" : isTight ? "\n" : "\n\n"
    const start = length + separator.length
    parts.push(separator, text)
    length = start + text.length
    const headingPath = headings.map((heading) => heading.title)
    const { level, row } = options
    blocks.push({ type, start, end: length, page, headingPath, ...(level && { level }), ...(row && { row }) })
    hasContent ||= CONTENT.test(text)
  }

  return {
    heading(level, text) {
      const title = cleanLine(text)
      if (!CONTENT.test(title)) return
      headings = headings.filter((heading) => heading.level < level)
      append("heading", title, { level })
      headings = [...headings, { level, title }]
      firstHeading ??= title
    },
    paragraph: (text) => append("paragraph", cleanProse(text)),
    listItem: (text) => append("list-item", cleanProse(text), { isTight: true }),
    table(rows) {
      const lines = rows.map((cells) => cells.map(cleanLine)).filter((cells) => cells.some((cell) => cell !== ""))
      append("table", lines.map((cells) => cells.join(" | ").trim()).join("\n"))
    },
    tableRow: (line, row) => append("table", cleanLine(line), { isTight: true, ...(row && { row }) }),
    code: (text) => append("code", cleanCode(text)),
    page(number, label) {
      page = number
      const name = cleanLine(label ?? "")
      if (name !== "" && name !== String(number)) labels.set(number, name)
    },
    endSection() {
      headings = []
    },
    hide(text) {
      hiddenCharacters += text.replace(/\s+/g, "").length
    },
    drop(characters) {
      charactersDropped += characters
    },
    weakPage(weak) {
      weakPages.push(weak)
    },
    recognise(number) {
      pagesToRecognise.push(number)
    },
    warn(code) {
      if (!warnings.includes(code)) warnings.push(code)
    },
    get firstHeading() {
      return firstHeading
    },
    get isEmpty() {
      return !hasContent
    },
    finish(document) {
      const title = cleanLine(document.title ?? "")
      const pages = document.pages ?? null
      const unread = weakPages.filter(({ reason }) => reason !== "recognised" && reason !== "poor-text").length
      return {
        title: title === "" ? null : title,
        text: hasContent ? parts.join("") : "",
        blocks: hasContent ? [...blocks] : [],
        pages,
        ...(labels.size > 0 && pages !== null && { pageLabels: labelList(labels, pages) }),
        warnings: hasContent || warnings.includes("no-text") ? [...warnings] : [...warnings, "no-text"],
        report: {
          pagesRead: pages === null ? null : pages - unread,
          weakPages: [...weakPages],
          pagesToRecognise: [...pagesToRecognise],
          ...{ tables, charactersDropped, hiddenCharacters },
          embeddedFiles: [],
        },
      }
    },
  }
}

function labelList(labels: ReadonlyMap<number, string>, pages: number): string[] {
  return Array.from({ length: pages }, (_, index) => labels.get(index + 1) ?? String(index + 1))
}

/** One line: all white space collapses to single spaces. */
export function cleanLine(text: string): string {
  return cleanCharacters(text).replace(/\s+/g, " ").trim()
}

const CONTENT = /[\p{L}\p{N}\p{S}]/u
const LONE_SURROGATE = /\p{Surrogate}/gu
// Byte order mark, soft hyphen, zero-width space, word joiner, interlinear marks, tag characters: a reader sees none of
// them, and they split words in search. Joiners (U+200C, U+200D) stay: scripts and emoji need them.
const INVISIBLE = /[\u00AD\u200B\u2060-\u2064\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes.
const CONTROL = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F]/g
const LINE_END = /\r\n?|[\u0085\u2028\u2029\f\v]/g

// Sorting the marks on a letter takes time with the square of their number. Unicode's Stream-Safe Text Format (UAX #15)
// allows thirty; no script needs ten.
const MARK_RUN = /[\u0300-\uFFFF]{31}/
const MARKS = /(\p{M}{30})\p{M}+/gu

/** Nearly all text, in which there is nothing to clean. */
const PLAIN = /^[\t\n -~]*$/

function cleanCharacters(text: string): string {
  if (PLAIN.test(text)) return text
  return (MARK_RUN.test(text) ? text.replace(MARKS, "$1") : text)
    .replace(LINE_END, "\n")
    .replace(CONTROL, "")
    .replace(INVISIBLE, "")
    .replace(LONE_SURROGATE, "\uFFFD")
    .normalize("NFC")
}

function cleanProse(text: string): string {
  return cleanCharacters(text)
    .replace(/[^\S\n]{2,}|[^\S\n ]/g, " ")
    .replace(/ ?\n[ \n]*/g, "\n")
    .trim()
}

function cleanCode(text: string): string {
  const lines = cleanCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd())
  const indents = lines.filter((line) => line !== "").map((line) => line.length - line.trimStart().length)
  const indent = indents.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY)
  return lines
    .map((line) => line.slice(Number.isFinite(indent) ? indent : 0))
    .join("\n")
    .trim()
}
