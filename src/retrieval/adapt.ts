/**
 * A question's vector moved towards the passages that answered questions like it: q' = (q + A q) / |q + A q|. The
 * passages stay as they were embedded, so that an adapter is learnt and undone without indexing anything again.
 */
export function adapt(vector: Float32Array, adapter: Float32Array): Float32Array {
  const { length } = vector
  if (adapter.length !== length * length) throw new RangeError("An adapter has as many rows and columns as a vector")
  const moved = Float32Array.from(vector, (component, row) => {
    let sum = component
    for (let column = 0; column < length; column++) sum += (adapter[row * length + column] ?? 0) * (vector[column] ?? 0)
    return sum
  })
  const norm = Math.hypot(...moved)
  return norm === 0 ? vector : moved.map((component) => component / norm)
}
