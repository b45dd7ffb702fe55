import { contentTerms } from "./terms.ts"

/** Share of all their content words that two texts have in common from which on one is a version of the other. */
const LEAST_SHARED = 0.8
/** Two lines of a few words are alike by chance. */
const FEWEST_TERMS = 8

/** Content words of a text, each once. */
export function termsOf(text: string): ReadonlySet<string> {
  return new Set(contentTerms(text))
}

/** Whether two texts are versions of one another: Jaccard similarity of their content words, at least .8. */
export function areNearDuplicates(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  const [fewer, more] = left.size < right.size ? [left, right] : [right, left]
  if (fewer.size < FEWEST_TERMS || fewer.size < LEAST_SHARED * more.size) return false
  let shared = 0
  for (const term of fewer) if (more.has(term)) shared++
  return shared / (left.size + right.size - shared) >= LEAST_SHARED
}
