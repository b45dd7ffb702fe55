import { areNearDuplicates, termsOf } from "../core/near-duplicates.ts"
import type { DocumentId, Passage } from "../core/types.ts"

interface Sentence {
  readonly passage: Pick<Passage, "documentId" | "text">
  readonly text: string
}

/** Share of the shorter sentence's content words from which on two sentences are taken for one that was changed. */
const LEAST_SHARED = 0.6

/**
 * Puts the newer version of the best sentence in its place, where the passages hold two versions of a text; it may say
 * something else, so both stay, and it has to hold every word of the question that the older one holds. `modifiedAt` is
 * in milliseconds.
 */
export function preferNewer<
  Scored extends { readonly candidate: Sentence; readonly covered: readonly string[]; readonly score: number },
>(scored: readonly Scored[], modifiedAt: ReadonlyMap<DocumentId, number>): readonly Scored[] {
  const [best] = scored
  if (best === undefined) return scored
  const { passage, text } = best.candidate
  const ageOf = (candidate: Sentence) => modifiedAt.get(candidate.passage.documentId) ?? 0
  const [passageTerms, sentenceTerms] = [termsOf(passage.text), termsOf(text)]
  const newer = scored.find(({ candidate, covered }) => {
    if (ageOf(candidate) <= ageOf(best.candidate)) return false
    if (!best.covered.every((term) => covered.includes(term))) return false
    const terms = termsOf(candidate.text)
    const shared = [...terms].filter((term) => sentenceTerms.has(term)).length
    return (
      shared >= LEAST_SHARED * Math.min(terms.size, sentenceTerms.size) &&
      areNearDuplicates(passageTerms, termsOf(candidate.passage.text))
    )
  })
  if (newer === undefined) return scored
  return [{ ...newer, score: best.score }, ...scored.filter((one) => one !== newer)]
}
