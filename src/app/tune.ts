import { IbidError } from "../core/errors.ts"
import type { Measured } from "../core/roles.ts"
import type { TunedFigure, TunedPart, Tuning, TuningReport } from "../core/tuning.ts"
import type { CallOptions, CollectionId } from "../core/types.ts"
import { listCollections } from "../db/collections.ts"
import { findTuning, writeTuning } from "../db/tunings.ts"
import { learnAdapter, learnRanking, ndcgOf } from "./learn-ranking.ts"
import { balancedAccuracy, FEWEST_OF_A_KIND, learnSupport } from "./learn-support.ts"
import { meanOf, statisticOf } from "./measured.ts"
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
  parts: Pick<Parts, "reader">,
): { readonly tuning: Tuning; readonly figures: TunedFigure[]; readonly notes: string[] } {
  const figures: TunedFigure[] = []
  const notes: string[] = []
  let tuning: Tuning = { ranking: inForce.ranking, support: inForce.support, adapter: inForce.adapter }
  const keep = (figure: TunedFigure, better: Tuning) => {
    figures.push(figure)
    if (figure.isKept) tuning = better
  }
  const answerable = (questions: readonly ObservedQuestion[]) => questions.filter(({ isAnswerable }) => isAnswerable)
  const compareRankings = (part: TunedPart, better: Tuning) => {
    const asked = answerable(heldOut)
    const before = asked.map((question) => ndcgOf(question, tuning))
    const after = asked.map((question) => ndcgOf(question, better))
    const difference = meanOf(after.map((value, place) => value - (before[place] ?? 0)))
    keep(figureOf(part, "ndcg10", { before: meanOf(before), after: meanOf(after), difference }), better)
  }

  const ranking = learnRanking(answerable(learnt), tuning)
  if (ranking === null) notes.push("No other weights rank the questions better that were learnt from")
  else compareRankings("ranking", { ...tuning, ranking })
  const adapter = learnAdapter(answerable(learnt), tuning)
  if (adapter === null) notes.push("No adapter ranks the questions better that were learnt from")
  else compareRankings("adapter", { ...tuning, adapter })

  const support = parts.reader === null ? null : learnSupport(learnt)
  const others = heldOut.length - answerable(heldOut).length
  if (support === null || others < FEWEST_OF_A_KIND) {
    const few = `fewer than ${FEWEST_OF_A_KIND} questions of a half have no answer`
    notes.push(`No threshold was learnt: ${parts.reader === null ? "there is no reader" : few}`)
  } else {
    const measured = (statistic: (weights: ArrayLike<number>) => number) => statisticOf(heldOut.length, statistic)
    // what is in force need not be a threshold of the same score
    const inForceNow = heldOut.map((question) => ({ ...question, supportScore: question.isAnswered ? 1 : 0 }))
    const before = (weights: ArrayLike<number>) => balancedAccuracy(inForceNow, 1, weights)
    const after = (weights: ArrayLike<number>) => balancedAccuracy(heldOut, support.threshold, weights)
    const difference = measured((weights) => after(weights) - before(weights))
    const sides = { before: measured(before), after: measured(after), difference }
    keep(figureOf("support", "balancedAccuracy", sides), { ...tuning, support })
  }
  return { tuning, figures, notes }
}

function figureOf(
  part: TunedPart,
  metric: TunedFigure["metric"],
  { before, after, difference }: Record<"before" | "after" | "difference", Measured>,
): TunedFigure {
  const { low, high } = difference
  return { part, metric, before: before.value, after: after.value, low, high, isKept: low > 0 }
}
