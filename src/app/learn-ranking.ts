import { EigenvalueDecomposition, Matrix } from "ml-matrix"
import { dot } from "../core/dot.ts"
import type { RankingWeights, Tuning } from "../core/tuning.ts"
import type { DocumentId } from "../core/types.ts"
import { adapt } from "../retrieval/adapt.ts"
import { fusedScores } from "../retrieval/fuse.ts"
import { blendedScores } from "../retrieval/second-stage.ts"
import { mean, ndcgAtK } from "./metrics.ts"
import type { ObservedHit, ObservedQuestion } from "./observe-questions.ts"

/** Without a ranking each question has the weights that it has where nothing was learnt. */
type Ranked = Pick<Tuning, "adapter" | "ranking">

const steps = (from: number, to: number, step: number) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, position) => from + position * step)

/** What is tried, coarse enough for a few dozen questions. */
const DENSE_WEIGHTS = steps(0, 1, 0.1)
const SENTENCE_SHARES = steps(0, 0.9, 0.15)
const COVERAGE_WEIGHTS = [0.25, 0.5, 1]
const GRID: readonly RankingWeights[] = DENSE_WEIGHTS.flatMap((denseWeight) =>
  SENTENCE_SHARES.flatMap((sentenceShare) =>
    COVERAGE_WEIGHTS.map((coverageWeight) => ({ denseWeight, sentenceShare, coverageWeight })),
  ),
)
/** Of the ridge, in questions: the fewer the questions, the less an adapter may move. */
const RIDGES = [3, 10, 30, 100]
const FOLDS = 4
/** What is learnt has to be so much better on what it was learnt from; less is noise. */
const LEAST_GAIN = 0.002

/** nDCG@10 of one question under a tuning, by document, from what was observed. */
export function ndcgOf(question: ObservedQuestion, { ranking, adapter }: Ranked): number {
  const vector = adapter === null ? null : adapt(question.vector, adapter)
  return ndcgOfHits(
    vector === null ? question.hits : moved(question.hits, vector),
    question,
    ranking ?? question.weights,
  )
}

/** The best weights on the questions, of equals the nearest to the present ones; null where nothing is better than those. */
export function learnRanking(questions: readonly ObservedQuestion[], present: Ranked): RankingWeights | null {
  const measured = questions.map((question) => {
    const { adapter } = present
    return { question, hits: adapter === null ? question.hits : moved(question.hits, adapt(question.vector, adapter)) }
  })
  const ndcgWith = (weights: RankingWeights | null) =>
    mean(measured.map(({ question, hits }) => ndcgOfHits(hits, question, weights ?? question.weights)))
  const near = (weights: RankingWeights, other: RankingWeights) =>
    Math.abs(weights.denseWeight - other.denseWeight) +
    Math.abs(weights.sentenceShare - other.sentenceShare) +
    Math.abs(weights.coverageWeight - other.coverageWeight)
  const distanceOf = (weights: RankingWeights) =>
    mean(questions.map((question) => near(weights, present.ranking ?? question.weights)))
  const least = ndcgWith(present.ranking) + LEAST_GAIN
  const [best] = GRID.map((weights) => ({ weights, value: ndcgWith(weights) }))
    .filter(({ value }) => value >= least)
    .sort((a, b) => b.value - a.value || distanceOf(a.weights) - distanceOf(b.weights))
  return best?.weights ?? null
}

/**
 * A linear map of question vectors onto the passages that answer them, by ridge regression on the residual:
 * A = (P − Q)ᵀ Q (QᵀQ + λ I)⁻¹ over rows of question vectors Q and of the nearest relevant passages P. λ by
 * cross-validation over the questions; null where no λ is better than no adapter.
 */
export function learnAdapter(questions: readonly ObservedQuestion[], present: Ranked): Float32Array | null {
  const pairs = questions.flatMap((question) => {
    const target = nearestRelevant(question)
    return target === undefined ? [] : [{ question, target }]
  })
  if (pairs.length < 2 * FOLDS) return null
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    fitted: fitRidge(pairs.filter((__, position) => position % FOLDS !== fold)),
    rest: pairs.filter((__, position) => position % FOLDS === fold).map(({ question }) => question),
  }))
  const ndcgWith = (ridge: number) =>
    mean(
      folds.flatMap(({ fitted, rest }) => {
        const adapter = fitted(ridge)
        return rest.map((question) => ndcgOf(question, { ...present, adapter }))
      }),
    )
  const without = mean(pairs.map(({ question }) => ndcgOf(question, { ...present, adapter: null })))
  let best: { readonly ridge: number; readonly value: number } | null = null
  for (const ridge of RIDGES) {
    const value = ndcgWith(ridge)
    if (value > (best?.value ?? without + LEAST_GAIN)) best = { ridge, value }
  }
  return best === null ? null : fitRidge(pairs)(best.ridge)
}

interface Pair {
  readonly question: ObservedQuestion
  readonly target: Float32Array
}

/** Adapters for any λ from one decomposition: QᵀQ = V diag(d) Vᵀ, so (QᵀQ + λ I)⁻¹ = V diag(1 / (d + λ)) Vᵀ. */
function fitRidge(pairs: readonly Pair[]): (ridge: number) => Float32Array {
  const asked = new Matrix(pairs.map(({ question }) => Array.from(question.vector)))
  const wanted = new Matrix(pairs.map(({ target }) => Array.from(target)))
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(asked.transpose().mmul(asked), {
    assumeSymmetric: true,
  })
  const rotated = wanted.sub(asked).transpose().mmul(asked).mmul(eigenvectorMatrix)
  const back = eigenvectorMatrix.transpose()
  return (ridge) => {
    const scaled = rotated.clone().mulRowVector(realEigenvalues.map((value) => 1 / (Math.max(value, 0) + ridge)))
    return Float32Array.from(scaled.mmul(back).to1DArray())
  }
}

function nearestRelevant({ hits, gains, vector }: ObservedQuestion): Float32Array | undefined {
  let best: { readonly vector: Float32Array; readonly cosine: number } | undefined
  for (const hit of hits) {
    if (hit.vector === undefined || !gains.has(hit.documentId)) continue
    const cosine = dot(hit.vector, vector)
    if (best === undefined || cosine > best.cosine) best = { vector: hit.vector, cosine }
  }
  return best?.vector
}

function moved(hits: readonly ObservedHit[], vector: Float32Array): ObservedHit[] {
  return hits.map((hit) => (hit.vector === undefined ? hit : { ...hit, dense: dot(hit.vector, vector) }))
}

function ndcgOfHits(hits: readonly ObservedHit[], { gains }: ObservedQuestion, weights: RankingWeights): number {
  const fused = fusedScores(hits, weights.denseWeight)
  const scores = blendedScores(
    hits.map(({ features }, position) => ({ fused: fused[position] ?? 0, features })),
    weights,
  )
  const order = hits.map((hit, position) => ({ hit, score: scores[position] ?? 0 })).sort((a, b) => b.score - a.score)
  return ndcgAtK([...new Set<DocumentId>(order.map(({ hit }) => hit.documentId))], gains, 10)
}
