/**
 * About as many WordPiece tokens as an uncased English BERT vocabulary makes of the text, without the vocabulary:
 * within 15 % on English prose. The rates are means over the company pages of the evaluation set with the tokenizer of
 * all-MiniLM-L6-v2. Sums: the estimate of a text is that of its words added up, rounded up at the end.
 */
export function estimateTokens(text: string, language: Language = "english"): number {
  return Math.ceil(tokenWeight(text, language))
}

/** The estimate before rounding. */
export function tokenWeight(text: string, language: Language = "english"): number {
  const known = weights[language]
  let tokens = 0
  for (const piece of text.match(PIECE) ?? []) {
    let weight = known.get(piece)
    if (weight === undefined) {
      weight = pieceWeight(piece, language)
      if (known.size < MOST_KNOWN && piece.length <= LONGEST_KNOWN) known.set(piece, weight)
    }
    tokens += weight
  }
  return tokens
}

/** Whether an English vocabulary knows a text's words; told by the share of the commonest English words. */
export function languageOf(text: string): Language {
  const words = text.slice(0, SAMPLE_CHARACTERS).match(/\p{L}+/gu) ?? []
  if (words.length < MIN_WORDS) return "english"
  const common = words.filter((word) => COMMON_WORDS.has(word.toLowerCase())).length
  return common / words.length < ENGLISH_SHARE ? "other" : "english"
}

/** Words of another language are cut into twos and threes of letters. */
export type Language = "english" | "other"

/** Weights of the words met so far: a look takes a fifth of the rules below. */
const weights: Readonly<Record<Language, Map<string, number>>> = { english: new Map(), other: new Map() }
const MOST_KNOWN = 20_000
const LONGEST_KNOWN = 20

const PIECE = /\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu
/** Nearly every piece of a text; the other looks need tables of Unicode. */
const PLAIN_WORD = /^[a-z]+$/
const SINGLE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u
const LATIN = /^\p{Script=Latin}/u
const SAMPLE_CHARACTERS = 20_000
const MIN_WORDS = 30
// English prose has 0.25 to 0.4, lists of English terms about 0.1, other languages under 0.04.
const ENGLISH_SHARE = 0.05
const LETTERS_PER_TOKEN = 2.8
const COMMON_WORDS = new Set("the of and to in is for on with that you are it be as or by this from".split(" "))

function pieceWeight(piece: string, language: Language): number {
  const length = piece.length
  if (PLAIN_WORD.test(piece)) return wordWeight(length, language)
  if (/^\p{N}/u.test(piece)) return length <= 2 ? 1 : 1 + (length - 2) * 0.35
  if (!/^\p{L}/u.test(piece)) return 1
  if (SINGLE.test(piece)) return length
  if (!LATIN.test(piece)) return Math.max(1, length * 0.8)
  if (length > 2 && /^\p{Lu}+$/u.test(piece)) return Math.max(1.9, length / 3.5)
  if (length > 3 && /\p{Ll}\p{Lu}/u.test(piece)) return length / 2.8
  return wordWeight(length, language)
}

function wordWeight(length: number, language: Language): number {
  if (language === "other") return Math.max(1.1, length / LETTERS_PER_TOKEN)
  if (length > 14) return length / 7.5
  return length <= 5 ? 1.01 : 1 + (length - 5) * 0.045
}
