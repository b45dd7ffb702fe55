import { splitSentences } from "../core/sentences.ts"
import { createCoverage, type TermStatistics } from "../core/term-weights.ts"
import { contentTerms } from "../core/terms.ts"
import type { RankingWeights } from "../core/tuning.ts"
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

export type SecondStageWeights = Pick<RankingWeights, "sentenceShare" | "coverageWeight">

/**
 * The best on scifact's train split (nDCG@10 .749, .741 without this stage); on squad2 (.935, .921 without) a share of .6
 * is better by .006. From .3 to .6 the blend is nearly flat on both.
 */
export const SECOND_STAGE: SecondStageWeights = { sentenceShare: 0.4, coverageWeight: 1 }
/** Of a question with phrases: enough to put what has them before all that only resembles it. */
const PHRASE_SHARE = 0.4

/** What a sentence has to do with a question; both in [0, 1]. */
export interface SentenceFeatures {
  readonly cosine: number
  readonly coverage: number
}

interface FeaturedHit {
  readonly hit: ContextHit
  readonly sentences: readonly HitSentence[]
  readonly features: readonly SentenceFeatures[]
}

/**
 * Ranks hits by what their best sentence has to do with the question, blended with where they stood: fused becomes
 * .6 · fused / max + .4 · best / max, best the largest (cos + coverage) / 2 over a hit's sentences, coverage the
 * share of the question's idf mass in sentence, title and headings. Where the question has phrases, .6 of that and .4 of
 * the share of them that a hit holds word for word make the score. Best first. Where the vectors of its sentences are not
 * known, a hit's own cosine stands in for theirs.
 */
export function secondStage(
  hits: readonly ContextHit[],
  input: SecondStageInput,
  weights: SecondStageWeights = SECOND_STAGE,
): SecondStageHit[] {
  const patterns = (input.phrases ?? []).map(phrasePattern)
  const featured = sentenceFeatures(hits, input)
  const scores = blendedScores(
    featured.map(({ hit, features }) => ({ fused: hit.fused, features })),
    weights,
  )
  return featured
    .map(({ hit, sentences }, position) => {
      const blended = scores[position] ?? 0
      if (patterns.length === 0) return { ...hit, sentences, fused: blended }
      const text = readableText(hit)
      const held = patterns.filter((pattern) => pattern.test(text)).length / patterns.length
      return { ...hit, sentences, fused: (1 - PHRASE_SHARE) * blended + PHRASE_SHARE * held }
    })
    .sort((a, b) => b.fused - a.fused)
}

/** The score of each hit by fusion and by its best sentence, in the order of the hits. */
export function blendedScores(
  hits: readonly { readonly fused: number; readonly features: readonly SentenceFeatures[] }[],
  { sentenceShare, coverageWeight }: SecondStageWeights,
): number[] {
  const best = hits.map(({ features }) =>
    largest(features.map(({ cosine, coverage }) => (cosine + coverageWeight * coverage) / (1 + coverageWeight))),
  )
  const [topFused, topBest] = [largest(hits.map(({ fused }) => fused)), largest(best)]
  const share = (value: number, whole: number) => (whole === 0 ? 0 : value / whole)
  return hits.map(
    ({ fused }, position) =>
      (1 - sentenceShare) * share(fused, topFused) + sentenceShare * share(best[position] ?? 0, topBest),
  )
}

/** The sentences of each hit and what they have to do with the question, in the order of the hits. */
export function sentenceFeatures(hits: readonly ContextHit[], input: SecondStageInput): FeaturedHit[] {
  const coverageOf = createCoverage(input.terms, input.statistics)
  return hits.map((hit) => {
    const sentences = sentencesOf(hit, input)
    const header = contentTerms([hit.title, ...hit.headingPath].join(" "))
    const features = sentences.map(({ start, end, cosine }) => {
      const terms = contentTerms(hit.text.slice(start - hit.start, end - hit.start))
      return { cosine: Math.max(cosine ?? hit.dense ?? 0, 0), coverage: coverageOf(new Set([...header, ...terms])) }
    })
    return { hit, sentences, features }
  })
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
