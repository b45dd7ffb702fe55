import { contentTerms } from "../core/terms.ts"
import type { Moment } from "./dates.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { type Facts, factsOf, type Quantity } from "./facts.ts"
import { isSameDimension, isSameMeasure } from "./units.ts"
import { formsOf, isLight } from "./wording.ts"

/** A sentence of another document that answers the same question with another number or date. */
export interface Conflict {
  readonly evidence: ScoredEvidence
  /** What the best sentence says and what this one says, as they are written. */
  readonly said: readonly [best: string, other: string]
}

/** Share of the shorter sentence's content words that the two sentences have to have in common. */
const LEAST_SHARED = 0.6
/** Evidence further behind the best one speaks of something else. */
const FURTHEST = 0.6

/**
 * The first sentence of another document that contradicts the best one: it speaks of the same subject, covers as much of
 * the question, and has another number of the same unit, or another date, where the best one has none of its own. Two
 * sentences of different products, or that name different years while the question names one of them, do not contradict
 * each other.
 */
export function conflictOf(evidence: readonly ScoredEvidence[], question: string): Conflict | undefined {
  const [best, ...others] = evidence
  if (best === undefined) return undefined
  const known = factsOf(best.quote)
  const asked = factsOf(question)
  for (const other of others) {
    if (other.documentId === best.documentId || best.score - other.score > FURTHEST) continue
    const facts = factsOf(other.quote)
    if (!isSameSubject(known.words, facts.words) || isOfAnotherYear(known, facts, asked)) continue
    const sides = [
      { evidence: best, facts: known },
      { evidence: other, facts },
    ] as const
    if (isOfOtherCode(...sides, asked) || !coversAlike(...sides)) continue
    const said = differing(known, facts, { areYearsCompared: asked.moments.length === 0 && ASKS_WHEN.test(question) })
    if (said !== undefined) return { evidence: other, said }
  }
  return undefined
}

/** A year alone is an answer; in any other question it says which year a sentence is of. */
const ASKS_WHEN = /\b(?:when|years?|since|date|how (?:old|long)|wann|seit|jahre?s?|datum|quand|depuis|année)\b/iu

/** They share most of the shorter one's words, or have but one word each and the same. */
function isSameSubject(left: string, right: string): boolean {
  const [one, other] = [new Set(contentTerms(left)), new Set(contentTerms(right))]
  const forms = new Set([...other].flatMap(formsOf))
  const shared = [...one].filter((term) => formsOf(term).some((form) => forms.has(form))).length
  const least = Math.min(one.size, other.size)
  if (one.size === 1 && other.size === 1) return shared === 1 && ![...one].every(isLight)
  return least >= 2 && shared >= 2 && shared / least >= LEAST_SHARED
}

interface Side {
  readonly evidence: ScoredEvidence
  readonly facts: Facts
}

/**
 * The sentences name no code in common, or the best one has a code of the question that the other lacks. A sentence
 * without codes is of what its title and headings name.
 */
function isOfOtherCode(best: Side, other: Side, question: Facts): boolean {
  const sides = [best, other].map(({ evidence, facts }) => ({
    said: singleCodes(facts),
    titled: singleCodes(factsOf(titleOf(evidence))).filter((code) => !VERSION.test(code)),
  }))
  const [own, theirs] = sides.map(({ said, titled }) => (said.length === 0 ? titled : said))
  const isSaid = sides.some(({ said }) => said.length > 0)
  if (isSaid && own?.length && theirs?.length && !own.some((code) => theirs.includes(code))) return true
  const [known = [], others = []] = sides.map(({ said, titled }) => [...said, ...titled])
  return singleCodes(question).some((code) => known.includes(code) && !others.includes(code))
}

/** `handbook-2024`, `v2`: two of these are of one thing. */
const VERSION = /(?:^|[-_.])(?:v\d+(?:\.\d+)*|(?:19|20|21)\d\d)$/

/** Lower case; `PF-2210/PF-2310` is both. */
function singleCodes({ codes }: Facts): string[] {
  return codes.flatMap((code) => code.toLowerCase().split("/"))
}

function titleOf({ passage }: ScoredEvidence): string {
  return [passage.title, ...passage.headingPath].join("\n")
}

