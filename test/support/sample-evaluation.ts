import type { Evaluation } from "../../src/app/answer-metrics.ts"
import { metricsOf } from "../../src/app/answer-metrics.ts"
import type { QuestionValues } from "../../src/app/question-values.ts"

/** An evaluation of so many questions, every other one found; `gain` is what its searches are worth. */
export function sampleEvaluation(gain: number, { set = "support", questions = 20 } = {}): Evaluation {
  const perQuestion = Array.from({ length: questions }, (_, at): QuestionValues => {
    const value = at % 2 === 0 ? gain : gain / 2
    const found = { ndcg10: value, recall10: value, recall100: 1, mrr10: value }
    return {
      id: String(at),
      search: { ...found, lexical: value / 2, dense: value / 3, firstStage: value, searchMs: 10 + at },
      answer: {
        ...{ answerable: at % 4 !== 3, answered: at % 4 !== 3, em: 0, f1: value, citations: 1, exactQuotes: 1 },
        ...{ rightCitations: 1, goldEvidenceRank: 1, sentences: 1, unsupportedSentences: 0, confidence: value },
        ...{ firstTokenMs: null, evidenceMs: 30, totalMs: 60 },
      },
    }
  })
  return {
    ...{
      set,
      documents: 30,
      failedDocuments: 1,
      queries: questions,
      ...metricsOf(perQuestion, 1.5),
      build: `1.2.3+${gain}`,
    },
    models: { generator: null, reader: "ibid-evidence-v1", embedder: "all-minilm-l6-v2" },
    ...{ cached: { search: 0, answers: 0 }, perQuestion },
  }
}
