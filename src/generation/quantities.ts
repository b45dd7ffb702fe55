import { type Bound, boundsNamed } from "./bounds.ts"
import { isCovered } from "./dates.ts"
import type { BoundedMoment, Facts, Quantity } from "./facts.ts"
import type { Problem } from "./problem.ts"
import { isSameMeasure, unitsNamed } from "./units.ts"

export interface Source {
  readonly text: string
  readonly facts: Facts
}

/**
 * Numbers, units, dates and codes of a sentence that the evidence does not have: `1,000` is `1000`, `-5` is not `5`, 90
 * minutes are 1.5 hours, and `12 weeks` is missing where the evidence says `16 weeks and 12 days`. A number that stands
 * without a unit in the evidence, as in the cell of a table, may take one that evidence or question name; else
 * what only the question names is a premise, and nothing supports it.
 */
export function factProblems(sentence: Facts, evidence: Source, question: string): Problem[] {
  const named = new Set([...unitsNamed(evidence.text), ...unitsNamed(question)])
  return [
    ...sentence.quantities.flatMap((quantity) => quantityProblem(quantity, evidence, named) ?? []),
    ...sentence.moments.flatMap((moment) => momentProblem(moment, evidence) ?? []),
    ...sentence.codes.flatMap((code) =>
      standsIn(code, evidence.text) ? [] : [{ code: "code" as const, found: code }],
    ),
  ]
}

function quantityProblem(quantity: Quantity, evidence: Source, named: ReadonlySet<string>): Problem | undefined {
  const { value, unit, noun, bound, text } = quantity
  const known = evidence.facts.quantities
  if (unit === null && known.every((one) => one.value !== value)) {
    const isRival = quantity.isWeak && known.every((one) => one.noun === null || one.noun !== noun)
    return isRival || (noun === null && isOfRange(value, evidence)) ? undefined : { code: "number", found: text }
  }
  const same = known.filter((one) =>
    unit === null || one.unit === null ? one.value === value : isSameMeasure(value, unit, one.value, one.unit),
  )
  const fitting = same.filter((one) => one.unit !== null || unit === null || named.has(unit.split(" per ")[0] ?? unit))
  if (fitting.length === 0) {
    const isUnit = known.some((one) => one.value === value)
    return isUnit ? { code: "unit", found: `${text} ${unit}` } : { code: "number", found: text }
  }
  const bounded = fitting.filter((one) => isCompatible(bound, one.bound, evidence.text))
  if (bounded.length === 0) return { code: "comparison", found: text }
  const isCountedElsewhere = noun !== null && known.some((one) => one.noun === noun && one.value !== value)
  if (isCountedElsewhere && bounded.every((one) => one.noun !== null && one.noun !== noun)) {
    return { code: "attribution", found: `${text} ${noun}` }
  }
  return undefined
}

/** The first or last day of `3–5 May` is a number for one side and part of a date for the other. */
function isOfRange(value: number, { facts }: Source): boolean {
  return facts.moments.some(({ day }) => day === value)
}

function momentProblem(moment: BoundedMoment, evidence: Source): Problem | undefined {
  const years = new Set(evidence.facts.moments.flatMap(({ year }) => year ?? []))
  if (moment.month === null && moment.year !== null && !years.has(moment.year)) {
    return { code: "date", found: moment.text }
  }
  const same = evidence.facts.moments.filter((one) => isCovered(moment, one, years))
  if (same.length === 0) return { code: "date", found: moment.text }
  const isBounded = same.some((one) => isCompatible(moment.bound, one.bound, evidence.text))
  return isBounded ? undefined : { code: "comparison", found: moment.text }
}

/** A bound must not point the other way, and a hard one must have a ground in the evidence. */
function isCompatible(bound: Bound | null, known: Bound | null, evidence: string): boolean {
  if (bound === null) return true
  if (known !== null) return bound.direction === known.direction
  const named = boundsNamed(evidence)
  if (named.has(bound.direction)) return true
  return bound.isSoft && named.size === 0
}

/** A code stands in the text as a whole: `PF-2210` is not in `PF-2210-B`, but in `PF-2210/PF-2211`. */
function standsIn(code: string, text: string): boolean {
  const [wanted, all] = [code.toLowerCase(), text.toLowerCase()]
  for (let place = all.indexOf(wanted); place >= 0; place = all.indexOf(wanted, place + 1)) {
    const isApart = !/(?:[\p{L}\p{N}]|[\p{L}\p{N}][-_.@:])$/u.test(all.slice(Math.max(0, place - 3), place))
    const end = place + wanted.length
    if (isApart && !/^[-_.@:]?[\p{L}\p{N}]/u.test(all.slice(end, end + 3))) return true
  }
  return false
}
