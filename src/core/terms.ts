import { CJK } from "./cjk.ts"

/**
 * Content words of a text, in order, lower case, accents folded, lightly stemmed, stop words left out. The rule that
 * coverage and the bundled reader's figures were measured with (`data/models/ibid-evidence-v1/train.py`, `toks`), with
 * letters and digits of every script added. Scripts without spaces yield one term a character.
 */
export function contentTerms(text: string): string[] {
  const terms: string[] = []
  for (const word of words(text)) if (!STOP_WORDS.has(word)) terms.push(stem(word))
  return terms
}

/** The term of a word as `words` gives it; undefined for a stop word. */
export function termOf(word: string): string | undefined {
  return STOP_WORDS.has(word) ? undefined : stem(word)
}

/** All words, lower case and accents folded, in order. */
export function words(text: string): string[] {
  if (ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? []
  return (
    text
      .normalize("NFKD")
      .replace(/\p{M}+/gu, "")
      .toLowerCase()
      .match(WORD) ?? []
  )
}

/** Strips the commonest English endings, as in training: `policies` → `policy`, `leaving` → `leav`, `leave` → `leav`. */
function stem(word: string): string {
  let stemmed = word
  for (const suffix of ["ing", "ies", "ed", "es", "s"]) {
    if (word.endsWith(suffix) && word.length - suffix.length >= 3) {
      stemmed = word.slice(0, -suffix.length) + (suffix === "ies" ? "y" : "")
      break
    }
  }
  return stemmed.endsWith("e") && stemmed.length > 4 ? stemmed.slice(0, -1) : stemmed
}

/** The long vowel mark `ー` belongs to no script of its own. */
const WORD = new RegExp(`${CJK}|(?:(?!${CJK})[\\p{L}\\p{N}])+`, "gu")
/** Nearly all English text, which needs no tables of Unicode. */
const ASCII = /^[\t\n\r -~]*$/
const ASCII_WORD = /[a-z0-9]+/g
const STOP_WORDS = new Set(
  (
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its may me my " +
    "of on or our shall should so than that the their them then there these they this to was we were what when where " +
    "which who whom whose why will with would you your"
  ).split(" "),
)
