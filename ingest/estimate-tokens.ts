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
  return asciiWeight(text, language) ?? unicodeWeight(text, language)
}

function unicodeWeight(text: string, language: Language): number {
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
  const words =
    text
      .slice(0, SAMPLE_CHARACTERS)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  if (words.length < MIN_WORDS) return "english"
  const common = words.filter((word) => COMMON_WORDS.has(word)).length
  return common / words.length < ENGLISH_SHARE ? "other" : "english"
}

/** Words of another language are cut into twos and threes of letters. */
export type Language = "english" | "other"

/** Weights of the words met so far: a look takes a fifth of the rules below. */
const weights: Readonly<Record<Language, Map<string, number>>> = { english: new Map(), other: new Map() }
const MOST_KNOWN = 20_000
const LONGEST_KNOWN = 20

const PIECE = /\p{L}+|\p{N}+|[^\s\p{L}\p{N}]/gu
const SINGLE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u
const LATIN = /^\p{Script=Latin}/u
const SAMPLE_CHARACTERS = 20_000
const MIN_WORDS = 30
// English prose has 0.25 to 0.4, lists of English terms about 0.1, other languages under 0.04.
const ENGLISH_SHARE = 0.05
const LETTERS_PER_TOKEN = 2.8
const COMMON_WORDS = new Set("the of and to in is for on with that you are it be as or by this from".split(" "))

/** The weight by the same rules where they need no tables of Unicode; undefined elsewhere. */
function asciiWeight(text: string, language: Language): number | undefined {
  let tokens = 0
  for (let index = 0; index < text.length; ) {
    const kind = kindOf(text.charCodeAt(index))
    if (kind === "beyond") return undefined
    const start = index++
    if (kind === "sign") tokens++
    else if (kind === "digit") {
      while (kindOf(text.charCodeAt(index)) === "digit") index++
      tokens += numberWeight(index - start)
    } else if (kind !== "space") {
      let capitals = kind === "capital" ? 1 : 0
      let humps = 0
      for (let before = kind; ; index++) {
        const next = kindOf(text.charCodeAt(index))
        if (next !== "small" && next !== "capital") break
        if (next === "capital") capitals++
        if (next === "capital" && before === "small") humps++
        before = next
      }
      const length = index - start
      tokens += latinWeight({ length, isCapitals: capitals === length, hasHumps: humps > 0 }, language)
    }
  }
  return tokens
}

type Kind = "space" | "small" | "capital" | "digit" | "sign" | "beyond"

/** Not a number, behind the end of a text, is beyond as well. */
function kindOf(code: number): Kind {
  if (code >= 97 && code <= 122) return "small"
  if (code === 32 || (code >= 9 && code <= 13)) return "space"
  if (code >= 65 && code <= 90) return "capital"
  if (code >= 48 && code <= 57) return "digit"
  return code < 128 ? "sign" : "beyond"
}

function pieceWeight(piece: string, language: Language): number {
  const length = piece.length
  if (/^\p{N}/u.test(piece)) return numberWeight(length)
  if (!/^\p{L}/u.test(piece)) return 1
  if (SINGLE.test(piece)) return length
  if (!LATIN.test(piece)) return Math.max(1, length * 0.8)
  const isCapitals = /^\p{Lu}+$/u.test(piece)
  return latinWeight({ length, isCapitals, hasHumps: /\p{Ll}\p{Lu}/u.test(piece) }, language)
}

function numberWeight(length: number): number {
  return length <= 2 ? 1 : 1 + (length - 2) * 0.35
}

/** `hasHumps`: a capital stands behind a small letter. */
function latinWeight(
  {
    length,
    isCapitals,
    hasHumps,
  }: { readonly length: number; readonly isCapitals: boolean; readonly hasHumps: boolean },
  language: Language,
): number {
  if (length > 2 && isCapitals) return Math.max(1.9, length / 3.5)
  if (length > 3 && hasHumps) return length / 2.8
  return wordWeight(length, language)
}

function wordWeight(length: number, language: Language): number {
  if (language === "other") return Math.max(1.1, length / LETTERS_PER_TOKEN)
  if (length > 14) return length / 7.5
  return length <= 5 ? 1.01 : 1 + (length - 5) * 0.045
}
