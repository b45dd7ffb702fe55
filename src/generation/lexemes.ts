import { contentTerms } from "../core/terms.ts"
import { unitOf } from "./units.ts"

/** A word, a number or a sign of a text. */
export interface Lexeme {
  readonly text: string
  readonly start: number
}

/** A dash is a sign where nothing stands before it: `3-5` has none. */
export const LEXEME =
  /(?:(?<=^|[\s([|])[-−–])?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}(?!\d))+(?:[.,]\d+)?|(?:(?<=^|[\s([|])[-−–])?\d+(?:[.,'’]\d+)*|[\p{L}\p{M}]+[³²]?|[^\s\p{L}\d]/gu

interface UnitAt {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** The unit behind a number, with up to two words between: `16 paid weeks`, `12-volt`, `24 newton metres`, `5 m³/h`. */
export function unitAt(lexemes: readonly Lexeme[], from: number): UnitAt | undefined {
  for (let place = from; place < from + 4; place++) {
    const lexeme = lexemes[place]
    if (lexeme === undefined) return undefined
    if (lexeme.text === "-") continue
    const plain = compoundAt(lexemes, place)
    if (plain !== undefined) {
      const rate = rateAt(lexemes, place + plain.count)
      const last = lexemes[place + plain.count - 1 + (rate?.count ?? 0)] ?? lexeme
      const name = rate === undefined ? plain.name : `${plain.name} per ${rate.name}`
      return { name, start: lexeme.start, end: last.start + last.text.length }
    }
    const times = /^(?:times?|mal|fois)$/i.test(lexeme.text) ? 1 : 0
    const often = place === from && lexemes[from - 1]?.text !== "half" ? rateAt(lexemes, place + times) : undefined
    if (often !== undefined) {
      const last = lexemes[place + times + often.count - 1] ?? lexeme
      return { name: `time per ${often.name}`, start: lexeme.start, end: last.start + last.text.length }
    }
    const isHalf = /^an?$/.test(lexeme.text) && lexemes[from - 1]?.text === "half"
    const isBetween = /^\p{L}+$/u.test(lexeme.text) && (!STOPS.has(lexeme.text.toLowerCase()) || isHalf)
    if (!isBetween || place > from + 1 + (lexemes[from]?.text === "-" ? 1 : 0)) return undefined
  }
  return undefined
}

/** What a measure is counted by: `per kilometre`, `a day`, `for each hour`, `im Monat`, `/h`, `daily`. */
function rateAt(lexemes: readonly Lexeme[], from: number): { name: string; count: number } | undefined {
  const texts = lexemes.slice(from, from + 4).map(({ text }) => text.toLowerCase())
  const adverb = ADVERBS.get(texts[0] ?? "")
  if (adverb !== undefined) return { name: adverb, count: 1 }
  let count = texts[0] === "for" || texts[0] === "in" || texts[0] === "pro" || texts[0] === "je" ? 1 : 0
  if (
    /^(?:\/|per|a|an|each|every|je|im|par|the|jeden|jede|jedes|der)$/.test(texts[count] ?? "") &&
    !(count === 0 && /^(?:the|der)$/.test(texts[0] ?? ""))
  )
    count += 1
  if (count === 0) return undefined
  const unit = compoundAt(lexemes, from + count)
  return unit === undefined ? undefined : { name: unit.name, count: count + unit.count }
}

const ADVERBS = new Map([
  ["hourly", "hour"],
  ["daily", "day"],
  ["weekly", "week"],
  ["monthly", "month"],
  ["yearly", "year"],
  ["annually", "year"],
  ["täglich", "day"],
  ["monatlich", "month"],
  ["jährlich", "year"],
])

/** Between a number and its unit these words end the search. */
const STOPS = new Set(
  "a an and at by for from in is of on or per the to with und oder für in im am an pro von et ou par pour de du des".split(
    " ",
  ),
)

function compoundAt(lexemes: readonly Lexeme[], place: number): { name: string; count: number } | undefined {
  const [one, two] = [lexemes[place]?.text ?? "", lexemes[place + 1]?.text ?? ""]
  if (one === "°" && /^[CF]$/.test(two)) return { name: unitOf(one + two)?.name ?? "degree", count: 2 }
  const unit = unitOf(one)
  if (/^(?:cubic|square)$/i.test(one) && unitOf(two) !== undefined) {
    return { name: `${one.toLowerCase()} ${unitOf(two)?.name}`, count: 2 }
  }
  if (unit === undefined) return undefined
  if (unit.name === "newton" && unitOf(two)?.name === "metre") return { name: "newton metre", count: 2 }
  if (unit.name === "kilowatt" && unitOf(two)?.name === "hour") return { name: "kilowatt hour", count: 2 }
  if (unit.name === "degree" && /^(?:celsius|c)$/i.test(two)) return { name: "degree celsius", count: 2 }
  if (unit.name === "degree" && /^(?:fahrenheit|f)$/i.test(two)) return { name: "degree fahrenheit", count: 2 }
  return { name: unit.name, count: 1 }
}

/** A currency that stands before the number: `€5`, `EUR 5`. */
export function currencyBefore(lexemes: readonly Lexeme[], place: number): { name: string; start: number } | undefined {
  const lexeme = lexemes[place - 1]
  if (lexeme === undefined || !/^(?:[$€£¥]|EUR|USD|GBP|CHF|JPY)$/.test(lexeme.text)) return undefined
  return { name: unitOf(lexeme.text)?.name ?? lexeme.text, start: lexeme.start }
}

/** Stem of what is counted: `40 employees`. */
export function nounAt(lexemes: readonly Lexeme[], from: number): string | null {
  for (const lexeme of lexemes.slice(from, from + 2)) {
    if (!/^\p{L}{3,}$/u.test(lexeme.text) || STOPS.has(lexeme.text.toLowerCase())) return null
    const [stem] = contentTerms(lexeme.text)
    if (stem !== undefined) return stem
  }
  return null
}
