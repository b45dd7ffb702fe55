import { termsOf } from "../core/near-duplicates.ts"
import type { Reading } from "../core/ports.ts"
import { createCoverage, type TermStatistics } from "../core/term-weights.ts"
import type { DocumentId, Evidence, Passage } from "../core/types.ts"
import { antecedentOf } from "./antecedent.ts"
import type { Candidate } from "./candidates.ts"
import { preferNewer } from "./prefer-newer.ts"
import { clipped } from "./support.ts"

export interface ScoredEvidence extends Evidence {
  readonly passage: Passage
  /** Terms of the question that stand in the sentence, its title or its headings. */
  readonly covered: readonly string[]
}

export interface Coverage {
  /** Terms of the question that stand in the sentence, its title or its headings. */
  readonly covered: readonly string[]
  /** Their share of the question's idf mass. */
  readonly share: number
}

export interface EvidenceInput {
  readonly passages: readonly Passage[]
  /** One a passage, or empty where there is no reader. */
  readonly readings: readonly Reading[]
  readonly candidates: readonly Candidate[]
  /** Cosine of each candidate and the question, in the order of the candidates. */
  readonly cosines: readonly number[]
  /** Of each candidate, in the order of the candidates. */
  readonly coverages: readonly Coverage[]
  /** When the documents were changed; milliseconds since 1970 (UTC). */
  readonly modifiedAt: ReadonlyMap<DocumentId, number>
}

/**
 * Weights of the reader's card (`data/models/ibid-evidence-v1/README.md`, "Use"), chosen on four SQuAD 2.0 articles that
 * the reader never saw.
 */
const WEIGHTS = { coverage: 0.5, fused: 0.5, sentence: 0.15, answerable: 0.1 }
const MOST_EVIDENCE = 5

/** How much of the question each candidate holds, title and headings counted as said by it. */
export function coveragesOf(
  candidates: readonly Candidate[],
  terms: readonly string[],
  statistics: TermStatistics,
): Coverage[] {
  const shareOf = createCoverage(terms, statistics)
  return candidates.map(({ passage, text }) => {
    const present = termsOf([passage.title, ...passage.headingPath, text].join(" "))
    return { covered: terms.filter((term) => present.has(term)), share: shareOf(present) }
  })
}

/**
 * Evidence, best first, at most five, equal texts once:
 * score = cos + .5 · coverage + .5 · fused + .15 · mean token logit + .10 · answerable, logits clipped below at -12.
 * coverage is the share of the question's idf mass that stands in sentence, title and headings; fused is half
 * BM25 / max and half the passage's largest sentence cosine / max. Without readings the last two terms fall away, with a
 * reader that scores no sentences the one before the last.
 * A sentence that begins with a pronoun is quoted with the one before it, where that holds more of the question
 * (`antecedentOf`). Where the best sentence stands in a text of which the passages have a newer version, that version's like is the best.
 */
export function scoreEvidence(input: EvidenceInput): ScoredEvidence[] {
  const firstStage = firstStageScores(input)
  const scored = input.candidates.map((candidate, position) => {
    const { passage } = candidate
    const { covered, share } = input.coverages[position] ?? { covered: [], share: 0 }
    const passagePosition = input.passages.indexOf(passage)
    const reading = input.readings[passagePosition]
    const score =
      (input.cosines[position] ?? 0) +
      WEIGHTS.coverage * share +
      WEIGHTS.fused * (firstStage[passagePosition] ?? 0) +
      (reading === undefined
        ? 0
        : (reading.sentences === null ? 0 : WEIGHTS.sentence * clipped(reading.sentences[candidate.position])) +
          WEIGHTS.answerable * clipped(reading.answerable))
    return { candidate, covered, score }
  })
  scored.sort((a, b) => b.score - a.score)
  const coveredBy = (one: Candidate) => input.coverages[input.candidates.indexOf(one)]?.covered ?? []
  const seen = new Set<string>()
  const evidence: ScoredEvidence[] = []
  for (const { candidate, covered, score } of preferNewer(scored, input.modifiedAt)) {
    const key = candidate.text.replace(/\s+/g, " ").toLowerCase()
    const { passage, end } = candidate
    const isQuoted = evidence.some(
      (one) =>
        one.passage === passage && one.start <= passage.start + candidate.start && one.end >= passage.start + end,
    )
    if (seen.has(key) || isQuoted) continue
    seen.add(key)
    const before = antecedentOf(candidate, input.candidates, coveredBy)
    const start = before?.start ?? candidate.start
    evidence.push({
      ...{ passage, score, documentId: passage.documentId, path: passage.path, page: passage.page },
      covered: before === undefined ? covered : [...new Set([...covered, ...coveredBy(before)])],
      start: passage.start + start,
      end: passage.start + end,
      quote: passage.text.slice(start, end),
    })
    if (evidence.length === MOST_EVIDENCE) break
  }
  return evidence
}

function firstStageScores({ passages, candidates, cosines }: EvidenceInput): number[] {
  const largestCosine = passages.map((passage) =>
    Math.max(0, ...cosines.filter((_, position) => candidates[position]?.passage === passage)),
  )
  const lexical = passages.map((passage) => passage.scores.lexical ?? 0)
  const share = (value: number, whole: number) => (whole === 0 ? 0 : value / whole)
  const [topLexical, topCosine] = [Math.max(0, ...lexical), Math.max(0, ...largestCosine)]
  return passages.map(
    (_, position) =>
      0.5 * share(lexical[position] ?? 0, topLexical) + 0.5 * share(largestCosine[position] ?? 0, topCosine),
  )
}
