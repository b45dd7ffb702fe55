import type { Range } from "../core/types.ts"

/** A text that a model has seen, and the means to find its sentences among its tokens. */
export interface TokenisedText {
  readonly text: string
  /** Ranges in the text, rising. */
  readonly ranges: readonly Range[]
  /** Tokens of the whole text, special tokens included, before it was cut to the model's limit. */
  readonly ids: readonly number[]
  /** Tokens of a piece, without special ones. */
  encode(piece: string): readonly number[]
}

/**
 * Vectors of the sentences of a text from the pass that made its own: the mean of the states of a sentence's tokens, as
 * signed bytes, `dimensions` a sentence. One pass gives both ("late chunking", Günther and others 2024,
 * arXiv:2409.04701). Evidence chosen with them is as good as with vectors of the sentences alone, and nothing has to be
 * embedded when a question comes but the question. Zeros for a sentence that lies beyond the states; null where the
 * text's tokens are not those of its pieces, one after another.
 */
export function poolSentences(
  { text, ranges, ids, encode }: TokenisedText,
  { states, tokens }: { readonly states: Float32Array; readonly tokens: number },
): Int8Array | null {
  const dimensions = states.length / tokens
  const vectors = new Int8Array(ranges.length * dimensions)
  const pieces = ranges.map(({ start, end }, position) => ({
    before: encode(text.slice(ranges[position - 1]?.end ?? 0, start)).length,
    within: encode(text.slice(start, end)).length,
  }))
  const after = encode(text.slice(ranges.at(-1)?.end ?? 0)).length
  const counted = pieces.reduce((sum, { before, within }) => sum + before + within, after)
  if (counted !== ids.length - SPECIAL_TOKENS) return null
  let at = 1
  for (const [position, { before, within }] of pieces.entries()) {
    const start = at + before
    at = start + within
    // the last token that was seen ends the text
    const end = Math.min(at, tokens - 1)
    if (end <= start) continue
    const sum = new Float32Array(dimensions)
    for (let place = start * dimensions; place < end * dimensions; place++) {
      const dimension = place % dimensions
      sum[dimension] = (sum[dimension] ?? 0) + (states[place] ?? 0)
    }
    vectors.set(toBytes(sum), position * dimensions)
  }
  return vectors
}

/** One begins, one ends. */
const SPECIAL_TOKENS = 2

/** The direction of a vector, its largest number 127: a cosine is off by less than .003. */
export function toBytes(vector: Float32Array): Int8Array {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return Int8Array.from(vector, (value) => (largest === 0 ? 0 : Math.round((value / largest) * 127)))
}
