import type { Entailment, EntailmentShares } from "../core/ports.ts"
import type { SentenceCheck } from "./check-sentences.ts"
import type { ScoredEvidence } from "./evidence.ts"
import { withTitle } from "./second-opinion.ts"

interface Entailed {
  readonly checks: readonly SentenceCheck[]
  /** Of the sentences that had passed the gate, in order. */
  readonly shares: readonly EntailmentShares[]
}

/**
 * A second opinion on what has passed the gate, by meaning where the gate goes by words: the evidence that a sentence is
 * cited to, its title in front, is the premise. A sentence is withheld where entailment is not the most likely label.
 */
export async function entail(
  checks: readonly SentenceCheck[],
  evidence: readonly ScoredEvidence[],
  entailment: Entailment,
  signal: AbortSignal | undefined,
): Promise<Entailed> {
  const judged: SentenceCheck[] = []
  const shares: EntailmentShares[] = []
  for (const check of checks) {
    const source = check.position === null ? undefined : evidence[check.position]
    if (!check.verdict.passes || source === undefined) {
      judged.push(check)
      continue
    }
    const given = await entailment.judge(withTitle(source), check.sentence, signal === undefined ? {} : { signal })
    shares.push(given)
    judged.push(given.entailment > Math.max(given.neutral, given.contradiction) ? check : withheld(check))
  }
  return { checks: judged, shares }
}

function withheld(check: SentenceCheck): SentenceCheck {
  return { ...check, verdict: { passes: false, reason: "not-entailed", missing: [], problems: [] }, position: null }
}
