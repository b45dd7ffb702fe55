import type { AbstainReason, Answer, Citation, Evidence, Passage, Warning } from "../core/types.ts"
import type { Cited } from "./cite.ts"
import type { ScoredEvidence } from "./evidence.ts"

const ABSTENTION = "The documents do not answer this question."

type Common = Pick<Answer, "id" | "question" | "model" | "confidence" | "timings"> & {
  readonly passages: readonly Passage[]
  readonly evidence: readonly Evidence[]
  readonly warnings: readonly Warning[]
}

/** An answer in the shape of the contract; sentences whose quotes were refused must have been left out before. */
export function answered(
  common: Common,
  cited: Pick<Cited, "mode" | "sentences">,
  citations: readonly Citation[],
): Answer {
  return {
    ...withRoundedScores(common),
    status: "answered",
    mode: cited.mode,
    text: cited.sentences.map((sentence) => sentence.text).join(" "),
    sentences: cited.sentences,
    citations,
    reason: null,
    receipt: null,
  }
}

/** Abstaining is a result: a fixed sentence, the reason, and the closest quotes as evidence. */
export function abstained(common: Common, reason: AbstainReason): Answer {
  return {
    ...withRoundedScores(common),
    status: "abstained",
    mode: "extractive",
    text: ABSTENTION,
    sentences: [],
    citations: [],
    reason,
    receipt: null,
  }
}

/** The part of a scored sentence that goes over the wire. */
export function toEvidence(scored: ScoredEvidence): Evidence {
  const { documentId, path, page, start, end, quote, score } = scored
  return { documentId, path, page, start, end, quote, score: rounded(score) }
}

export function roundedPassage(passage: Passage): Passage {
  const { fused, dense, lexical, reader } = passage.scores
  const orNull = (score: number | null) => (score === null ? null : rounded(score))
  return {
    ...passage,
    scores: { fused: rounded(fused), dense: orNull(dense), lexical: orNull(lexical), reader: orNull(reader) },
  }
}

function withRoundedScores(common: Common): Common {
  const { retrieveMs, evidenceMs, firstTokenMs, totalMs } = common.timings
  return {
    ...common,
    confidence: rounded(common.confidence),
    timings: {
      retrieveMs: Math.round(retrieveMs),
      evidenceMs: Math.round(evidenceMs),
      firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
      totalMs: Math.round(totalMs),
    },
  }
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
