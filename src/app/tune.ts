import { IbidError } from "../core/errors.ts"
import type { TunedFigure, TunedPart, Tuning, TuningReport } from "../core/tuning.ts"
import type { CallOptions, CollectionId } from "../core/types.ts"
import { listCollections } from "../db/collections.ts"
import { findTuning, writeTuning } from "../db/tunings.ts"
import { SUPPORT } from "../generation/support.ts"
import { SECOND_STAGE } from "../retrieval/second-stage.ts"
import { BOOTSTRAP, bootstrapIntervals } from "./bootstrap.ts"
import { learnAdapter, learnRanking, ndcgOf } from "./learn-ranking.ts"
import { balancedAccuracy, FEWEST_OF_A_KIND, learnSupport } from "./learn-support.ts"
import { type ObservedQuestion, observeQuestions } from "./observe-questions.ts"
import { type Parts, tunedWith } from "./parts.ts"
import type { QuestionSet } from "./question-set.ts"

export type TuneEvent =
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  /** The last one. `id` is null where nothing was kept. */
  | { readonly type: "tuned"; readonly id: string | null; readonly report: TuningReport }

/** Answerable questions in each half; fewer say nothing. */
const FEWEST = 20

/**
 * Learns of one half of the questions what may rank and refuse better in a collection: weights of fusion and of the second
 * stage, a linear adapter of question vectors, the threshold of abstention. Each is measured on the other half against
 * what is in force, and kept only where the 95 % interval of the difference lies above zero. Throws `invalid-request` for
 * too few questions and for an unknown collection.
 */
export async function* tune(
  set: QuestionSet,
  collectionId: CollectionId,
  parts: Parts,
  call: CallOptions,
): AsyncGenerator<TuneEvent> {
  if (!(await listCollections(parts.database.read)).includes(collectionId)) {
    throw new IbidError("invalid-request", `Cannot tune: there is no collection "${collectionId}"`)
  }
  const observing = observeQuestions(set, collectionId, parts, call)
  let step = await observing.next()
  for (; !step.done; step = await observing.next()) yield { type: "progress", ...step.value }
  const { questions, leftOut } = step.value
  const [learnt, heldOut] = [
    questions.filter(({ isLearnt }) => isLearnt),
    questions.filter(({ isLearnt }) => !isLearnt),
  ]
  const fewest = Math.min(...[learnt, heldOut].map((half) => half.filter(({ isAnswerable }) => isAnswerable).length))
  if (fewest < FEWEST) {
    const state = `it takes ${FEWEST} answerable questions in each half, and there are ${fewest}`
    const lost = leftOut === 0 ? "" : `; the documents of ${leftOut} questions are not in the collection`
    throw new IbidError("invalid-request", `Cannot tune: ${state}${lost}`)
  }

  const inForce = await findTuning(parts.database.read, [collectionId], tunedWith(parts))
  const { tuning, figures, notes } = learn(learnt, heldOut, inForce ?? NOTHING, parts)
  const report = { questions: { learnt: learnt.length, heldOut: heldOut.length, leftOut }, figures, notes }
  const isBetter = figures.some(({ isKept }) => isKept)
  const id = isBetter
    ? await parts.database.write((transaction) =>
        writeTuning(transaction, collectionId, tuning, { ...tunedWith(parts), report }),
      )
    : null
  yield { type: "tuned", id, report }
}

const NOTHING: Tuning = { ranking: null, support: null, adapter: null }

function learn(
  learnt: readonly ObservedQuestion[],
  heldOut: readonly ObservedQuestion[],
  inForce: Tuning,
  parts: Pick<Parts, "embedder" | "reader">,
): { readonly tuning: Tuning; readonly figures: TunedFigure[]; readonly notes: string[] } {
  const figures: TunedFigure[] = []
  const notes: string[] = []
  let tuning: Tuning = { ranking: inForce.ranking, support: inForce.support, adapter: inForce.adapter }
  const keep = (figure: TunedFigure, better: Tuning) => {
    figures.push(figure)
    if (figure.isKept) tuning = better
  }
  const rankedBy = ({ ranking, adapter }: Tuning) => ({
    ranking: ranking ?? { denseWeight: parts.embedder.denseWeight, ...SECOND_STAGE },
    adapter,
  })
  const answerable = (questions: readonly ObservedQuestion[]) => questions.filter(({ isAnswerable }) => isAnswerable)
  const compareRankings = (part: TunedPart, better: Tuning) => {
    const pairs = answerable(heldOut).map((question) => ({
      before: ndcgOf(question, rankedBy(tuning)),
      after: ndcgOf(question, rankedBy(better)),
    }))
    const over = (side: "before" | "after") => (weights: ArrayLike<number>) => weightedMean(pairs, side, weights)
    keep(compared(part, "ndcg10", pairs.length, over("before"), over("after")), better)
  }

  const ranking = learnRanking(answerable(learnt), rankedBy(tuning))
  if (ranking === null) notes.push("No other weights rank the questions better that were learnt from")
  else compareRankings("ranking", { ...tuning, ranking })
  const adapter = learnAdapter(answerable(learnt), rankedBy(tuning))
  if (adapter === null) notes.push("No adapter ranks the questions better that were learnt from")
  else compareRankings("adapter", { ...tuning, adapter })

  const support = parts.reader === null ? null : learnSupport(learnt)
  const others = heldOut.length - answerable(heldOut).length
  if (support === null || others < FEWEST_OF_A_KIND) {
    const few = `fewer than ${FEWEST_OF_A_KIND} questions of a half have no answer`
    notes.push(`No threshold was learnt: ${parts.reader === null ? "there is no reader" : few}`)
  } else {
    const over = (threshold: number) => (weights: ArrayLike<number>) => balancedAccuracy(heldOut, threshold, weights)
    const [before, after] = [over((tuning.support ?? SUPPORT).threshold), over(support.threshold)]
    keep(compared("support", "balancedAccuracy", heldOut.length, before, after), { ...tuning, support })
  }
  return { tuning, figures, notes }
}

function compared(
  part: TunedPart,
  metric: TunedFigure["metric"],
  count: number,
  before: (weights: ArrayLike<number>) => number,
  after: (weights: ArrayLike<number>) => number,
): TunedFigure {
  const [interval] = bootstrapIntervals(count, (weights) => [after(weights) - before(weights)], BOOTSTRAP)
  const { low, high } = interval ?? { low: 0, high: 0 }
  const once = new Uint32Array(count).fill(1)
  const figure = { before: rounded(before(once)), after: rounded(after(once)), low: rounded(low), high: rounded(high) }
  return { part, metric, ...figure, isKept: low > 0 }
}

function weightedMean(
  pairs: readonly { readonly before: number; readonly after: number }[],
  side: "before" | "after",
  weights: ArrayLike<number>,
): number {
  let [sum, all] = [0, 0]
  for (const [place, pair] of pairs.entries()) {
    sum += (weights[place] ?? 0) * pair[side]
    all += weights[place] ?? 0
  }
  return all === 0 ? 0 : sum / all
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
