import type { TermStatistics } from "../../src/core/term-weights.ts"
import { coveragesOf, type EvidenceInput, type ScoredEvidence, scoreEvidence } from "../../src/generation/evidence.ts"

export interface Asked extends Omit<EvidenceInput, "coverages"> {
  readonly terms: readonly string[]
  readonly statistics: TermStatistics
}

/** Evidence as the answer flow takes it: what of the question the candidates hold, then their scores. */
export function scoreSentences({ terms, statistics, ...input }: Asked): ScoredEvidence[] {
  return scoreEvidence({ ...input, coverages: coveragesOf(input.candidates, terms, statistics) })
}
