import type { SupportCalibration } from "../core/tuning.ts"
import { fitLogistic } from "./logistic.ts"
import type { ObservedQuestion } from "./observe-questions.ts"

type Scored = Pick<ObservedQuestion, "supportScore" | "isAnswerable">

/** Of the answerable questions no more may be refused. */
const MOST_REFUSED = 0.1
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
  if (best === null) return null
  const { slope, intercept } = fitLogistic(
    questions.map(({ supportScore, isAnswerable }) => ({ offset: 0, value: supportScore, isPositive: isAnswerable })),
  )
  return { threshold: best.threshold, slope, offset: intercept }
}
