import { z } from "@hono/zod-openapi"

/** The shape of `ibid eval --json`. Numbers and names alone: what else stands in it is left out. */

const name = z.string().max(500)
const figures = z.record(z.string().max(60), z.number().nullable())
const counts = z.object({ search: z.int(), answers: z.int() })
const searchValues = z.object({
  ...{ ndcg10: z.number(), recall10: z.number(), recall100: z.number(), mrr10: z.number() },
  ...{ lexical: z.number(), dense: z.number(), firstStage: z.number(), searchMs: z.number() },
})
const answerValues = z.object({
  ...{
    answerable: z.boolean(),
    answered: z.boolean(),
    hasAnswers: z.boolean().optional(),
    hasGold: z.boolean().optional(),
    em: z.number(),
    f1: z.number(),
  },
  ...{ citations: z.number(), exactQuotes: z.number(), rightCitations: z.number() },
  goldEvidenceRank: z.number().nullable(),
  ...{ sentences: z.number(), unsupportedSentences: z.number(), confidence: z.number() },
  ...{ firstTokenMs: z.number().nullable(), evidenceMs: z.number(), totalMs: z.number() },
})
const perQuestion = z
  .array(z.object({ id: name, search: searchValues.optional(), answer: answerValues.optional() }))
  .max(100_000)
const summary = {
  ...{ set: name, documents: z.int(), failedDocuments: z.int().optional(), queries: z.int() },
  retrieval: z.looseObject({
    ...{ ndcg10: z.number(), recall10: z.number(), recall100: z.number(), mrr10: z.number(), byArm: figures },
  }),
  answers: figures.optional(),
  abstention: figures.optional(),
  timings: figures,
  build: name,
  models: z.object({ generator: name.nullable(), reader: name.nullable(), embedder: name }),
  cached: counts,
}
const kept = { id: z.string(), createdAt: z.string() }

export const evaluation = z.object({ ...summary, perQuestion }).openapi("Evaluation")
export const evaluationSummary = z.object({ ...summary, ...kept }).openapi("EvaluationSummary")
export const keptEvaluation = z.object({ ...summary, ...kept, perQuestion }).openapi("KeptEvaluation")
export const comparison = z
  .object({
    earlier: z.object({ set: name, build: name, models: summary.models }),
    questions: counts,
    ...{ confidence: z.number(), resamples: z.int(), seed: z.int() },
    metrics: z.array(
      z.object({
        ...{ metric: z.string(), earlier: z.number(), now: z.number(), difference: z.number() },
        ...{ low: z.number(), high: z.number(), verdict: z.enum(["better", "worse", "undecided"]) },
      }),
    ),
  })
  .openapi("EvaluationComparison")
