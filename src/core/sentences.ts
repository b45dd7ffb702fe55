import type { Range } from "./types.ts"

/**
 * Splits a text into sentences: ranges without surrounding white space, rising, none empty. Breaks stand after `.`, `!`
 * or `?` (closing quotes belong to the sentence) before white space and an upper-case letter, digit or opening quote,
 * at every line end, and after CJK full stops; not after the usual abbreviations and single initials, nor inside a date
 * such as `1. Oktober`. The rule is the one that the bundled reader was trained with
 * (`data/models/ibid-evidence-v1/train.py`, `split_sents`), with CJK and German added.
 */
export function splitSentences(text: string): Range[] {
  const sentences: Range[] = []
  let start = 0
  for (const match of text.matchAll(BREAK)) {
    const gap = match[0]
    let end = match.index
    while (end < match.index + gap.length && !/\s/.test(text[end] ?? " ")) end++
    const isSameLine = !gap.includes("\n") && !CJK_STOP.test(gap)
    if (isSameLine && ABBREVIATION.test(text.slice(Math.max(0, end - 8), end))) continue
    if (isSameLine && isInsideDate(text, end, match.index + gap.length)) continue
    pushTrimmed(sentences, text, start, end)
    start = match.index + gap.length
  }
  pushTrimmed(sentences, text, start, text.length)
  return sentences
}

const BREAK = /(?<=[.!?])["'”’)\]]*\s+(?=["'“‘([`*]*[\p{Lu}\p{Lo}\p{Nd}])|(?<=[。！？])[”’」』）]*|\n+/gu
const CJK_STOP = /^[”’」』）]*$/u
const ABBREVIATION =
  /(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|No|Fig|Figs|vs|etc|al|Inc|Ltd|Co|Corp|Gen|Col|Lt|Prof|Rev|e\.g|i\.e|U\.S|U\.K|a\.m|p\.m|approx|cf|Art|Sec|Vol|pp|Eq|Ref|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Nr|Abs|bzw|ca|ggf|inkl|vgl|Hr|Fr|Dipl|Ing|z|z\. ?B|d\. ?h|u\. ?a)|\b[A-Z])\.$/
const GERMAN_MONTHS =
  "Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember Okt Dez".split(" ")

/** `am 1. Oktober`, and `am 1. Ok`, where the text has not been written any further. */
function isInsideDate(text: string, end: number, next: number): boolean {
  if (!/(?<![\d.,])\d{1,2}\.$/.test(text.slice(Math.max(0, end - 4), end))) return false
  const word = /^\p{L}*/u.exec(text.slice(next, next + 12))?.[0] ?? ""
  const isUnfinished = word !== "" && next + word.length === text.length
  return GERMAN_MONTHS.some((month) => month === word || (isUnfinished && month.startsWith(word)))
}

function pushTrimmed(sentences: Range[], text: string, start: number, end: number): void {
  const slice = text.slice(start, end)
  const trimmed = slice.trim()
  if (trimmed.length === 0) return
  const from = start + slice.indexOf(trimmed)
  sentences.push({ start: from, end: from + trimmed.length })
}
