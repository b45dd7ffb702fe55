import type { Answer } from "../core/types.ts"
import { exactMatch, tokenF1 } from "./metrics.ts"
import type { SetQuestion } from "./question-set.ts"

/** What a search for one question is worth. */
export interface SearchValues {
  readonly ndcg10: number
  readonly recall10: number
  readonly recall100: number
  readonly mrr10: number
  /** nDCG@10 of each arm alone, and of the two fused before the second stage. */
  readonly lexical: number
  readonly dense: number
  readonly firstStage: number
  readonly searchMs: number
}

/** What one answer is worth. */
export interface AnswerValues {
  readonly answerable: boolean
  readonly answered: boolean
  /** The set has answers to compare this one with. Absent in runs of earlier versions, as if it had. */
  readonly hasAnswers?: boolean
  /** The set has a quote or an answer, in a document that it names, to judge quotes by. Absent as above. */
  readonly hasGold?: boolean
  readonly em: number
  readonly f1: number
  readonly citations: number
  readonly exactQuotes: number
  readonly rightCitations: number
  /** Rank of the first evidence sentence that has the gold, from 1; null where none of five has. */
  readonly goldEvidenceRank: number | null
  readonly sentences: number
  readonly unsupportedSentences: number
  readonly confidence: number
  readonly firstTokenMs: number | null
  readonly evidenceMs: number
  readonly totalMs: number
}

/** All metrics are made of these, so that they can be kept, drawn again and compared question by question. */
export interface QuestionValues {
  readonly id: string
  /** Absent where the set names no relevant document. */
  readonly search?: SearchValues
  /** Absent where the question was not asked. */
  readonly answer?: AnswerValues
}

/** `isRight` says whether a quote of a document is what the set expects, where `hasGold` says that it expects any. */
export function toAnswerValues(
  question: SetQuestion,
  given: Answer,
  { hasGold, isRight }: { readonly hasGold: boolean; readonly isRight: (quote: string, path: string) => boolean },
): AnswerValues {
  const short = given.status === "answered" ? given.text.replace(/(?<!\s)\s*\[\d+\]/g, "").replace(/[“”]/g, "") : ""
  const { timings } = given
  const first = given.evidence.slice(0, 5).findIndex(({ quote, path }) => isRight(quote, path))
  return {
    answerable: question.answerable,
    answered: given.status === "answered",
    ...{ hasAnswers: question.answers.length > 0, hasGold },
    em: exactMatch(short, question.answers),
    f1: tokenF1(short, question.answers),
    citations: given.citations.length,
    exactQuotes: given.citations.filter(({ verified }) => verified).length,
    rightCitations: given.citations.filter(({ quote, path }) => isRight(quote, path)).length,
    goldEvidenceRank: first < 0 ? null : first + 1,
    sentences: given.sentences.length,
    unsupportedSentences: given.sentences.filter(({ supported }) => !supported).length,
    confidence: given.confidence,
    firstTokenMs: timings.firstTokenMs,
    evidenceMs: timings.retrieveMs + timings.evidenceMs,
    totalMs: timings.totalMs,
  }
}
