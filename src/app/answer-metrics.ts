import type { Answer } from "../core/types.ts"
import { auroc, exactMatch, mean, percentile, tokenF1 } from "./metrics.ts"
import type { SetQuestion } from "./question-set.ts"

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
}

/** One question that was asked, and what its answer is worth. */
export interface Outcome {
  readonly question: SetQuestion
  readonly answer: Answer
  readonly exactQuotes: number
  readonly rightCitations: number
  readonly isGoldCited: boolean
  readonly isGoldAmongEvidence: boolean
}

export function answerMetrics(outcomes: readonly Outcome[]): NonNullable<Evaluation["answers"]> {
  const answerable = outcomes.filter(({ question }) => question.answerable)
  const answered = answerable.filter(({ answer: given }) => given.status === "answered")
  const citations = outcomes.flatMap(({ answer: given }) => given.citations)
  const sentences = outcomes.flatMap(({ answer: given }) => given.sentences)
  const shortAnswer = (given: Answer) =>
    given.status === "answered" ? given.text.replace(/(?<!\s)\s*\[\d+\]/g, "").replace(/[“”]/g, "") : ""
  const share = (part: number, whole: number) => rounded(whole === 0 ? 0 : part / whole)
  const sum = (value: (outcome: Outcome) => number, among = outcomes) =>
    among.reduce((total, outcome) => total + value(outcome), 0)
  return {
    asked: outcomes.length,
    answered: share(answered.length, answerable.length),
    em: rounded(mean(answerable.map((one) => exactMatch(shortAnswer(one.answer), one.question.answers)))),
    f1: rounded(mean(answerable.map((one) => tokenF1(shortAnswer(one.answer), one.question.answers)))),
    quoteExactness:
      citations.length === 0
        ? 1
        : share(
            sum((one) => one.exactQuotes),
            citations.length,
          ),
    citationPrecision: share(
      sum((one) => one.rightCitations, answered),
      sum((one) => one.answer.citations.length, answered),
    ),
    citationRecall: share(
      sum((one) => (one.isGoldCited ? 1 : 0), answerable),
      answerable.length,
    ),
    unsupportedSentences: share(sentences.filter((sentence) => !sentence.supported).length, sentences.length),
    evidenceRecall5: share(
      sum((one) => (one.isGoldAmongEvidence ? 1 : 0), answerable),
      answerable.length,
    ),
  }
}

/** Not answerable is the positive class. */
export function abstentionMetrics(outcomes: readonly Outcome[]): NonNullable<Evaluation["abstention"]> {
  const confidences = (answerable: boolean) =>
    outcomes.filter(({ question }) => question.answerable === answerable).map((one) => one.answer.confidence)
  const abstained = outcomes.filter((one) => one.answer.status === "abstained")
  const unanswerable = outcomes.filter(({ question }) => !question.answerable)
  const rightly = abstained.filter(({ question }) => !question.answerable).length
  const precision = abstained.length === 0 ? 0 : rightly / abstained.length
  const recall = unanswerable.length === 0 ? 0 : rightly / unanswerable.length
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  return {
    asked: outcomes.length,
    auroc: rounded(auroc(confidences(true), confidences(false))),
    precision: rounded(precision),
    recall: rounded(recall),
    f1: rounded(f1),
  }
}

export function timingsOf(outcomes: readonly Outcome[]) {
  const firstToken = outcomes.map((one) => one.answer.timings.firstTokenMs).filter((ms) => ms !== null)
  const of = (values: readonly number[], p: number) => (values.length === 0 ? null : rounded(percentile(values, p)))
  return {
    firstTokenP50Ms: of(firstToken, 0.5),
    answerP50Ms: of(
      outcomes.map((one) => one.answer.timings.totalMs),
      0.5,
    ),
    evidenceP95Ms: of(
      outcomes.map((one) => one.answer.timings.retrieveMs + one.answer.timings.evidenceMs),
      0.95,
    ),
  }
}

export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
