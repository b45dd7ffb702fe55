import { auroc, mean, percentile } from "./metrics.ts"
import type { AnswerValues, QuestionValues, SearchValues } from "./question-values.ts"

/** The shape of `eval --json`. */
export interface Evaluation {
  readonly set: string
  readonly documents: number
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
    readonly em: number
    readonly f1: number
    readonly quoteExactness: number
    readonly citationPrecision: number
    readonly citationRecall: number
    readonly unsupportedSentences: number
    /** Share of the answerable questions whose gold sentence is touched by the first, by one of the first three, of five. */
    readonly evidenceRecall1: number
    readonly evidenceRecall3: number
    readonly evidenceRecall5: number
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
  readonly of: (questions: readonly QuestionValues[]) => number
}

/** Every metric but the timings, by its place in `eval --json`. */
export const METRICS = {
  "retrieval.ndcg10": higher(searches(({ ndcg10 }) => ndcg10)),
  "retrieval.recall10": higher(searches(({ recall10 }) => recall10)),
  "retrieval.recall100": higher(searches(({ recall100 }) => recall100)),
  "retrieval.mrr10": higher(searches(({ mrr10 }) => mrr10)),
  "retrieval.byArm.lexical": higher(searches(({ lexical }) => lexical)),
  "retrieval.byArm.dense": higher(searches(({ dense }) => dense)),
  "retrieval.byArm.firstStage": higher(searches(({ firstStage }) => firstStage)),
  "retrieval.byArm.fused": higher(searches(({ ndcg10 }) => ndcg10)),
  "answers.answered": higher(answerable(({ answered }) => Number(answered))),
  "answers.em": higher(answerable(({ em }) => em)),
  "answers.f1": higher(answerable(({ f1 }) => f1)),
  "answers.quoteExactness": higher((questions) => {
    const answers = answersOf(questions)
    return sum(answers, ({ citations }) => citations) === 0
      ? 1
      : ratio(
          answers,
          ({ exactQuotes }) => exactQuotes,
          ({ citations }) => citations,
        )
  }),
  "answers.citationPrecision": higher((questions) =>
    ratio(
      answersOf(questions).filter((one) => one.answerable && one.answered),
      ({ rightCitations }) => rightCitations,
      ({ citations }) => citations,
    ),
  ),
  "answers.citationRecall": higher(answerable(({ rightCitations }) => Number(rightCitations > 0))),
  "answers.unsupportedSentences": lower((questions) =>
    ratio(
      answersOf(questions),
      ({ unsupportedSentences }) => unsupportedSentences,
      ({ sentences }) => sentences,
    ),
  ),
  "answers.evidenceRecall1": higher(answerable(goldWithin(1))),
  "answers.evidenceRecall3": higher(answerable(goldWithin(3))),
  "answers.evidenceRecall5": higher(answerable(goldWithin(5))),
  "abstention.auroc": higher((questions) => {
    const confidences = (wanted: boolean) =>
      answersOf(questions)
        .filter((one) => one.answerable === wanted)
        .map(({ confidence }) => confidence)
    return auroc(confidences(true), confidences(false))
  }),
  "abstention.precision": higher((questions) => abstention(questions).precision),
  "abstention.recall": higher((questions) => abstention(questions).recall),
  "abstention.f1": higher((questions) => {
    const { precision, recall } = abstention(questions)
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  }),
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof METRICS

/** The metrics of an evaluation, from the values of its questions. */
export function metricsOf(
  questions: readonly QuestionValues[],
  indexSeconds: number,
): Pick<Evaluation, "retrieval" | "answers" | "abstention" | "timings"> {
  const value = (name: MetricName) => rounded(METRICS[name].of(questions))
  const asked = answersOf(questions).length
  const answers = {
    asked,
    answered: value("answers.answered"),
    em: value("answers.em"),
    f1: value("answers.f1"),
    quoteExactness: value("answers.quoteExactness"),
    citationPrecision: value("answers.citationPrecision"),
    citationRecall: value("answers.citationRecall"),
    unsupportedSentences: value("answers.unsupportedSentences"),
    evidenceRecall1: value("answers.evidenceRecall1"),
    evidenceRecall3: value("answers.evidenceRecall3"),
    evidenceRecall5: value("answers.evidenceRecall5"),
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
    ...(asked === 0 ? {} : { answers, abstention: abstained }),
    timings: { indexSeconds: rounded(indexSeconds), ...timingsOf(questions) },
  }
}

function timingsOf(questions: readonly QuestionValues[]): Omit<Evaluation["timings"], "indexSeconds"> {
  const searchMs = questions.flatMap(({ search }) => (search === undefined ? [] : [search.searchMs]))
  const answers = answersOf(questions)
  const of = (values: readonly number[], p: number) => (values.length === 0 ? null : rounded(percentile(values, p)))
  const totals = answers.map(({ totalMs }) => totalMs)
  const evidence = answers.map(({ evidenceMs }) => evidenceMs)
  return {
    searchP50Ms: rounded(percentile(searchMs, 0.5)),
    searchP95Ms: rounded(percentile(searchMs, 0.95)),
    firstTokenP50Ms: of(
      answers.flatMap(({ firstTokenMs }) => (firstTokenMs === null ? [] : [firstTokenMs])),
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

function higher(of: Metric["of"]): Metric {
  return { better: "higher", of }
}

function lower(of: Metric["of"]): Metric {
  return { better: "lower", of }
}

function searches(value: (search: SearchValues) => number): Metric["of"] {
  return (questions) => mean(questions.flatMap(({ search }) => (search === undefined ? [] : [value(search)])))
}

/** Mean over the questions that the documents answer. */
function goldWithin(places: number): (answer: AnswerValues) => number {
  return ({ goldEvidenceRank }) => Number(goldEvidenceRank !== null && goldEvidenceRank <= places)
}

function answerable(value: (answer: AnswerValues) => number): Metric["of"] {
  return (questions) =>
    mean(
      answersOf(questions)
        .filter((one) => one.answerable)
        .map(value),
    )
}

/** Not answerable is the positive class. */
function abstention(questions: readonly QuestionValues[]): { readonly precision: number; readonly recall: number } {
  const answers = answersOf(questions)
  const abstained = answers.filter(({ answered }) => !answered)
  const rightly = abstained.filter((one) => !one.answerable).length
  const unanswerable = answers.filter((one) => !one.answerable).length
  return {
    precision: abstained.length === 0 ? 0 : rightly / abstained.length,
    recall: unanswerable === 0 ? 0 : rightly / unanswerable,
  }
}

function answersOf(questions: readonly QuestionValues[]): AnswerValues[] {
  return questions.flatMap(({ answer }) => (answer === undefined ? [] : [answer]))
}

function sum(answers: readonly AnswerValues[], value: (answer: AnswerValues) => number): number {
  return answers.reduce((total, answer) => total + value(answer), 0)
}

function ratio(
  answers: readonly AnswerValues[],
  part: (answer: AnswerValues) => number,
  whole: (answer: AnswerValues) => number,
): number {
  const total = sum(answers, whole)
  return total === 0 ? 0 : sum(answers, part) / total
}
