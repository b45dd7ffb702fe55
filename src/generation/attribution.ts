import { contentTerms } from "../core/terms.ts"
import { type Clause, hasTerm } from "./clauses.ts"
import type { Facts } from "./facts.ts"
import { isSameMeasure } from "./units.ts"
import { formsOf, isLight } from "./wording.ts"

/**
 * A number or date that the evidence gives to something else: where `Weber` and `5,000` stand in one clause, `Schmidt`
 * and `500` in another, `Weber` has not 500. Undefined where none is found.
 */
export function strayFact(sentence: Facts, clauses: readonly Clause[]): string | undefined {
  if (clauses.length < 2) return undefined
  const terms = [...new Set(contentTerms(sentence.words))].filter((term) => !/^\d+$/.test(term))
  for (const fact of sentence.quantities) {
    const holders = placesOf(clauses, ({ facts }) => facts.quantities.some((one) => one.value === fact.value))
    const isRival = ({ facts }: Clause) => {
      const alike = facts.quantities.filter((one) => one.unit === fact.unit && !one.isWeak)
      const counted = alike.filter(({ noun }) => noun !== null && noun === fact.noun)
      const rivals = (counted.length > 0 ? counted : alike).filter((one) => one.value !== fact.value)
      const isSaid = rivals.some((one) => sentence.quantities.some((own) => own.value === one.value))
      return rivals.length > 0 && !isSaid
    }
    if (
      isStray(
        terms.filter((term) => term !== fact.noun),
        clauses,
        holders,
        isRival,
      )
    )
      return fact.text
  }
  for (const fact of sentence.moments) {
    const isSame = (one: { month: number | null; day: number | null; minutes: number | null; year: number | null }) =>
      one.month === fact.month &&
      one.day === fact.day &&
      one.minutes === fact.minutes &&
      (one.year === fact.year || one.year === null || fact.year === null)
    const holders = placesOf(clauses, ({ facts }) => facts.moments.some(isSame))
    const isRival = ({ facts }: Clause) =>
      facts.moments.some((one) => !isSame(one) && (one.minutes === null) === (fact.minutes === null)) &&
      !sentence.moments.some(
        (own) =>
          own !== fact &&
          facts.moments.some((one) => one.month === own.month && one.day === own.day && one.minutes === own.minutes),
      )
    if (isStray(terms, clauses, holders, isRival)) return fact.text
  }
  return undefined
}

/**
 * Whether a clause that does not hold the fact, but a rival of it, carries more of the sentence's telling words than the
 * clauses that hold it. Telling is a word that stands in one clause alone.
 */
function isStray(
  terms: readonly string[],
  clauses: readonly Clause[],
  holders: readonly number[],
  isRival: (segment: Clause) => boolean,
): boolean {
  if (holders.length === 0) return false
  const telling = (place: number) =>
    terms.filter((term) => {
      const places = placesOf(clauses, (clause) => hasTerm(clause, term))
      return places.length === 1 && places[0] === place
    }).length
  const own = Math.max(...holders.map(telling))
  return clauses.some((segment, place) => !holders.includes(place) && isRival(segment) && telling(place) > own)
}

function placesOf(clauses: readonly Clause[], holds: (segment: Clause) => boolean): number[] {
  return clauses.flatMap((segment, place) => (holds(segment) ? [place] : []))
}

/**
 * Two names that have changed places round the same verb: `Alpha sued Beta` does not say that Beta sued Alpha. A passive
 * on one side turns the order round. Returns the first of the two, or undefined.
 */
export function swappedName(sentence: string, evidence: string): string | undefined {
  if ((evidence.match(GERMAN)?.length ?? 0) > 1) return undefined
  const own = namesOf(sentence)
  const known = namesOf(evidence)
  const pairs = own.flatMap((left, place) => own.slice(place + 1, place + 4).map((right) => [left, right] as const))
  for (const [left, right] of pairs) {
    if (left.name === right.name) continue
    const between = sentence.slice(left.end, right.start)
    const orders = known.flatMap((one, place) =>
      known.slice(place + 1, place + 4).flatMap((other) => {
        const isSameOrder = one.name === left.name && other.name === right.name
        if (!isSameOrder && !(one.name === right.name && other.name === left.name)) return []
        const knownBetween = evidence.slice(one.end, other.start)
        if (/[.;\n]/.test(knownBetween) || !sharesWord(between, knownBetween)) return []
        return [isSameOrder !== (PASSIVE.test(between) !== PASSIVE.test(knownBetween))]
      }),
    )
    if (orders.length > 0 && !orders.includes(true)) return left.name
  }
  return undefined
}

function sharesWord(left: string, right: string): boolean {
  const forms = new Set(contentTerms(right).flatMap(formsOf))
  return contentTerms(left).some((term) => formsOf(term).some((form) => forms.has(form)))
}

interface Name {
  readonly name: string
  readonly start: number
  readonly end: number
}

/** Capitalised words, a run of them as one by its last word: `Petra Lindqvist` is `lindqvist`. */
function namesOf(text: string): Name[] {
  const names: Name[] = []
  for (const match of text.matchAll(NAME)) {
    const start = match.index
    const name = match[0].toLowerCase()
    const last = names.at(-1)
    if (last !== undefined && text.slice(last.end, start) === " ")
      names[names.length - 1] = { name, start: last.start, end: start + match[0].length }
    else if (!OPENERS.has(name)) names.push({ name, start, end: start + match[0].length })
  }
  return names
}

