import type { EntailmentShares, Reading } from "../core/ports.ts"
import type { CandidateTrace, DropReason, OpinionTrace, PassageTrace, Trace } from "../core/receipt.ts"
import type { ChunkId, Evidence, Passage } from "../core/types.ts"
import type { Candidate } from "../generation/candidates.ts"
import type { Support } from "../generation/support.ts"
import type { ContextHit } from "../retrieval/context.ts"
import type { Retrieval } from "../retrieval/retrieve.ts"
import type { CheckedHits } from "./check-hits.ts"

/** What the stages of one answer have returned. */
export interface Stages {
  readonly retrieval: Retrieval
  readonly checked: CheckedHits
  /** In the order of rank; those that were read stand first. */
  readonly passages: readonly Passage[]
  readonly readings: readonly Reading[]
  /** How many passages were read. */
  readonly read: number
  readonly candidates: readonly Candidate[]
  readonly cosines: readonly number[]
  readonly evidence: readonly Evidence[]
  readonly support: Support
  readonly opinion: OpinionTrace | null
  readonly withheld: string | null
  /** Of written sentences; none where no model was asked. */
  readonly entailment: readonly EntailmentShares[]
  readonly tuning: { readonly id: string } | null
}

/** The trace of an answer: each chunk that a search returned with what became of it, each sentence with its scores. */
export function toTrace(stages: Stages): Trace {
  const { retrieval, support, opinion, withheld, entailment, tuning } = stages
  const { embedMs, denseMs, lexicalMs } = retrieval.timings
  return {
    candidates: candidateTraces(stages),
    passages: stages.passages.map((passage, position) => passageTrace(passage, position, stages)),
    support: { isEnough: support.isEnough, score: rounded(support.score), confidence: rounded(support.confidence) },
    ...(opinion === null
      ? {}
      : { opinion: { verdicts: opinion.verdicts.map(rounded), picks: opinion.picks.map(rounded) } }),
    ...(entailment.length === 0 ? {} : { entailment: entailment.map(roundedShares) }),
    withheld,
    tuning: tuning?.id ?? null,
    degraded: retrieval.degraded,
    timings: { embedMs: Math.round(embedMs), denseMs: Math.round(denseMs), lexicalMs: Math.round(lexicalMs) },
  }
}

function candidateTraces({ retrieval, checked, passages }: Stages): CandidateTrace[] {
  const denseRanks = ranksOf(retrieval.dense)
  const lexicalRanks = ranksOf(retrieval.lexical)
  const hits = new Map(checked.hits.map((hit) => [chunkIdOf(hit), hit]))
  const texts = new Map<string, ChunkId>()
  for (const hit of checked.hits) if (!texts.has(flat(hit.text))) texts.set(flat(hit.text), chunkIdOf(hit))
  return retrieval.fused.map(({ chunkId, fused, dense, lexical }, position) => {
    const hit = hits.get(chunkId)
    const passage = hit === undefined ? undefined : passages.find((one) => holds(one, hit))
    const isRepeated = hit !== undefined && texts.get(flat(hit.text)) !== chunkId
    const dropped: DropReason = checked.dropped.get(chunkId) ?? (isRepeated ? "same-text" : "limit")
    return {
      chunkId,
      ...{ fusedRank: position + 1, fused: rounded(fused) },
      ...{ denseRank: denseRanks.get(chunkId) ?? null, dense: roundedOrNull(dense) },
      ...{ lexicalRank: lexicalRanks.get(chunkId) ?? null, lexical: roundedOrNull(lexical) },
      passage: passage?.rank ?? null,
      dropped: passage === undefined ? dropped : null,
    }
  })
}

function passageTrace(passage: Passage, position: number, stages: Stages): PassageTrace {
  const { rank, documentId, revision, start, end, scores } = passage
  const reading = stages.readings[position]
  const sentences = stages.candidates.flatMap((candidate, number) => {
    if (candidate.passage.rank !== rank) return []
    const place = { start: start + candidate.start, end: start + candidate.end }
    const chosen = stages.evidence.find(
      (one) => one.documentId === documentId && one.start === place.start && one.end === place.end,
    )
    return [
      {
        ...place,
        cosine: rounded(stages.cosines[number] ?? 0),
        reader: roundedOrNull(reading?.sentences?.[candidate.position] ?? null),
        score: chosen?.score ?? null,
      },
    ]
  })
  return { rank, documentId, revision, start, end, scores, isRead: position < stages.read, sentences }
}

function holds(passage: Passage, hit: ContextHit): boolean {
  const isSameText = passage.documentId === hit.documentId && passage.revision === hit.revision
  return isSameText && passage.start <= hit.start && hit.end <= passage.end
}

function chunkIdOf({ documentId, ordinal }: ContextHit): ChunkId {
  return `${documentId}:${ordinal}` as ChunkId
}

function ranksOf(hits: readonly { readonly chunkId: ChunkId }[]): Map<ChunkId, number> {
  return new Map(hits.map(({ chunkId }, position) => [chunkId, position + 1]))
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ")
}

function roundedShares({ entailment, neutral, contradiction }: EntailmentShares): EntailmentShares {
  return { entailment: rounded(entailment), neutral: rounded(neutral), contradiction: rounded(contradiction) }
}

function roundedOrNull(value: number | null): number | null {
  return value === null ? null : rounded(value)
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