/** The other one lacks at most one word of the question that the best one has, and says no other in its place. */
function coversAlike(best: Side, other: Side): boolean {
  const { covered } = best.evidence
  const text = formsIn([...contentTerms(other.evidence.quote), ...contentTerms(titleOf(other.evidence))])
  const missed = covered.filter(
    (term) => !other.evidence.covered.includes(term) && !YEAR.test(term) && !formsOf(term).some((one) => text.has(one)),
  )
  // a number that is asked for may be what the two differ in
  const isOnlyValue = best.facts.quantities.length + best.facts.moments.length === 1
  const numbers = missed.filter((term) => /^\d+$/.test(term))
  const words = missed.filter((term) => !numbers.includes(term))
  if ((numbers.length > 0 && !isOnlyValue) || words.length > 1 || words.length >= Math.max(1, covered.length))
    return false
  const texts = [
    [contentTerms(best.facts.words), contentTerms(other.facts.words)],
    [contentTerms(titleOf(best.evidence)), contentTerms(titleOf(other.evidence))],
  ] as const
  return !words.some((term) => texts.some(([known, others]) => isReplaced(term, known, others)))
}

const YEAR = /^(?:19|20|21)\d\d$/

/** Whether the other text has a word of its own between the words that both have before and behind the term. */
function isReplaced(term: string, known: readonly string[], others: readonly string[]): boolean {
  const place = known.indexOf(term)
  if (place < 0) return false
  const [knownForms, otherForms] = [formsIn(known), formsIn(others)]
  const isShared = (one: string) => formsOf(one).some((form) => otherForms.has(form))
  const placeOf = (one: string | undefined) => others.findIndex((word) => isOneWord(word, one ?? ""))
  const from = placeOf(known.slice(0, place).findLast(isShared)) + 1
  const behind = placeOf(known.slice(place + 1).find(isShared))
  // in another order of words there is no such place
  const between = behind < 0 ? others.slice(from) : behind >= from ? others.slice(from, behind) : others
  return between.some((word) => !isLight(word) && !formsOf(word).some((form) => knownForms.has(form)))
}

function formsIn(terms: readonly string[]): Set<string> {
  return new Set(terms.flatMap(formsOf))
}

function isOneWord(left: string, right: string): boolean {
  const forms = formsOf(right)
  return formsOf(left).some((form) => forms.includes(form))
}

/** The question is about one year, and the sentences speak of different ones. */
function isOfAnotherYear(best: Facts, other: Facts, question: Facts): boolean {
  const yearsOf = ({ moments }: Facts) => new Set(moments.flatMap(({ year }) => (year === null ? [] : [year])))
  const asked = yearsOf(question)
  const [left, right] = [yearsOf(best), yearsOf(other)]
  if (asked.size === 0 || right.size === 0) return false
  const names = (years: ReadonlySet<number>) => [...asked].some((year) => years.has(year))
  return !names(right) || (left.size > 0 && !names(left))
}

function differing(
  best: Facts,
  other: Facts,
  { areYearsCompared }: { readonly areYearsCompared: boolean },
): readonly [string, string] | undefined {
  const isSame = (left: Quantity, right: Quantity) =>
    left.unit === null || right.unit === null
      ? left.value === right.value
      : isSameMeasure(left.value, left.unit, right.value, right.unit)
  for (const own of best.quantities) {
    if (own.isWeak || other.quantities.some((one) => isSame(own, one))) continue
    const rival = other.quantities.find(
      (one) => !one.isWeak && isAlike(own, one) && !best.quantities.some((known) => isSame(known, one)),
    )
    if (rival !== undefined) return [withUnit(own), withUnit(rival)]
  }
  for (const own of best.moments) {
    const isYear = own.month === null && own.minutes === null
    if (isYear && !areYearsCompared) continue
    const rivals = other.moments.filter((one) => namedIn(one) === namedIn(own))
    if (rivals.some((one) => isSameMoment(own, one))) continue
    const rival = rivals.find((one) => !best.moments.some((known) => isSameMoment(known, one)))
    if (rival !== undefined) return [own.text, rival.text]
  }
  return undefined
}

/** Which parts of a date or time are named; a year may be left out. */
function namedIn({ minutes, day, month }: Moment): string {
  return `${minutes === null} ${day === null} ${month === null}`
}

/** A year that only one of them names may be that of the other. */
function isSameMoment(left: Moment, right: Moment): boolean {
  const isSameYear = left.year === null || right.year === null || left.year === right.year
  return isSameYear && left.month === right.month && left.day === right.day && left.minutes === right.minutes
}

function isAlike(left: Quantity, right: Quantity): boolean {
  if (left.unit === null || right.unit === null)
    return left.unit === right.unit && left.noun !== null && left.noun === right.noun
  return isSameDimension(left.unit, right.unit)
}

const withUnit = ({ text, unit, noun }: Quantity): string => [text, unit ?? noun].filter(Boolean).join(" ")
