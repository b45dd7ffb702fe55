import type { Reading } from "../core/ports.ts"
import type { VerdictWeights } from "../core/roles.ts"
import type { SupportCalibration } from "../core/tuning.ts"

export interface Support {
  readonly isEnough: boolean
  /** What was decided by: `withReader`, or the largest cosine where no threshold belongs to that. */
  readonly score: number
  /** max answerable + 8 · max cosine + 2 · max coverage; null where nothing was read. */
  readonly withReader: number | null
  /**
   * Probability that the passages answer the question, by logistic regression on squad2's validation articles, of whose
   * questions that were taken three in five have an answer and the others look as if they had one. Of a
   * cosine a monotone map, .5 at the threshold.
   */
  readonly confidence: number
  readonly hasEvidence: boolean
  /** Of the score; null where it is none of a reader that scores sentences, for which a verdict's weight was measured. */
  readonly calibration: SupportCalibration | null
}

const WEIGHTS = { cosine: 8, coverage: 2 }
/**
 * More than 93 % of the answerable questions of squad2's validation articles lie above it (300, by 6 it would be 92 %), and
 * the questions of the README do.
 */
export const SUPPORT: SupportCalibration = { threshold: 5.6, slope: 0.49, offset: -3.54 }
/**
 * Of the largest sentence cosine, without a reader or with one whose scale is not known. Chosen on the answerable questions of squad2's validation split, of which
 * 90 % lie above it.
 */
const COSINE_THRESHOLD = 0.5
const LOWEST_LOGIT = -12

/**
 * Whether anything supports an answer, decided before a word is written: max over passages of answerable + 8 · max over
 * sentences of cos + 2 · max over sentences of coverage, against 5.6. Chosen on 300 answerable and 200 adversarial
 * unanswerable questions of squad2's validation articles: AUROC .781 (answerable + 4 · cos: .765). `cosines` and
 * `coverages` belong to the sentences that could be evidence. The logit of a reader that scores no sentences has a scale of
 * its own: until a `calibration` was learnt with it, the largest cosine decides, as without a reader.
 */
export function support(
  readings: readonly Reading[],
  cosines: readonly number[],
  coverages: readonly number[],
  learnt: SupportCalibration | null = null,
): Support {
  const cosine = Math.max(0, ...cosines)
  const hasEvidence = cosines.length > 0
  const answerable = Math.max(...readings.map((reading) => clipped(reading.answerable)))
  const score = answerable + WEIGHTS.cosine * cosine + WEIGHTS.coverage * Math.max(0, ...coverages)
  const withReader = readings.length === 0 ? null : score
  const isKnownScale = readings.every(({ sentences }) => sentences !== null)
  const calibration = learnt ?? (isKnownScale ? SUPPORT : null)
  if (withReader === null || calibration === null) {
    const isEnough = hasEvidence && cosine >= COSINE_THRESHOLD
    const confidence = logistic(8 * (cosine - COSINE_THRESHOLD))
    return { isEnough, score: cosine, withReader, confidence, hasEvidence, calibration: null }
  }
  const known = judged(withReader, hasEvidence, calibration)
  return isKnownScale ? known : { ...known, calibration: null }
}

/**
 * Support with the verdict of a verifier on the best sentence: score + weight · (verdict − centre), in the units of the
 * score, so that its threshold and its confidence stay what they are. Without the
 * calibration of a reader that scores sentences no weight was measured: the verdict counts for nothing then.
 */
export function withVerdict(before: Support, verdict: number, { weight, centre }: VerdictWeights): Support {
  const { score, withReader, hasEvidence, calibration } = before
  if (calibration === null) return before
  return { ...judged(score + weight * (verdict - centre), hasEvidence, calibration), withReader }
}

function judged(score: number, hasEvidence: boolean, calibration: SupportCalibration): Support {
  const { threshold, slope, offset } = calibration
  const isEnough = hasEvidence && score >= threshold
  const confidence = logistic(slope * score + offset)
  return { isEnough, score, withReader: score, confidence, hasEvidence, calibration }
}

/** The reader's logits say nothing below -12. */
export function clipped(logit: number | undefined): number {
  return Math.max(logit ?? LOWEST_LOGIT, LOWEST_LOGIT)
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
