import { splitSentences } from "../core/sentences.ts"
import { createCoverage, type TermStatistics } from "../core/term-weights.ts"
import { contentTerms } from "../core/terms.ts"
import type { Range } from "../core/types.ts"
import type { ContextHit } from "./context.ts"
import { phrasePattern, readableText } from "./phrases.ts"

/** A sentence of a hit; its range counts in the canonical text. */
export interface HitSentence extends Range {
  /** Of the question and the sentence as it stands in its chunk; null where its vector is not known. */
  readonly cosine: number | null
}

export interface SecondStageHit extends ContextHit {
  readonly sentences: readonly HitSentence[]
}

export interface SecondStageInput {
  /** Of the question, unit norm. */
  readonly vector: Float32Array
  /** Content words of the question. */
  readonly terms: readonly string[]
  readonly statistics: TermStatistics
  /** Quoted phrases and identifiers of the question. */
  readonly phrases?: readonly string[]
  /** By embedding key, as `PassageVectors` has them. */
  readonly sentenceVectors: ReadonlyMap<string, Int8Array>
}

/** Chosen on squad2 and on scifact's train split; from .5 to .6 the blend is nearly flat. */
const SENTENCE_SHARE = 0.6
const COVERAGE_WEIGHT = 0.5
/** Of a question with phrases: enough to put what has them before all that only resembles it. */
const PHRASE_SHARE = 0.4

/**
 * Ranks hits by what their best sentence has to do with the question, blended with where they stood: fused becomes
 * .4 · fused / max + .6 · best / max, best the largest (cos + .5 · coverage) / 1.5 over a hit's sentences, coverage the
 * share of the question's idf mass in sentence, title and headings. Where the question has phrases, .6 of that and .4 of
 * the share of them that a hit holds word for word make the score. Best first. Where the vectors of its sentences are not
 * known, a hit's own cosine stands in for theirs.
 */
export function secondStage(hits: readonly ContextHit[], input: SecondStageInput): SecondStageHit[] {
  const patterns = (input.phrases ?? []).map(phrasePattern)
  const coverageOf = createCoverage(input.terms, input.statistics)
  const scored = hits.map((hit) => {
    const sentences = sentencesOf(hit, input)
    const header = contentTerms([hit.title, ...hit.headingPath].join(" "))
    const scores = sentences.map(({ start, end, cosine }) => {
      const terms = contentTerms(hit.text.slice(start - hit.start, end - hit.start))
      const coverage = coverageOf(new Set([...header, ...terms]))
      return (Math.max(cosine ?? hit.dense ?? 0, 0) + COVERAGE_WEIGHT * coverage) / (1 + COVERAGE_WEIGHT)
    })
    return { hit, sentences, best: Math.max(0, ...scores) }
  })
  const [topFused, topBest] = [largest(scored.map(({ hit }) => hit.fused)), largest(scored.map(({ best }) => best))]
  const share = (value: number, whole: number) => (whole === 0 ? 0 : value / whole)
  return scored
    .map(({ hit, sentences, best }) => {
      const blended = (1 - SENTENCE_SHARE) * share(hit.fused, topFused) + SENTENCE_SHARE * share(best, topBest)
      if (patterns.length === 0) return { ...hit, sentences, fused: blended }
      const text = readableText(hit)
      const held = patterns.filter((pattern) => pattern.test(text)).length / patterns.length
      return { ...hit, sentences, fused: (1 - PHRASE_SHARE) * blended + PHRASE_SHARE * held }
    })
    .sort((a, b) => b.fused - a.fused)
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}

function sentencesOf(hit: ContextHit, { vector, sentenceVectors }: SecondStageInput): HitSentence[] {
  const ranges = splitSentences(hit.text)
  const bytes = sentenceVectors.get(hit.embeddingKey)
  const isKnown = bytes !== undefined && bytes.length === ranges.length * vector.length
  return ranges.map(({ start, end }, position) => ({
    ...{ start: hit.start + start, end: hit.start + end },
    cosine: isKnown ? cosine(vector, bytes, position * vector.length) : null,
  }))
}

/** Null for zeros. */
function cosine(vector: Float32Array, bytes: Int8Array, from: number): number | null {
  let [product, square] = [0, 0]
  for (let place = 0; place < vector.length; place++) {
    const byte = bytes[from + place] ?? 0
    product += byte * (vector[place] ?? 0)
    square += byte * byte
  }
  return square === 0 ? null : product / Math.sqrt(square)
}
