import { CJK } from "../core/cjk.ts"

/** What a question asks for in so many words. */
export interface Wording {
  /** The question without what it excludes. */
  readonly text: string
  /** Quoted phrases and identifiers such as `PF-2210-B` or `2.4.1`: what has them stands first. */
  readonly phrases: readonly string[]
  /** What follows a `-` at the end of the question: what has it is left out. */
  readonly excluded: readonly string[]
}

const MOST_PHRASES = 5
const QUOTED = /["“„«]([^"“”„«»]{2,200})["”“»]/gu
const RUN = /[\p{L}\p{N}._/:-]+/gu
const MARKS = /[._/:-]/
/** `-word` or `-"some words"` at the very end; a sign of a number and an option such as `-v` exclude nothing. */
const EXCLUSION = /\s-(?:["“„«]([^"“”„«»]{2,200})["”“»]|(\p{L}[\p{L}\p{N}]{2,}))$/u
const EXCLUDABLE_WORD = /^\p{L}[\p{L}\p{N}]{2,}$/u

/** Takes apart what a question says of the words it wants to see. `question` has single spaces and no space at its ends. */
export function wordingOf(question: string): Wording {
  const excluded: string[] = []
  let text = question
  for (let found = EXCLUSION.exec(text); found !== null; found = EXCLUSION.exec(text)) {
    excluded.unshift(found[1] ?? found[2] ?? "")
    text = text.slice(0, found.index).trimEnd()
  }
  const quoted = [...text.matchAll(QUOTED)].map(([, phrase]) => phrase?.trim() ?? "")
  const identifiers = (text.replace(QUOTED, " ").match(RUN) ?? []).map(withoutEndMark).filter(isIdentifier)
  const phrases = [...new Set([...quoted, ...identifiers])].filter((phrase) => /[\p{L}\p{N}]/u.test(phrase))
  return { text, phrases: phrases.slice(0, MOST_PHRASES), excluded }
}

/** What excludes a phrase where it ends a question; `wordingOf` gives the phrase back. */
export function asExclusion(phrase: string): string {
  return EXCLUDABLE_WORD.test(phrase) ? `-${phrase}` : `-"${phrase}"`
}

/** The full stop or the colon of the sentence. */
function withoutEndMark(run: string): string {
  return MARKS.test(run.at(-1) ?? "") ? run.slice(0, -1) : run
}

/** Letters and digits joined by single marks, at least one digit among them. */
function isIdentifier(run: string): boolean {
  const parts = run.split(MARKS)
  return parts.length > 1 && parts.every((part) => part !== "") && /\p{N}/u.test(run)
}

/**
 * Finds a phrase as whole words, whatever the case and the white space between them. A script without spaces ends a word
 * of another one, and a phrase in it is found within its sentence.
 */
export function phrasePattern(phrase: string): RegExp {
  const before = DENSE_START.test(phrase) ? "" : `(?<!${LETTER})`
  const after = DENSE_END.test(phrase) ? "" : `(?!${LETTER})`
  const words = phrase.split(/\s+/).map((word) => word.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&"))
  return new RegExp(`${before}${words.join("\\s+")}${after}`, "iu")
}

const DENSE_START = new RegExp(`^${CJK}`, "u")
const DENSE_END = new RegExp(`${CJK}$`, "u")
/** Letter or digit of a script with spaces between words. */
const LETTER = `(?:(?!${CJK})[\\p{L}\\p{N}])`

/** What of a chunk can be read: title, headings and text. */
export function readableText(hit: {
  readonly title: string
  readonly headingPath: readonly string[]
  readonly text: string
}): string {
  return [hit.title, ...hit.headingPath, hit.text].join("\n")
}
