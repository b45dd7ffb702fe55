import { contentTerms } from "../core/terms.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { type Facts, factsOf, type Quantity } from "./facts.ts"
import { isSameDimension, isSameMeasure } from "./units.ts"
import { formsOf } from "./wording.ts"

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
 * sentences that name different years, while the question names one of them, do not contradict each other.
 */
export function conflictOf(evidence: readonly ScoredEvidence[], question: string): Conflict | undefined {
  const [best, ...others] = evidence
  if (best === undefined) return undefined
  const known = factsOf(best.quote)
  const asked = factsOf(question)
  for (const other of others) {
    if (other.documentId === best.documentId || best.score - other.score > FURTHEST) continue
    const facts = factsOf(other.quote)
    if (!isSameSubject(known.words, facts.words) || !coversAlike(best, other) || isOfAnotherYear(known, facts, asked))
      continue
    const said = differing(known, facts)
    if (said !== undefined) return { evidence: other, said }
  }
  return undefined
}

function isSameSubject(left: string, right: string): boolean {
  const [one, other] = [new Set(contentTerms(left)), new Set(contentTerms(right))]
  const forms = new Set([...other].flatMap(formsOf))
  const shared = [...one].filter((term) => formsOf(term).some((form) => forms.has(form))).length
  const least = Math.min(one.size, other.size)
  return least >= 2 && shared >= 2 && shared / least >= LEAST_SHARED
}

function coversAlike(best: ScoredEvidence, other: ScoredEvidence): boolean {
  const missed = best.covered.filter((term) => !other.covered.includes(term) && !/^\d+$/.test(term))
  return missed.length <= 1 && missed.length < Math.max(1, best.covered.length)
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

function differing(best: Facts, other: Facts): readonly [string, string] | undefined {
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
    const kind = (moment: typeof own) => `${moment.minutes === null} ${moment.day === null} ${moment.month === null}`
    const rivals = other.moments.filter((one) => kind(one) === kind(own))
    const isSameMoment = (one: typeof own) =>
      one.month === own.month && one.day === own.day && one.minutes === own.minutes
    if (own.month === null && own.minutes === null) continue
    const [rival] = rivals
    if (rival !== undefined && !rivals.some(isSameMoment)) return [own.text, rival.text]
  }
  return undefined
}

function isAlike(left: Quantity, right: Quantity): boolean {
  if (left.unit === null || right.unit === null)
    return left.unit === right.unit && left.noun !== null && left.noun === right.noun
  return isSameDimension(left.unit, right.unit)
}

const withUnit = ({ text, unit, noun }: Quantity): string => [text, unit ?? noun].filter(Boolean).join(" ")
