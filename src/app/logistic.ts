/** One observation of a logistic regression in which a part of the log-odds is known before. */
export interface Observation {
  /** The part that is known. */
  readonly offset: number
  readonly value: number
  readonly isPositive: boolean
}

/** Keeps the slope finite where the values part the two sides completely. */
const RIDGE = 0.05
const STEPS = 50

export interface LogisticFit {
  readonly slope: number
  readonly intercept: number
}

/**
 * Slope b and intercept a of log-odds = offset + a + b · value that make the observations most likely, by Newton's method,
 * with ½ · .05 · b² taken off. Both 0 where one side is empty.
 */
export function fitLogistic(observations: readonly Observation[]): LogisticFit {
  const mean = observations.reduce((sum, { value }) => sum + value, 0) / Math.max(1, observations.length)
  const positives = observations.filter(({ isPositive }) => isPositive).length
  if (positives === 0 || positives === observations.length) return { slope: 0, intercept: 0 }
  let [intercept, slope] = [0, 0]
  for (let step = 0; step < STEPS; step++) {
    let [gradientA, gradientB, aa, ab, bb] = [0, -RIDGE * slope, 1e-9, 0, RIDGE]
    for (const { offset, value, isPositive } of observations) {
      const x = value - mean
      const p = 1 / (1 + Math.exp(-(offset + intercept + slope * x)))
      const [error, curve] = [Number(isPositive) - p, p * (1 - p)]
      gradientA += error
      gradientB += error * x
      aa += curve
      ab += curve * x
      bb += curve * x * x
    }
    const determinant = aa * bb - ab * ab
    const changeA = (bb * gradientA - ab * gradientB) / determinant
    const changeB = (aa * gradientB - ab * gradientA) / determinant
    intercept += clampedStep(changeA)
    slope += clampedStep(changeB)
    if (Math.abs(changeA) + Math.abs(changeB) < 1e-9) break
  }
  return { slope, intercept: intercept - slope * mean }
}

/** A full step can overshoot far from the solution. */
function clampedStep(change: number): number {
  return Math.max(-2, Math.min(2, change))
}
