import type { Measured } from "../core/roles.ts"
import { chosen } from "../generation/second-opinion.ts"
import { crossFitted, meanOf, shareOf } from "./measured.ts"
import type { SentenceValues } from "./role-values.ts"

/** The first sentences of an answerable question, with what the model says of each. */
export interface Choice {
  readonly sentences: readonly SentenceValues[]
  readonly values: readonly number[]
}

export interface MeasuredChoice {
  readonly score: Measured
  readonly combined: Measured
  readonly difference: Measured
  /** Fitted to all questions. */
  readonly weight: number
}

/** Two sentences are seldom further apart than 1 in their scores; what the model says spans some units. */
const WEIGHTS = [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8]

/**
 * How often the right sentence stands first by the score alone, and by score + weight · value, with weights that were
 * fitted to other questions.
 */
export function measureChoice(choices: readonly Choice[]): MeasuredChoice {
  const before = choices.map((choice) => isRightFirst(choice, 0))
  const after = crossFitted(choices, bestWeight, isRightFirst)
  return {
    score: shareOf(before),
    combined: shareOf(after),
    difference: meanOf(after.map((isRight, place) => Number(isRight) - Number(before[place]))),
    weight: bestWeight(choices),
  }
}

/** The smallest of the weights that put the right sentence first most often. */
function bestWeight(choices: readonly Choice[]): number {
  const counts = WEIGHTS.map((weight) => choices.filter((choice) => isRightFirst(choice, weight)).length)
  return WEIGHTS[counts.indexOf(Math.max(...counts))] ?? 0
}

function isRightFirst({ sentences, values }: Choice, weight: number): boolean {
  return chosen(sentences, values, weight)[0]?.isRight === true
}
