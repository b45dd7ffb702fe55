/** How far the text layer of a page is to be relied on. */
export type TextQuality = "sound" | "sparse" | "garbled" | "none"

/** A page of A4, in square points. */
const SHEET = 595 * 842
/** Characters on a sheet; a scan with a stamp or a page number has fewer, a page of text has two thousand. */
const SPARSE_CHARACTERS = 120
const LEAST_JUDGED = 40
const GARBLED_SHARE = 0.15
const LEAST_WORDS = 15
const LEAST_WORD_SHARE = 0.45

/**
 * Measures the text of a page: characters by area, the share of glyphs that stand for nothing (private use, U+FFFD,
 * controls, unassigned), and the share of words that could be words where the script is Latin.
 */
export function textQuality(text: string, area: number): TextQuality {
  const visible = text.replace(/\s+/g, "")
  if (visible.length === 0) return "none"
  const lost = visible.match(/[\uFFFD\p{Co}\p{Cn}\p{Cc}]/gu)?.length ?? 0
  if (lost > visible.length * GARBLED_SHARE && (visible.length >= LEAST_JUDGED || lost * 2 > visible.length))
    return "garbled"
  if (visible.length >= LEAST_JUDGED && !hasLikelyWords(text)) return "garbled"
  const characters = visible.length * (SHEET / Math.max(1, area))
  return characters < SPARSE_CHARACTERS ? "sparse" : "sound"
}

/** Words of four Latin letters and more have a vowel; text in the wrong encoding has none, or signs inside of words. */
function hasLikelyWords(text: string): boolean {
  const words = text.match(/\S{4,}/g)?.filter((word) => (word.match(/[A-Za-z]/g)?.length ?? 0) >= 3) ?? []
  if (words.length < LEAST_WORDS) return true
  const likely = words.filter(
    (word) => /\p{L}{3}/u.test(word) && /[aeiouyà-öø-ÿ]/i.test(word) && !SIGN_INSIDE.test(word),
  )
  return likely.length >= words.length * LEAST_WORD_SHARE
}

const SIGN_INSIDE = /\p{L}[!"#$%&*+<=>?^`{|}~]+\p{L}/u
