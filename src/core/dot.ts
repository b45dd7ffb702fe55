/** Scalar product; of two vectors of unit norm their cosine. */
export function dot(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, component, place) => sum + component * (right[place] ?? 0), 0)
}
