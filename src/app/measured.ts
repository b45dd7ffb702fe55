import type { Measured } from "../core/roles.ts"
import { BOOTSTRAP, bootstrapIntervals } from "./bootstrap.ts"
import { wilsonInterval } from "./metrics.ts"

/** Which part of the items is held out when a weight is fitted, so that it is never measured on what it was fitted to. */
const FOLDS = 5

/** The share of the items for which something holds, with Wilson's interval. */
export function shareOf(facts: readonly boolean[]): Measured {
  const count = facts.filter(Boolean).length
  return rounded({ value: facts.length === 0 ? 0 : count / facts.length, ...wilsonInterval(count, facts.length) })
}

/** The mean over the items, with a bootstrap interval: of a difference of two sides, a paired one. */
export function meanOf(values: readonly number[]): Measured {
  return statisticOf(values.length, (weights) => {
    let sum = 0
    for (const [place, value] of values.entries()) sum += value * (weights[place] ?? 0)
    return values.length === 0 ? 0 : sum / values.length
  })
}

/** A statistic as a function of how often each item counts, with a bootstrap interval. */
export function statisticOf(count: number, statistic: (weights: ArrayLike<number>) => number): Measured {
  const [interval = { low: 0, high: 0 }] = bootstrapIntervals(count, (weights) => [statistic(weights)], BOOTSTRAP)
  return rounded({ value: statistic(Array.from({ length: count }, () => 1)), ...interval })
}

/**
 * A value for each item that comes from a weight that was fitted to the items of the other folds; the item's place says
 * which fold it is in.
 */
export function crossFitted<Item, Weight, Value>(
  items: readonly Item[],
  weightFrom: (others: readonly Item[]) => Weight,
  apply: (item: Item, weight: Weight) => Value,
): Value[] {
  const weights = Array.from({ length: FOLDS }, (_, fold) =>
    weightFrom(items.filter((_, place) => place % FOLDS !== fold)),
  )
  return items.map((item, place) => apply(item, weights[place % FOLDS] as Weight))
}

/** `.87 (.74 to .94)` */
export function shownMeasured({ value, low, high }: Measured): string {
  return `${short(value)} (${short(low)} to ${short(high)})`
}

function short(value: number): string {
  return value.toFixed(2).replace(/^(-?)0\./, "$1.")
}

function rounded({ value, low, high }: Measured): Measured {
  const round = (number: number) => Math.round(number * 10_000) / 10_000
  return { value: round(value), low: round(low), high: round(high) }
}
