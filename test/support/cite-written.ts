import { checkSentences } from "../../src/generation/check-sentences.ts"
import { type Cited, cite } from "../../src/generation/cite.ts"
import type { ScoredEvidence } from "../../src/generation/evidence.ts"

/** What a model has written, checked and cited. */
export function citeWritten(
  written: string | null,
  evidence: readonly ScoredEvidence[],
  question: string,
  wanted: readonly ScoredEvidence[] = [],
): Cited {
  return cite(checkSentences(written, evidence, question), evidence, question, wanted)
}
