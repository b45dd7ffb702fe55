import type { EvaluationRun } from "../api/evaluations.ts"

const FIGURES = ["ndcg10", "recall10", "f1", "auroc", "searchP50Ms", "searchP95Ms"] as const
export type FigureName = (typeof FIGURES)[number]

/** The numbers of a run that are drawn; null where the run did not measure it. */
export function figuresOf({
  retrieval,
  answers,
  abstention,
  timings,
}: EvaluationRun): Record<FigureName, number | null> {
  return {
    ...{ ndcg10: retrieval.ndcg10, recall10: retrieval.recall10 },
    ...{ f1: answers?.["f1"] ?? null, auroc: abstention?.["auroc"] ?? null },
    ...{ searchP50Ms: timings["searchP50Ms"] ?? null, searchP95Ms: timings["searchP95Ms"] ?? null },
  }
}
