import { splitSentences } from "../src/core/sentences.ts"
import type { ParsedDocument, Range } from "../src/core/types.ts"
import { type Language, tokenWeight } from "./estimate-tokens.ts"

/** What is never cut: a sentence, a line of a table or of code, a heading. */
interface Atom extends Range {
  readonly page: number | null
  /** Headings that it stands below; a heading stands below itself, for it opens its section. */
  readonly sectionPath: readonly string[]
  readonly isHeading: boolean
  readonly endsBlock: boolean
  /** Number of the row that it is or stands in. */
  readonly row?: number
  /** Estimate, not rounded. */
  readonly tokens: number
}

/** Neighbouring atoms of one page and, unless tiny sections were joined, of one heading path. */
export interface Section {
  readonly page: number | null
  readonly headingPath: readonly string[]
  readonly atoms: readonly Atom[]
  readonly tokens: number
}

interface AtomOptions {
  readonly language: Language
  /** Tokens of text that fit below a heading path. */
  readonly limitFor: (headingPath: readonly string[]) => number
}

/**
 * The document's sentences and rows of tables in order. A row that exceeds the limit is cut between cells, what exceeds
 * it then between words.
 */
export function atomsOf(document: ParsedDocument, options: AtomOptions): Atom[] {
  const atoms: Atom[] = []
  for (const block of document.blocks) {
    const isHeading = block.type === "heading"
    const text = document.text.slice(block.start, block.end)
    const sectionPath = isHeading ? [...block.headingPath, text] : block.headingPath
    const limit = options.limitFor(sectionPath)
    const isRow = block.row !== undefined
    const isWhole = isHeading || (isRow && tokenWeight(text, options.language) <= limit)
    const ranges = isWhole ? [{ start: 0, end: text.length }] : isRow ? splitCells(text) : splitSentences(text)
    const pieces = ranges.flatMap((range) => cutLong(text, range, { ...options, limit }))
    for (const [index, { start, end, tokens }] of pieces.entries()) {
      const endsBlock = index === pieces.length - 1
      const { page, row } = block
      // Written out: an object put together from others takes ten times as long, and there is one for each sentence.
      const atom = {
        start: block.start + start,
        end: block.start + end,
        page,
        sectionPath,
        isHeading,
        endsBlock,
        tokens,
      }
      atoms.push(row ? { ...atom, row } : atom)
    }
  }
  return atoms
}

/** Groups atoms by page and heading path; headings go with what they lead to, tiny neighbours go together. */
export function sectionsOf(atoms: readonly Atom[]): Section[] {
  const sections: OpenSection[] = []
  for (const atom of atoms) {
    const open = sections.at(-1)
    if (open !== undefined && open.page === atom.page && continues(open, atom)) {
      open.atoms.push(atom)
      open.tokens += atom.tokens
      open.headingPath = atom.sectionPath
      open.hasBody ||= !atom.isHeading
    } else {
      const { page, sectionPath: headingPath, tokens } = atom
      sections.push({ page, headingPath, atoms: [atom], tokens, hasBody: !atom.isHeading })
    }
  }
  return joinTiny(sections)
}

interface OpenSection {
  readonly page: number | null
  headingPath: readonly string[]
  readonly atoms: Atom[]
  tokens: number
  hasBody: boolean
}

type WeighedRange = Range & { readonly tokens: number }

/** A section below this many tokens says little by itself. */
const TINY_TOKENS = 50
/** What joined tiny sections may reach: a few of a kind, not a page of everything. */
const JOINED_TOKENS = 120

function continues(open: OpenSection, atom: Atom): boolean {
  if (atom.isHeading) return !open.hasBody && startsWith(atom.sectionPath, open.headingPath)
  return atom.sectionPath.length === open.headingPath.length && startsWith(atom.sectionPath, open.headingPath)
}

/** Joins neighbouring tiny sections of a page; their heading path is what they have in common. */
function joinTiny(sections: readonly OpenSection[]): Section[] {
  const joined: (OpenSection & { lastTokens: number })[] = []
  for (const section of sections) {
    const open = joined.at(-1)
    const areTiny = section.tokens < TINY_TOKENS && open !== undefined && open.lastTokens < TINY_TOKENS
    if (areTiny && open.page === section.page && open.tokens + section.tokens <= JOINED_TOKENS) {
      open.atoms.push(...section.atoms)
      open.tokens += section.tokens
      open.lastTokens = section.tokens
      open.headingPath = commonStart(open.headingPath, section.headingPath)
    } else joined.push({ ...section, lastTokens: section.tokens })
  }
  return joined
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.length <= path.length && start.every((heading, index) => path[index] === heading)
}

function commonStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const different = a.findIndex((heading, index) => b[index] !== heading)
  return different < 0 ? a : a.slice(0, different)
}

/** Cells of a row, `header: value; header: value` or joined by bars. */
function splitCells(text: string): Range[] {
  const cells: Range[] = []
  let start = 0
  for (const { 0: border, index } of text.matchAll(/; | \| /g)) {
    cells.push({ start, end: index + border.trimEnd().length })
    start = index + border.length
  }
  return [...cells, { start, end: text.length }].filter((cell) => text.slice(cell.start, cell.end).trim() !== "")
}

/** The range, or where it exceeds the limit its pieces: between words, and within a word that is too long by itself. */
function cutLong(
  text: string,
  range: Range,
  { limit, language }: { readonly limit: number; readonly language: Language },
): WeighedRange[] {
  const weigh = (start: number, end: number): number => tokenWeight(text.slice(start, end), language)
  const whole = weigh(range.start, range.end)
  if (whole <= limit) return [{ start: range.start, end: range.end, tokens: whole }]
  const pieces: WeighedRange[] = []
  let open: WeighedRange | undefined
  for (const word of text.slice(range.start, range.end).matchAll(/\S+/gu)) {
    for (const part of cutWord(word[0], range.start + word.index, { limit, language })) {
      if (open !== undefined && open.tokens + part.tokens <= limit) {
        open = { start: open.start, end: part.end, tokens: open.tokens + part.tokens }
      } else {
        if (open !== undefined) pieces.push(open)
        open = part
      }
    }
  }
  if (open !== undefined) pieces.push(open)
  return pieces
}

/** Scripts without spaces and encoded data come as one long word. */
function cutWord(
  word: string,
  start: number,
  { limit, language }: { readonly limit: number; readonly language: Language },
): WeighedRange[] {
  const tokens = tokenWeight(word, language)
  if (tokens <= limit) return [{ start, end: start + word.length, tokens }]
  const middle = Math.floor(word.length / 2)
  // Never between the two halves of a character beyond the first plane.
  const at = /[\uDC00-\uDFFF]/.test(word[middle] ?? "") ? middle - 1 : middle
  const options = { limit, language }
  return [...cutWord(word.slice(0, at), start, options), ...cutWord(word.slice(at), start + at, options)]
}
