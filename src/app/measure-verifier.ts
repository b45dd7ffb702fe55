import type { Calibration, VerdictWeights } from "../core/roles.ts"
import { SUPPORT } from "../generation/support.ts"
import { measureChoice } from "./choice-weight.ts"
import { fitLogistic } from "./logistic.ts"
import { crossFitted, shownMeasured, statisticOf } from "./measured.ts"
import { auroc } from "./metrics.ts"
import type { RoleValues } from "./role-values.ts"

/** On each side; of fewer questions nothing can be said. */
const FEWEST = 15

interface Judged extends RoleValues {
  /** On the best sentence. */
  readonly verdict: number
}

/**
 * The role of verifier: its verdict on the best sentence enters the score by which Ibid abstains. It is granted where score
 * and verdict together tell answerable questions from others better than the score alone: paired bootstrap of the two areas
 * under the ROC curve, interval above 0, with weights that were fitted to other questions. Its verdicts choose among
 * sentences, too, where they put the right one first more often for sure.
 */
export function measureVerifier(
  values: readonly RoleValues[],
): Calibration["verifier"] & { readonly weights: VerdictWeights | null } {
  const judged = values.flatMap((one): Judged[] => {
    const [verdict] = one.verdicts
    return verdict === undefined || !one.hasReader ? [] : [{ ...one, verdict }]
  })
  const fitted = fitVerdict(judged)
  const combined = crossFitted(
    judged,
    (others) => fitVerdict(others).weight,
    // one centre for all: it moves every score alike, and so no area
    (one, weight) => one.score + weight * (one.verdict - fitted.centre),
  )
  const area = (score: (one: Judged, place: number) => number) =>
    auroc(judged.map((one, place) => ({ score: score(one, place), isPositive: one.answerable })))
  const areas = {
    score: area(({ score }) => score),
    verdict: area(({ verdict }) => verdict),
    combined: area((_, place) => combined[place] ?? 0),
  }
  const { weight: sentenceWeight, ...rightFirst } = measureChoice(
    judged
      .filter(({ answerable, verdicts }) => answerable && verdicts.length > 1)
      .map(({ sentences, verdicts }) => ({ sentences, values: verdicts })),
  )
  const over = (statistic: (weights: ArrayLike<number>) => number) => statisticOf(judged.length, statistic)
  const measures = {
    score: over(areas.score),
    verdict: over(areas.verdict),
    combined: over(areas.combined),
    difference: over((weights) => areas.combined(weights) - areas.score(weights)),
    rightFirst,
  }
  const { difference } = measures
  const answerable = judged.filter((one) => one.answerable).length
  const refusal =
    judged.length === 0
      ? "the engine does not tell how likely yes and no are"
      : Math.min(answerable, judged.length - answerable) < FEWEST
        ? `${answerable} answerable and ${judged.length - answerable} other questions, ${FEWEST} of each are needed`
        : difference.low <= 0
          ? `its verdict does not improve the decision to abstain: AUROC ${shownMeasured(difference)}`
          : undefined
  const weights =
    refusal === undefined ? { ...fitted, sentenceWeight: rightFirst.difference.low > 0 ? sentenceWeight : 0 } : null
  const granted = `its verdict improves the decision to abstain: AUROC ${shownMeasured(difference)}`
  return { isGranted: refusal === undefined, reason: refusal ?? granted, ...measures, weights }
}

/**
 * What one unit of the verdict adds to the score, and the verdict that adds nothing: the slope of a logistic regression in
 * which the log-odds of the score stand as they are, in units of the score; the middle of the two sides' means, which does
 * not depend on how many questions of the set are answerable. A verdict that points the wrong way weighs nothing.
 */
function fitVerdict(judged: readonly Judged[]): { readonly weight: number; readonly centre: number } {
  const { slope } = fitLogistic(
    judged.map(({ score, verdict, answerable }) => ({
      ...{ offset: SUPPORT.slope * score + SUPPORT.offset, value: verdict, isPositive: answerable },
    })),
  )
  const meanOfSide = (side: boolean) => {
    const verdicts = judged.filter(({ answerable }) => answerable === side).map(({ verdict }) => verdict)
    return verdicts.reduce((sum, verdict) => sum + verdict, 0) / Math.max(1, verdicts.length)
  }
  const round = (value: number) => Math.round(value * 1_000) / 1_000
  return {
    weight: round(Math.max(0, slope) / SUPPORT.slope),
    centre: round((meanOfSide(true) + meanOfSide(false)) / 2),
  }
}
