import { auroc, percentile } from "./metrics.ts"
import type { AnswerValues, QuestionValues, SearchValues } from "./question-values.ts"

/** The shape of `eval --json`. */
export interface Evaluation {
  readonly set: string
  readonly documents: number
  /** Those of them that could not be indexed, so that nothing finds them. Absent in runs of earlier versions. */
  readonly failedDocuments?: number
  readonly queries: number
  readonly retrieval: {
    readonly ndcg10: number
    readonly recall10: number
    readonly recall100: number
    readonly mrr10: number
    readonly byArm: {
      readonly lexical: number
      readonly dense: number
      /** The two fused, before the second stage. */
      readonly firstStage: number
      readonly fused: number
    }
  }
  readonly answers?: {
    readonly asked: number
    readonly answered: number
    /** Over the answerable questions with gold answers; null where none has any. */
    readonly em: number | null
    readonly f1: number | null
    readonly quoteExactness: number
    /** Like `evidenceRecall…` over the answerable questions with a gold quote or answer; null where none has any. */
    readonly citationPrecision: number | null
    readonly citationRecall: number | null
    readonly unsupportedSentences: number
    /** Share of these questions whose gold is touched by the first, by one of the first three, of five. */
    readonly evidenceRecall1: number | null
    readonly evidenceRecall3: number | null
    readonly evidenceRecall5: number | null
  }
  readonly abstention?: {
    readonly asked: number
    readonly auroc: number
    readonly precision: number
    readonly recall: number
    readonly f1: number
  }
  readonly timings: {
    readonly indexSeconds: number
    readonly searchP50Ms: number
    readonly searchP95Ms: number
    readonly firstTokenP50Ms: number | null
    readonly answerP50Ms: number | null
    readonly evidenceP95Ms: number | null
  }
  /** What was measured with. */
  readonly build: string
  readonly models: { readonly generator: string | null; readonly reader: string | null; readonly embedder: string }
  /** Questions of which the values were kept from an earlier run of the same build, models and settings. */
  readonly cached: { readonly search: number; readonly answers: number }
  readonly perQuestion: readonly QuestionValues[]
}

/** A number that a set of questions is given, computed from the values of its questions. */
export interface Metric {
  readonly better: "higher" | "lower"
  /** The metric as a function of how often each question counts; null where there is nothing to judge by. */
  readonly over: (questions: readonly QuestionValues[]) => (weights: ArrayLike<number>) => number | null
}

const answerable = ({ answerable: is }: AnswerValues) => Number(is)
/** Answerable questions whose answer can be compared with one, and those whose quotes can be judged. */
const withAnswers = (answer: AnswerValues) => Number(answer.answerable && answer.hasAnswers !== false)
const withGold = (answer: AnswerValues) => Number(answer.answerable && answer.hasGold !== false)
const abstaining = ({ answered }: AnswerValues) => Number(!answered)
const unanswerable = ({ answerable: is }: AnswerValues) => Number(!is)
const rightlyAbstained = (answer: AnswerValues) => unanswerable(answer) * abstaining(answer)
/** Questions that the documents answer and that were answered. */
const taken = (answer: AnswerValues) => Number(answer.answerable && answer.answered)

