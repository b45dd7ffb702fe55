import { type Bound, boundAfter, boundBefore, type Direction } from "./bounds.ts"
import { blanked, type Moment, momentsOf } from "./dates.ts"
import { currencyBefore, LEXEME, type Lexeme, nounAt, unitAt } from "./lexemes.ts"
import { multiplierOf, numberValue, wordValue } from "./numerals.ts"
import { unitOf } from "./units.ts"

/** A number of a text with what belongs to it. */
export interface Quantity {
  readonly value: number
  readonly unit: string | null
  /** Stem of the word that is counted where there is no unit: `40 employees`. */
  readonly noun: string | null
  readonly bound: Bound | null
  /** `one` without a unit: known where the evidence has it, asked for by no sentence. */
  readonly isWeak: boolean
  readonly text: string
  readonly start: number
  readonly end: number
}

export interface BoundedMoment extends Moment {
  readonly bound: Bound | null
}

/** What of a sentence is compared by value, and the words that remain. */
export interface Facts {
  readonly quantities: readonly Quantity[]
  readonly moments: readonly BoundedMoment[]
  /** Part numbers, versions, paths, addresses. */
  readonly codes: readonly string[]
  /** The text with codes, dates, numbers, their units and bounds blanked; places stay. */
  readonly words: string
}

/** Reads numbers, dates and codes of a text of which contractions are written out. */
export function factsOf(text: string): Facts {
  let rest = text
  const codes: string[] = []
  for (const match of text.matchAll(CODE)) {
    if (!isCode(match[0])) continue
    codes.push(match[0])
    rest = blanked(rest, match.index, match.index + match[0].length)
  }
  const moments: BoundedMoment[] = []
  const found = momentsOf(rest)
  for (const moment of found) {
    const bound = boundOf(rest, moment.start, moment.end)
    if (bound?.denial) rest = blanked(rest, bound.denial.start, bound.denial.end)
    moments.push({ ...moment, bound: bound?.bound ?? endOfRange(text, moment.start, found) })
    rest = blanked(rest, bound?.start ?? moment.start, bound?.end ?? moment.end)
  }
  const quantities: Quantity[] = []
  const lexemes = [...rest.matchAll(LEXEME)].map((match) => ({ text: match[0], start: match.index }))
  const beforeNumbers = rest
  for (let place = 0; place < lexemes.length; place++) {
    const number = numberAt(lexemes, place) ?? articleAt(lexemes, place)
    if (number === undefined) continue
    const { start, end } = number
    const found = unitAt(lexemes, number.next)
    const isCounted = found === undefined || found.name.startsWith("time per ")
    const currency = isCounted ? currencyBefore(lexemes, place) : undefined
    const bound = boundOf(beforeNumbers, currency?.start ?? start, found?.end ?? end)
    const noun = found === undefined && currency === undefined ? nounAt(lexemes, number.next) : null
    const rate = currency === undefined ? undefined : found?.name.replace("time", currency.name)
    const unit = rate ?? found?.name ?? currency?.name ?? null
    const written = rest.slice(start, end).trim()
    if (unit === null && /^(?:19|20|21)\d\d$/.test(written)) {
      const nothing = { month: null, day: null, minutes: null }
      moments.push({ ...nothing, year: number.value, bound: bound?.bound ?? null, text: written, start, end })
    } else {
      const isWeak = number.isArticle === true || (number.value === 1 && number.needsUnit && unit === null)
      quantities.push({
        value: number.value,
        unit,
        noun,
        bound: bound?.bound ?? null,
        isWeak,
        text: written,
        start,
        end,
      })
    }
    const parts = [{ start, end }, found, bound, bound?.denial, currency && { start: currency.start, end: start }]
    for (const part of parts) if (part) rest = blanked(rest, part.start, part.end)
    place = number.next - 1
  }
  return { quantities: withRanges(quantities, beforeNumbers), moments, codes, words: rest }
}

/** `from 7:42 to 11:15`: what stands behind `to` is the most. */
function endOfRange(text: string, start: number, moments: readonly Moment[]): Bound | null {
  const isEnd = moments.some(
    ({ end }) => end < start && /^\s{0,2}(?:[-–—]|to|bis|à)\s{0,2}$/.test(text.slice(end, start)),
  )
  return isEnd ? { direction: "down", isSoft: true, length: 0 } : null
}

/** Letters and digits with inner marks, or letters with digits: `PF-2210-B`, `hr@acme.example`, `v1.2`, `M8`. */
const CODE = /(?<![\p{L}\p{N}])[\p{L}\p{N}]+(?:[-_./@:\\][\p{L}\p{N}]+)*/gu

function isCode(word: string): boolean {
  if (/^\p{L}+$/u.test(word) || /^[\d.,:/-]+$/.test(word) || /^\d+-\p{Ll}+$/u.test(word)) {
    return /^\d+\.\d+(?:\.\d+){1,8}$/.test(word) && !/^\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})$/.test(word)
  }
  if (/^\d{1,2}h\d{2}$/.test(word) || /^[ap]\.m$/i.test(word) || /^\d+(?:st|nd|rd|th|er|e)$/i.test(word)) return false
  const measured = /^\d+(?:[.,]\d+)?([\p{L}³]+)$/u.exec(word)
  if (measured !== null) return unitOf(measured[1] ?? "") === undefined && !/^[ap]m$/i.test(measured[1] ?? "")
  if (/^[\p{L}³²]+\/[\p{L}³²]+$/u.test(word)) return false
  return /[\d@_]|\p{L}\.\p{L}|\\/u.test(word)
}

