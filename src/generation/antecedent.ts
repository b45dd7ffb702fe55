import type { Candidate } from "./candidates.ts"

/** A sentence that begins with a pronoun leaves to the one before it what it speaks of; `it is said that` does not. */
const PRONOUN =
  /^[\s"'“”‘’(–-]*(?:it|its|they|their|these|this|those|that|he|his|she|her|such|er|sie|es|dies(?:e[rsnm]?)?|il|elle|ils|elles|ce|cela|cette|ces)(?!\p{L})(?!\s+(?:is|was)\s+(?:\p{L}+\s+){0,3}(?:that|to)(?!\p{L}))/iu

/** More is no quote of a sentence any more; characters. */
const LONGEST = 600

/**
 * The sentence before a candidate, where one of the two does not carry the answer alone: the candidate begins with a pronoun,
 * both stand in one paragraph, and the one before holds a term of the question that the candidate, its title and its headings
 * do not. `coveredBy` gives the terms of a candidate.
 */
export function antecedentOf(
  candidate: Candidate,
  candidates: readonly Candidate[],
  coveredBy: (candidate: Candidate) => readonly string[],
): Candidate | undefined {
  if (!PRONOUN.test(candidate.text)) return undefined
  const before = candidates.find(
    ({ passage, position }) => passage === candidate.passage && position === candidate.position - 1,
  )
  if (before === undefined || candidate.end - before.start > LONGEST) return undefined
  if (candidate.passage.text.slice(before.end, candidate.start).includes("\n")) return undefined
  const own = new Set(coveredBy(candidate))
  return coveredBy(before).some((term) => !own.has(term)) ? before : undefined
}