const NAME = /(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{M}\p{N}-]+/gu
const OPENERS = new Set(
  "the a an in on at by from since until after before der die das den le la les this that these it".split(" "),
)
const PASSIVE = /(?<!\p{L})(?:by|von|durch|par)(?:\s\p{Ll}+){0,3}\s*$/u
/** In German every noun has a capital. */
const GERMAN = /\b(?:der|die|das|und|ist|von|für|ein|eine)\b/g

/**
 * A word that belongs to the rival of what the sentence speaks of: of `acid waste goes into the red drum and solvent waste
 * into the blue drum` the sentence takes `acid` and `blue`. Rivals stand in two clauses before or behind the same word, or
 * are both names or codes.
 */
export function strayWord(sentence: string, facts: Facts, clauses: readonly Clause[]): string | undefined {
  if (clauses.length < 2) return undefined
  const ownTokens = tokensOf(sentence)
  const own = new Set(ownTokens.map(({ key }) => key))
  const sides = clauses.map(({ text }) => tokensOf(text))
  const places = new Map<string, Set<number>>()
  for (const [place, tokens] of sides.entries()) {
    for (const { key } of tokens) places.set(key, (places.get(key) ?? new Set()).add(place))
  }
  const isTelling = ({ key }: Token, place: number) =>
    own.has(key) && places.get(key)?.size === 1 && places.get(key)?.has(place)
  const sharesFact = (place: number) => clauses[place] !== undefined && sharesFacts(clauses[place].facts, facts)
  for (const [place, tokens] of sides.entries()) {
    for (const [otherPlace, others] of sides.entries()) {
      if (place === otherPlace) continue
      for (const token of tokens) {
        if (!isTelling(token, place) || sharesFact(place)) continue
        const isSubject =
          token.key === ownTokens[0]?.key &&
          clauses[place]?.sentence === clauses[otherPlace]?.sentence &&
          Math.min(tokens.length, others.length) > 1
        const rivals = others.filter(
          (other) =>
            (isSubject || token.slot !== FIRST || (token.name !== "" && other.name === token.name)) &&
            !(token.slot === FIRST && /^\d/.test(other.key)) &&
            isRival(token, other, places.get(other.key)?.has(place) === true),
        )
        if (rivals.length === 0 || rivals.some(({ key }) => own.has(key))) continue
        const isSupport = (one: Token) => one.key !== token.key && (token.name === "" || one.name === "")
        if (tokens.some((one) => isSupport(one) && isTelling(one, place))) continue
        if (sharesFact(otherPlace) || others.some((other) => isTelling(other, otherPlace))) return token.key
      }
    }
  }
  return undefined
}

function sharesFacts(left: Facts, right: Facts): boolean {
  const isShared = left.quantities.some((one) =>
    right.quantities.some((other) =>
      one.unit === null || other.unit === null
        ? one.value === other.value
        : isSameMeasure(other.value, other.unit, one.value, one.unit),
    ),
  )
  const isSameMoment = left.moments.some((one) =>
    right.moments.some((other) => one.day === other.day && one.month === other.month && one.minutes === other.minutes),
  )
  return isShared || isSameMoment
}

interface Token {
  readonly key: string
  readonly after: string
  /** The preposition before it, or nothing. */
  readonly slot: string
  /** `name`, the shape of a code, or nothing. */
  readonly name: string
}

/** `isShared` says that the other stands in the clause of the first too: then only a name rivals. */
function isRival(left: Token, right: Token, isShared: boolean): boolean {
  if (left.key === right.key) return false
  if (left.name !== "" && left.name === right.name) return true
  if (isShared) return false
  return (
    (left.after !== "" && left.after === right.after) ||
    (left.slot !== "" && left.slot === right.slot && !BOUND_WORDS.has(right.key))
  )
}

function tokensOf(text: string): Token[] {
  const all = text.match(TOKEN) ?? []
  const keys = all.map((word) =>
    contentTerms(word)
      .filter((term) => !isLight(term))
      .join(" "),
  )
  return all.flatMap((word, place) => {
    const key = keys[place] ?? ""
    if (key === "") return []
    const isName = /^\p{Lu}/u.test(word) && place > 0 && !OPENERS.has(word.toLowerCase())
    const isCode = /\d/.test(word) && /[\p{L}.-]/u.test(word)
    const isFirst = keys.slice(0, place).every((one) => one === "")
    const before = /^(?:the|an?|der|die|das|dem|den|le|la)$/i.test(all[place - 1] ?? "") ? place - 2 : place - 1
    const previous = isFirst ? FIRST : (all[before] ?? "").toLowerCase()
    return [
      {
        key,
        after: keys[place + 1] ?? "",
        slot: SLOTS.has(previous) ? previous : "",
        name: isCode ? shapeOf(word) : isName ? "name" : "",
      },
    ]
  })
}

/** Words before which rivals stand: `in June`, `in winter`. */
const BOUND_WORDS = new Set(contentTerms("most least more less fewer maximum minimum"))
const FIRST = "first"
const SLOTS = new Set("first of in on at for during by im am bei für en pour".split(" "))

/** `5.14.2` and `5.14.3` have the shape `0.0.0`, `CVE-2031-4471` has `A-0-0`. */
function shapeOf(code: string): string {
  return code.replace(/\p{L}+/gu, "A").replace(/\d+/g, "0")
}

const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[-._/][\p{L}\p{N}]+)*/gu