interface NumberAt {
  readonly value: number
  readonly start: number
  readonly end: number
  /** Place of the next lexeme. */
  readonly next: number
  /** `one` and `half` count only before a unit. */
  readonly needsUnit: boolean
  /** `an hour` is an hour, for whom speaks of one. */
  readonly isArticle?: true
}

function numberAt(lexemes: readonly Lexeme[], place: number): NumberAt | undefined {
  const first = lexemes[place]
  if (first === undefined) return undefined
  const isWritten = /\d/.test(first.text)
  let value = isWritten ? signed(first.text) : wordValue(first.text)
  if (value === undefined) return undefined
  const needsUnit = !isWritten && value <= 1
  let next = place + 1
  let end = first.start + first.text.length
  const take = (count: number) => {
    next += count
    const last = lexemes[next - 1]
    end = last === undefined ? end : last.start + last.text.length
  }
  const textAt = (offset: number) => lexemes[next + offset]?.text ?? ""
  if (!isWritten && value >= 20 && value < 100) {
    const skipped = textAt(0) === "-" ? 1 : 0
    const ones = wordValue(textAt(skipped)) ?? 0
    if (ones >= 1 && ones <= 9) {
      value += ones
      take(skipped + 1)
    }
  }
  for (let factor = multiplierOf(textAt(0)); factor !== undefined; factor = multiplierOf(textAt(0))) {
    value *= factor
    take(1)
    const skipped = textAt(0) === "and" ? 1 : 0
    const more = isWritten ? undefined : wordValue(textAt(skipped))
    if (more !== undefined && more < factor) {
      value += more
      take(skipped + 1)
    }
  }
  if (textAt(0) === "and" && textAt(1) === "a" && textAt(2) === "half") {
    value += 0.5
    take(3)
  }
  return { value, start: first.start, end, next, needsUnit }
}

/** `an hour`, but not `12 euros an hour`; `a quarter of an hour` is 0.25. */
function articleAt(lexemes: readonly Lexeme[], place: number): NumberAt | undefined {
  const textAt = (offset: number) => lexemes[place + offset]?.text.toLowerCase() ?? ""
  const lexeme = lexemes[place]
  if (lexeme === undefined) return undefined
  if (textAt(0) === "quarter" && textAt(1) === "of" && /^an?$/.test(textAt(2)) && unitOf(textAt(3)) !== undefined) {
    const end = (lexemes[place + 2]?.start ?? lexeme.start) + textAt(2).length
    return { value: 0.25, start: lexeme.start, end, next: place + 3, needsUnit: true }
  }
  if (!/^(?:an?|une?|eine[rn]?|einem)$/.test(textAt(0)) || unitOf(textAt(1)) === undefined) return undefined
  const previous = textAt(-1)
  if (/\d/.test(previous) || unitOf(previous) !== undefined || wordValue(previous) !== undefined) return undefined
  const end = lexeme.start + lexeme.text.length
  return { value: 1, start: lexeme.start, end, next: place + 1, needsUnit: true, isArticle: true }
}

function signed(written: string): number {
  const isNegative = /^[-−–]/.test(written)
  const value = numberValue(written.replace(/^[-−–]/, ""))
  return isNegative ? -value : value
}

interface BoundAt {
  readonly bound: Bound
  readonly start: number
  readonly end: number
  /** Place of a denial that turns the bound: `never charge it below 0 °C` sets the least. */
  readonly denial: { readonly start: number; readonly end: number } | null
}

function boundOf(text: string, start: number, end: number): BoundAt | undefined {
  const before = boundBefore(text.slice(Math.max(0, start - 40), start))
  if (before !== undefined) {
    const from = start - before.length
    const denial = before.isSoft ? null : denialBefore(text, from)
    const direction: Direction = before.direction === "up" ? "down" : "up"
    return { bound: denial === null ? before : { ...before, direction }, start: from, end, denial }
  }
  const after = boundAfter(text.slice(end, end + 40))
  return after === undefined ? undefined : { bound: after, start, end: end + after.length, denial: null }
}

/** The last denial of the clause that ends at a place, at most 80 characters before it. */
function denialBefore(text: string, place: number): { start: number; end: number } | null {
  const from = Math.max(0, place - 80)
  const clause =
    text
      .slice(from, place)
      .split(/[.,;:!?\n]|\b(?:but|and|und|aber|et|mais)\b/)
      .at(-1) ?? ""
  const denial = [...clause.matchAll(/(?<!\p{L})(?:not|never|no|nicht|nie|niemals|pas|jamais)(?!\p{L})/giu)].at(-1)
  if (denial === undefined) return null
  const start = place - clause.length + denial.index
  return { start, end: start + denial[0].length }
}

/** `8 to 10 weeks` and `8–10 weeks`: the first takes the unit of the second; one is the least, the other the most. */
function withRanges(quantities: readonly Quantity[], text: string): Quantity[] {
  const all = [...quantities]
  const soft = (direction: Direction): Bound => ({ direction, isSoft: true, length: 0 })
  for (let place = 0; place + 1 < all.length; place++) {
    const [low, high] = [all[place], all[place + 1]]
    if (low === undefined || high === undefined || high.start - low.end > 16) continue
    const between = text.slice(low.end, high.start)
    if (!/^\s{0,2}(?:[-–—]|to|bis|à|and|or|und|et|oder|ou)\s{0,2}$/u.test(between)) continue
    const isRange = /[-–—]|to|bis|à/.test(between) && low.value < high.value
    const unit = low.unit ?? high.unit
    const noun = low.noun ?? (unit === null ? high.noun : null)
    all[place] = { ...low, unit, noun, bound: isRange ? soft("up") : low.bound }
    if (isRange) all[place + 1] = { ...high, bound: high.bound ?? soft("down") }
  }
  return all
}
