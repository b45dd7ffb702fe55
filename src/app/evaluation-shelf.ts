import { requireAdmin } from "../access/principal.ts"
import type { Database } from "../db/client.ts"
import { type EvaluationRow, getEvaluation, keepEvaluation, listEvaluations } from "../db/evaluations.ts"
import type { Evaluation } from "./answer-metrics.ts"
import { compareEvaluations } from "./compare-evaluations.ts"
import { page } from "./page.ts"
import type { EvaluationSummary, ShelfBase } from "./shelf-base.ts"

type EvaluationShelf = Pick<ShelfBase, "keepEvaluation" | "listEvaluations" | "getEvaluation" | "compareRuns">

/** Runs of `ibid eval` that were kept. */
export function createEvaluationShelf(database: Database): EvaluationShelf {
  const find = async (id: string) => {
    const row = await getEvaluation(database.read, id)
    return { ...summarise(row), perQuestion: row.perQuestion as Evaluation["perQuestion"] }
  }
  return {
    keepEvaluation: async ({ perQuestion, ...summary }, { principal }) => {
      requireAdmin(principal)
      const { set, build } = summary
      return await keepEvaluation(database, { set, build, summary: { ...summary }, perQuestion })
    },
    listEvaluations: async (call) => {
      requireAdmin(call.principal)
      return await page(call.page, async (limit, after) =>
        (await listEvaluations(database.read, { limit, ...after })).map(summarise),
      )
    },
    getEvaluation: async (id, { principal }) => {
      requireAdmin(principal)
      return await find(id)
    },
    compareRuns: async (id, earlier, { principal }) => {
      requireAdmin(principal)
      return compareEvaluations(await find(earlier), await find(id))
    },
  }
}

/** What stands in the row was an evaluation when it was kept. */
function summarise({ id, createdAt, summary }: Omit<EvaluationRow, "perQuestion">): EvaluationSummary {
  return {
    ...(summary as unknown as Omit<Evaluation, "perQuestion">),
    ...{ id, createdAt: new Date(createdAt).toISOString() },
  }
}