/** Every metric but the timings, by its place in `eval --json`. Not answerable is the positive class of abstention. */
export const METRICS = {
  "retrieval.ndcg10": searches(({ ndcg10 }) => ndcg10),
  "retrieval.recall10": searches(({ recall10 }) => recall10),
  "retrieval.recall100": searches(({ recall100 }) => recall100),
  "retrieval.mrr10": searches(({ mrr10 }) => mrr10),
  "retrieval.byArm.lexical": searches(({ lexical }) => lexical),
  "retrieval.byArm.dense": searches(({ dense }) => dense),
  "retrieval.byArm.firstStage": searches(({ firstStage }) => firstStage),
  "retrieval.byArm.fused": searches(({ ndcg10 }) => ndcg10),
  "answers.answered": answers(taken, answerable),
  "answers.em": answers(({ em }) => em, each, { among: withAnswers }),
  "answers.f1": answers(({ f1 }) => f1, each, { among: withAnswers }),
  "answers.quoteExactness": answers(
    ({ exactQuotes }) => exactQuotes,
    ({ citations }) => citations,
    { empty: 1 },
  ),
  "answers.citationPrecision": answers(
    (one) => taken(one) * one.rightCitations,
    (one) => taken(one) * one.citations,
    { among: withGold },
  ),
  "answers.citationRecall": answers(({ rightCitations }) => Number(rightCitations > 0), each, { among: withGold }),
  "answers.unsupportedSentences": answers(
    ({ unsupportedSentences }) => unsupportedSentences,
    ({ sentences }) => sentences,
    { better: "lower" },
  ),
  "answers.evidenceRecall1": answers(goldWithin(1), each, { among: withGold }),
  "answers.evidenceRecall3": answers(goldWithin(3), each, { among: withGold }),
  "answers.evidenceRecall5": answers(goldWithin(5), each, { among: withGold }),
  "abstention.auroc": { better: "higher", over: aurocOver },
  "abstention.precision": answers(rightlyAbstained, abstaining),
  "abstention.recall": answers(rightlyAbstained, unanswerable),
  // 2pr / (p + r), written as a ratio of counts
  "abstention.f1": answers(
    (one) => 2 * rightlyAbstained(one),
    (one) => abstaining(one) + unanswerable(one),
  ),
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof METRICS

/** The metrics of an evaluation, from the values of its questions. */
export function metricsOf(
  questions: readonly QuestionValues[],
  indexSeconds: number,
): Pick<Evaluation, "retrieval" | "answers" | "abstention" | "timings"> {
  const once = questions.map(() => 1)
  const judged = (name: MetricName) => {
    const measured = METRICS[name].over(questions)(once)
    return measured === null ? null : rounded(measured)
  }
  /** Of a metric that needs nothing to judge by. */
  const value = (name: MetricName) => judged(name) ?? 0
  const asked = answersOf(questions).length
  const answered = {
    asked,
    answered: value("answers.answered"),
    em: judged("answers.em"),
    f1: judged("answers.f1"),
    quoteExactness: value("answers.quoteExactness"),
    citationPrecision: judged("answers.citationPrecision"),
    citationRecall: judged("answers.citationRecall"),
    unsupportedSentences: value("answers.unsupportedSentences"),
    evidenceRecall1: judged("answers.evidenceRecall1"),
    evidenceRecall3: judged("answers.evidenceRecall3"),
    evidenceRecall5: judged("answers.evidenceRecall5"),
  }
  const abstained = {
    asked,
    auroc: value("abstention.auroc"),
    precision: value("abstention.precision"),
    recall: value("abstention.recall"),
    f1: value("abstention.f1"),
  }
  return {
    retrieval: {
      ndcg10: value("retrieval.ndcg10"),
      recall10: value("retrieval.recall10"),
      recall100: value("retrieval.recall100"),
      mrr10: value("retrieval.mrr10"),
      byArm: {
        lexical: value("retrieval.byArm.lexical"),
        dense: value("retrieval.byArm.dense"),
        firstStage: value("retrieval.byArm.firstStage"),
        fused: value("retrieval.byArm.fused"),
      },
    },
    ...(asked === 0 ? {} : { answers: answered, abstention: abstained }),
    timings: { indexSeconds: rounded(indexSeconds), ...timingsOf(questions) },
  }
}

function timingsOf(questions: readonly QuestionValues[]): Omit<Evaluation["timings"], "indexSeconds"> {
  const searchMs = questions.flatMap(({ search }) => (search === undefined ? [] : [search.searchMs]))
  const given = answersOf(questions)
  const of = (values: readonly number[], p: number) => (values.length === 0 ? null : rounded(percentile(values, p)))
  const totals = given.map(({ totalMs }) => totalMs)
  const evidence = given.map(({ evidenceMs }) => evidenceMs)
  return {
    searchP50Ms: rounded(percentile(searchMs, 0.5)),
    searchP95Ms: rounded(percentile(searchMs, 0.95)),
    firstTokenP50Ms: of(
      given.flatMap(({ firstTokenMs }) => (firstTokenMs === null ? [] : [firstTokenMs])),
      0.5,
    ),
    answerP50Ms: of(totals, 0.5),
    evidenceP95Ms: of(evidence, 0.95),
  }
}

/** Four digits behind the point. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

/** Mean over the questions that were searched for. */
function searches(value: (search: SearchValues) => number): Metric {
  return {
    better: "higher",
    over: ratioOver(
      ({ search }) => (search === undefined ? 0 : value(search)),
      ({ search }) => Number(search !== undefined),
      0,
    ),
  }
}

/**
 * A ratio of sums over the questions that were asked; `empty` where the lower sum is zero. With `among`, over those for
 * which it is 1; null where there are none.
 */
function answers(
  part: (answer: AnswerValues) => number,
  whole: (answer: AnswerValues) => number,
  {
    better = "higher",
    empty = 0,
    among,
  }: {
    readonly better?: Metric["better"]
    readonly empty?: number
    readonly among?: (answer: AnswerValues) => number
  } = {},
): Metric {
  const counted = (value: typeof part) => {
    return ({ answer }: QuestionValues) => (answer === undefined ? 0 : value(answer) * (among?.(answer) ?? 1))
  }
  const ratio = ratioOver(counted(part), counted(whole), empty)
  if (among === undefined) return { better, over: ratio }
  const share = ratioOver(counted(each), each, 0)
  return {
    better,
    over: (questions) => {
      const [ratioOf, shareOf] = [ratio(questions), share(questions)]
      return (weights) => (shareOf(weights) === 0 ? null : ratioOf(weights))
    },
  }
}

function ratioOver(
  part: (question: QuestionValues) => number,
  whole: (question: QuestionValues) => number,
  empty: number,
): (questions: readonly QuestionValues[]) => (weights: ArrayLike<number>) => number {
  return (questions) => {
    const [parts, wholes] = [Float64Array.from(questions, part), Float64Array.from(questions, whole)]
    return (weights) => {
      let [above, below] = [0, 0]
      for (let place = 0; place < parts.length; place++) {
        const weight = weights[place] ?? 0
        above += weight * (parts[place] ?? 0)
        below += weight * (wholes[place] ?? 0)
      }
      return below === 0 ? empty : above / below
    }
  }
}

/** Of the confidence; questions that were not asked count for neither side. */
function aurocOver(questions: readonly QuestionValues[]): (weights: ArrayLike<number>) => number {
  const asked = questions.flatMap(({ answer }, place) => (answer === undefined ? [] : [{ ...answer, place }]))
  const area = auroc(asked.map(({ confidence, answerable: isPositive }) => ({ score: confidence, isPositive })))
  return (weights) => area(asked.map(({ place }) => weights[place] ?? 0))
}

/** Questions with the gold among so many evidence sentences. */
function goldWithin(places: number): (answer: AnswerValues) => number {
  return ({ goldEvidenceRank: rank }) => Number(rank !== null && rank <= places)
}

function each(): number {
  return 1
}

function answersOf(questions: readonly QuestionValues[]): AnswerValues[] {
  return questions.flatMap(({ answer }) => (answer === undefined ? [] : [answer]))
}
