import type { SupportCalibration } from "../core/tuning.ts"
import type { ObservedQuestion } from "./observe-questions.ts"

type Scored = Pick<ObservedQuestion, "supportScore" | "isAnswerable">

/** Of the answerable questions no more may be refused. */
const MOST_REFUSED = 0.1
const NEWTON_STEPS = 25
/** Of both kinds; fewer say nothing of a threshold. */
export const FEWEST_OF_A_KIND = 10

/** Mean of the shares of the answerable questions that are answered and of the others that are refused. */
export function balancedAccuracy(
  questions: readonly Scored[],
  threshold: number,
  weights: ArrayLike<number> = questions.map(() => 1),
): number {
  const rightOf = (isAnswerable: boolean) => {
    let [right, all] = [0, 0]
    for (const [place, question] of questions.entries()) {
      if (question.isAnswerable !== isAnswerable) continue
      const weight = weights[place] ?? 0
      all += weight
      if (question.supportScore >= threshold === isAnswerable) right += weight
    }
    return all === 0 ? 0 : right / all
  }
  return (rightOf(true) + rightOf(false)) / 2
}

/**
 * The threshold of the largest balanced accuracy among those that refuse at most a tenth of the answerable questions, half
 * way between two scores, with the confidence as a logistic regression of the score. Null where there are too few of
 * either kind.
 */
export function learnSupport(questions: readonly Scored[]): SupportCalibration | null {
  const answerable = questions.filter(({ isAnswerable }) => isAnswerable)
  if (Math.min(answerable.length, questions.length - answerable.length) < FEWEST_OF_A_KIND) return null
  const scores = [...new Set(questions.map(({ supportScore }) => supportScore))].sort((a, b) => a - b)
  const refusedBelow = (threshold: number) =>
    answerable.filter(({ supportScore }) => supportScore < threshold).length / answerable.length
  let best: { readonly threshold: number; readonly value: number } | null = null
  for (const [position, score] of scores.entries()) {
    const threshold = position === 0 ? score : (score + (scores[position - 1] ?? score)) / 2
    if (refusedBelow(threshold) > MOST_REFUSED) break
    const value = balancedAccuracy(questions, threshold)
    if (best === null || value > best.value) best = { threshold, value }
  }
  return best === null ? null : { threshold: best.threshold, ...logisticFit(questions) }
}

/**
 * P(answerable | score) = 1 / (1 + exp(−(slope · score + offset))), by Newton's method on the targets (n₊ + 1) / (n₊ + 2)
 * and 1 / (n₋ + 2), which keep it finite where a threshold parts the two kinds. Platt 1999.
 */
function logisticFit(questions: readonly Scored[]): Pick<SupportCalibration, "slope" | "offset"> {
  const positives = questions.filter(({ isAnswerable }) => isAnswerable).length
  const targets = { true: (positives + 1) / (positives + 2), false: 1 / (questions.length - positives + 2) }
  const middle = questions.reduce((sum, { supportScore }) => sum + supportScore, 0) / questions.length
  let [slope, offset] = [0, Math.log((positives + 1) / (questions.length - positives + 1))]
  for (let step = 0; step < NEWTON_STEPS; step++) {
    let [gradientSlope, gradientOffset, a, b, c] = [0, 0, 1e-6, 0, 1e-6]
    for (const { supportScore, isAnswerable } of questions) {
      const value = supportScore - middle
      const probability = 1 / (1 + Math.exp(-(slope * value + offset)))
      const error = (isAnswerable ? targets.true : targets.false) - probability
      const curvature = probability * (1 - probability)
      gradientSlope += error * value
      gradientOffset += error
      a += curvature * value * value
      b += curvature * value
      c += curvature
    }
    const determinant = a * c - b * b
    const [moveSlope, moveOffset] = [
      (c * gradientSlope - b * gradientOffset) / determinant,
      (a * gradientOffset - b * gradientSlope) / determinant,
    ]
    slope += moveSlope
    offset += moveOffset
    if (Math.abs(moveSlope) + Math.abs(moveOffset) < 1e-9) break
  }
  return { slope, offset: offset - slope * middle }
}
