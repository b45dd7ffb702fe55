import { type Page, queryOf } from "./page.ts"
import { requestJson } from "./request.ts"

export type Figures = Readonly<Record<string, number | null>>

/** A run of `ibid eval` as it was kept. */
export interface EvaluationRun {
  readonly id: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly set: string
  readonly build: string
  readonly documents: number
  readonly queries: number
  readonly models: { readonly generator: string | null; readonly reader: string | null; readonly embedder: string }
  readonly retrieval: { readonly ndcg10: number; readonly recall10: number; readonly mrr10: number }
  readonly answers?: Figures
  readonly abstention?: Figures
  readonly timings: Figures
}

export interface ComparedMetric {
  readonly metric: string
  readonly earlier: number
  readonly now: number
  readonly difference: number
  /** Interval of the difference. */
  readonly low: number
  readonly high: number
  readonly verdict: "better" | "worse" | "undecided"
}

export interface RunComparison {
  readonly questions: { readonly search: number; readonly answers: number }
  readonly confidence: number
  readonly metrics: readonly ComparedMetric[]
}

const MOST_RUNS = 200

/** Newest first. */
export async function listRuns(signal: AbortSignal): Promise<readonly EvaluationRun[]> {
  return (await requestJson<Page<EvaluationRun>>(`/api/evaluations${queryOf({ limit: MOST_RUNS })}`, { signal })).data
}

export async function compareRuns(now: string, earlier: string, signal: AbortSignal): Promise<RunComparison> {
  return await requestJson(`/api/evaluations/${encodeURIComponent(now)}/comparison${queryOf({ earlier })}`, { signal })
}
