import { separateCjk } from "../src/core/cjk.ts"
import { withCompounds } from "../src/core/compounds.ts"
import { tableHeaderAt } from "../src/core/table-header.ts"
import type { Chunk, ParsedDocument, Range } from "../src/core/types.ts"
import { atomsOf, type Section, sectionsOf } from "./chunk-sections.ts"
import { estimateTokens, type Language, languageOf, tokenWeight } from "./estimate-tokens.ts"

/** Part of an index generation's fingerprint: raise it with every change of a border, the embedded or the lexical text. */
export const CHUNKER_VERSION = 4

/** Header and text together: below the 256 tokens of embedder and reader, with room for the estimate's error. */
export const MAX_TOKENS = 240
/** Measured best for retrieval and reading: about 200 tokens along sections (`data/models/ibid-evidence-v1`). */
const TARGET_TOKENS = 200

/**
 * Cuts a document into chunks of about 200 tokens: contiguous ranges of the canonical text on sentence and block
 * borders, in order, without overlap, together covering all blocks. A chunk stays on one page and below one heading,
 * whose line opens it; neighbouring sections share a chunk only where both are tiny.
 */
export function chunk(document: ParsedDocument): Chunk[] {
  const language = languageOf(document.text)
  const limits = new Map<string, number>()
  const limitFor = (headingPath: readonly string[]): number => {
    const path = headingPath.join("\n")
    const known = limits.get(path)
    if (known !== undefined) return known
    const limit = MAX_TOKENS - estimateTokens(headerOf(document.title ?? UNKNOWN_TITLE, headingPath), language)
    limits.set(path, limit)
    return limit
  }
  const sections = sectionsOf(atomsOf(document, { language, limitFor }))
  return sections
    .flatMap((section) => pack(section, { limit: limitFor(section.headingPath), text: document.text, language }))
    .map((range, ordinal) => ({ ordinal, ...range, ...pieceAt(document.text, range) }))
}

/** What stands at a chunk's place, and the names of the columns where it begins within a table. */
export function pieceAt(text: string, { start, end }: Range): Pick<Chunk, "text" | "tableHeader"> {
  const header = tableHeaderAt(text, start)
  return { text: text.slice(start, end), ...(header && { tableHeader: text.slice(header.start, header.end) }) }
}

/**
 * What the embedder sees: `title > heading > heading`, a line end, the names of the columns where the chunk begins within a
 * table, a line end, the text. The names are left out where a single row leaves no room for them.
 */
export function embeddedText(title: string, piece: Pick<Chunk, "headingPath" | "text" | "tableHeader">): string {
  const header = headerOf(title, piece.headingPath)
  const names = columnNames(piece.tableHeader)
  const hasRoom = names === "" || tokenWeight([header, names, piece.text].join(" ")) <= MAX_TOKENS
  return [header, hasRoom ? names : "", piece.text].filter((part) => part !== "").join("\n")
}

/**
 * What full text sees of the chunk at a place among those of its document: the title counts three times, the headings
 * twice (measured, BM25 over chunks), and the chunks right before and after it below the same headings once, for the words
 * of a question are often spread over more than a chunk (scifact's train split, nDCG@10 of BM25 alone: .692 without
 * them, .706 with them). The names of a table's columns stand in each of its chunks. Compounds are written as one word too,
 * and scripts without spaces cut into pairs of characters.
 */
export function lexicalText(
  title: string,
  chunks: readonly Pick<Chunk, "headingPath" | "text" | "tableHeader">[],
  place: number,
): string {
  const headingsAt = (index: number): string | undefined => chunks[index]?.headingPath.join("\n")
  const headings = headingsAt(place) ?? ""
  const section = [place, place - 1, place + 1].filter((index) => headingsAt(index) === headings)
  const texts = section.map((index) => chunks[index]?.text ?? "")
  const names = chunks[place]?.tableHeader ?? ""
  const parts = [title, title, title, headings, headings, names, ...texts].filter((part) => part !== "")
  return separateCjk(withCompounds(parts.join("\n")))
}

/** A document without a title gets the name of its file: about this long. */
const UNKNOWN_TITLE = "the name of the file instead of a title"
/** What a header has beyond this is left out, outer headings first: it must not crowd out the text. */
const MAX_HEADER_TOKENS = 40
/** A cut within a block costs as much as missing the ideal size by this share. */
const BLOCK_PREFERENCE = 0.15

function headerOf(title: string, headingPath: readonly string[]): string {
  const path = headingPath[0] === title ? headingPath.slice(1) : [...headingPath]
  const header = (): string => [title, ...path].filter((part) => part !== "").join(" > ")
  while (path.length > 1 && tokenWeight(header()) > MAX_HEADER_TOKENS) path.shift()
  return withinHeader(header())
}

function columnNames(tableHeader: string | undefined): string {
  return tableHeader === undefined ? "" : withinHeader(tableHeader)
}

function withinHeader(text: string): string {
  const words = text.split(" ")
  let tokens = 0
  let count = 0
  while (count < words.length && tokens + tokenWeight(words[count] ?? "") <= MAX_HEADER_TOKENS) {
    tokens += tokenWeight(words[count] ?? "")
    count++
  }
  return words.slice(0, count).join(" ")
}

interface PackOptions {
  /** Tokens of text that fit below the headings. */
  readonly limit: number
  /** Canonical. */
  readonly text: string
  readonly language: Language
}

/**
 * Cuts a section into as few chunks as the target allows, of about equal size, so that no crumb is left at its end.
 * Borders of blocks are preferred to those of sentences, and a heading never ends a chunk.
 */
function pack(section: Section, options: PackOptions): Omit<Chunk, "ordinal" | "text">[] {
  const { atoms, page, headingPath } = section
  const ranges: Omit<Chunk, "ordinal" | "text">[] = []
  let remaining = section.tokens
  let from = 0
  while (from < atoms.length) {
    const start = atoms[from]?.start ?? 0
    const names = columnNames(pieceAt(options.text, { start, end: start }).tableHeader)
    const limit = options.limit - (names === "" ? 0 : estimateTokens(names, options.language))
    const target = Math.min(TARGET_TOKENS, limit)
    const ideal = remaining <= limit ? remaining : remaining / Math.ceil(remaining / target)
    let best = { end: from, tokens: 0, cost: Number.POSITIVE_INFINITY }
    let tokens = 0
    for (let index = from; index < atoms.length; index++) {
      const atom = atoms[index]
      if (atom === undefined) break
      tokens += atom.tokens
      if (tokens > limit && index > from) break
      const isLast = index === atoms.length - 1
      const cost =
        Math.abs(tokens - ideal) +
        (atom.endsBlock ? 0 : ideal * BLOCK_PREFERENCE) +
        (atom.isHeading && !isLast ? limit * 2 : 0)
      if (cost <= best.cost) best = { end: index, tokens, cost }
    }
    const rows = rowsOf(atoms.slice(from, best.end + 1))
    ranges.push({ start, end: atoms[best.end]?.end ?? start, page, headingPath, ...(rows && { rows }) })
    remaining -= best.tokens
    from = best.end + 1
  }
  return ranges
}

/** First and last row of a table among the atoms; undefined where there is none. */
function rowsOf(atoms: Section["atoms"]): Chunk["rows"] {
  const rows = atoms.flatMap(({ row }) => row ?? [])
  const first = rows[0]
  const last = rows.at(-1)
  return first === undefined || last === undefined ? undefined : [Math.min(first, last), Math.max(first, last)]
}
