import { CJK } from "../core/cjk.ts"
import { splitSentences } from "../core/sentences.ts"
import type { Passage, Range } from "../core/types.ts"

/** A sentence that may become evidence; its range counts in the passage's text. */
export interface Candidate extends Range {
  readonly passage: Passage
  /** Position among the passage's sentences that the reader saw. */
  readonly position: number
  readonly text: string
}

/** A heading or a fragment answers nothing. */
const FEWEST_WORDS = 3
const LONGEST_HEADING_WORDS = 10
/** Arabic and full-width ones too. */
const QUESTION = /[?？؟]$/
const END_MARK = /[.!?:;|”"。！？：；｡．؟۔।」』]$/
/** Scripts without spaces; two of their characters count as a word. */
const DENSE = new RegExp(CJK, "u")
const DENSE_PAIR = new RegExp(`${CJK}{2}`, "gu")

/** Sentences of a passage as the reader sees them. */
export function sentencesOf(passage: Passage): Range[] {
  return splitSentences(passage.text)
}

/** The sentences of the passages that may become evidence: no questions, no headings, no fragments. */
export function candidateSentences(passages: readonly Passage[]): Candidate[] {
  const candidates: Candidate[] = []
  for (const passage of passages) {
    const headings = new Set([passage.title, ...passage.headingPath])
    for (const [position, range] of sentencesOf(passage).entries()) {
      const text = passage.text.slice(range.start, range.end)
      if (headings.has(text) || QUESTION.test(text) || isHeadingLike(passage.text, range)) continue
      if (isFragment(text) && !isShortRow(passage.text, range)) continue
      candidates.push({ passage, position, text, ...range })
    }
  }
  return candidates
}

/** Under three words, unless the script has no spaces or it is a pair such as `Extension: 220`. */
function isFragment(text: string): boolean {
  const words = text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0
  const isDense = DENSE.test(text) || /:\s*\S/.test(text)
  return words < FEWEST_WORDS && !isDense
}

/** A row of two words such as `Monday | 8` or `Owner | Schmidt`, but not the two words at the head of a table. */
function isShortRow(text: string, { start, end }: Range): boolean {
  const line = text.slice(start, end)
  const previous = text.slice(0, start).trimEnd().split("\n").at(-1) ?? ""
  return /\S \| \S/.test(line) && (previous.includes(" | ") || /\d/.test(line))
}

/** A paragraph of few words without end mark and number: the heading of a merged chunk is not in the heading path. */
function isHeadingLike(text: string, { start, end }: Range): boolean {
  const line = text.slice(start, end)
  const standsAlone = (start === 0 || text.slice(0, start).endsWith("\n\n")) && text.startsWith("\n\n", end)
  const hasMark = END_MARK.test(line) || /\d| \| /.test(line)
  const words = line.replace(DENSE_PAIR, " 字 ").trim().split(/\s+/)
  return standsAlone && !hasMark && words.length <= LONGEST_HEADING_WORDS
}
