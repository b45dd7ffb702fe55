/**
 * Value of a number as it is written: `1,500`, `1 500` and `1.500` are 1500, `1,5` is 1.5, `16.0` is 16. One mark with
 * three digits behind it parts thousands, unless a zero stands before it. NaN where it is no plain number, as `1.2.3`.
 */
export function numberValue(written: string): number {
  const digits = written.replace(SPACE_OR_QUOTE, "")
  const marks = digits.match(/[.,]/g) ?? []
  if (marks.length === 0) return Number(digits)
  const last = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","))
  const whole = digits.slice(0, last)
  const rest = digits.slice(last + 1)
  const isGrouped = /^\d{1,3}(?:[.,]\d{3}){0,6}$/.test(digits) && !digits.startsWith("0")
  if (isGrouped && new Set(marks).size === 1) return Number(digits.replace(/[.,]/g, ""))
  if (marks.length === 1) return Number(`${whole}.${rest}`)
  const isDecimal = new Set(marks.slice(0, -1)).size === 1 && marks.at(-1) !== marks[0]
  if (!isDecimal || !/^\d{1,3}(?:[.,]\d{3}){1,6}$/.test(whole)) return Number.NaN
  return Number(`${whole.replace(/[.,]/g, "")}.${rest}`)
}

const SPACE_OR_QUOTE = /[\s'’]/g

/** Value of a number word in English, German or French; undefined for any other word. */
export function wordValue(word: string): number | undefined {
  return WORDS.get(word.toLowerCase())
}

/** What a number is multiplied with by the word behind it: `1.5 million`, `two hundred`, `3 Mio`. */
export function multiplierOf(word: string): number | undefined {
  return MULTIPLIERS.get(word.toLowerCase())
}

const WORDS = new Map<string, number>()
const LISTS = [
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
  "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
  "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
]
const TENS = [
  "- - twenty thirty forty fifty sixty seventy eighty ninety",
  "- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
  "- - vingt trente quarante cinquante soixante",
]
for (const list of LISTS) for (const [value, word] of list.split(" ").entries()) WORDS.set(word, value)
for (const list of TENS) for (const [tens, word] of list.split(" ").entries()) WORDS.set(word, 10 * tens)
const GERMAN_ONES = "ein zwei drei vier fünf sechs sieben acht neun".split(" ")
for (const [tens, word] of (TENS[1] ?? "").split(" ").entries()) {
  if (word !== "-") for (const [one, name] of GERMAN_ONES.entries()) WORDS.set(`${name}und${word}`, 10 * tens + one + 1)
}
for (const [word, value] of [
  ["dozen", 12],
  ["dutzend", 12],
  ["half", 0.5],
  ["twice", 2],
  ["hundert", 100],
] as const)
  WORDS.set(word, value)
WORDS.delete("-")

const MULTIPLIERS = new Map([
  ["hundred", 100],
  ["thousand", 1000],
  ["tausend", 1000],
  ["mille", 1000],
  ["million", 1_000_000],
  ["millions", 1_000_000],
  ["mio", 1_000_000],
  ["millionen", 1_000_000],
  ["billion", 1_000_000_000],
  ["milliarden", 1_000_000_000],
])
