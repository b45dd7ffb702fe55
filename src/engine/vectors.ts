import { IbidError } from "../core/errors.ts"

/**
 * Throws `invalid-request` unless the vector has so many numbers, all finite and not all zero. LanceDB pads short vectors,
 * cuts long ones and answers nothing to NaN, all without an error.
 */
export function checkVector(vector: Float32Array, dimensions: number): void {
  if (vector.length === dimensions && isUsable(vector)) return
  throw new IbidError("invalid-request", `Cannot use the vector: it needs ${dimensions} finite numbers, not all zero`)
}

/** A plain loop: ten thousand vectors of a rebuilt index come by here. */
function isUsable(vector: Float32Array): boolean {
  let isZero = true
  for (let place = 0; place < vector.length; place++) {
    const value = vector[place] ?? 0
    if (!Number.isFinite(value)) return false
    if (value !== 0) isZero = false
  }
  return !isZero
}

/** Cosine similarity, in [-1, 1]. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0
  let squareA = 0
  let squareB = 0
  for (let place = 0; place < a.length; place++) {
    const value = a[place] ?? 0
    const other = b[place] ?? 0
    product += value * other
    squareA += value * value
    squareB += other * other
  }
  return product / Math.sqrt(squareA * squareB)
}
