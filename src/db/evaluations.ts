import { randomUUID } from "node:crypto"
import { desc, eq, lt, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { Database, Queries } from "./client.ts"
import { evaluations } from "./schema.ts"

export type EvaluationRow = typeof evaluations.$inferSelect

/** So many runs are kept; older ones make room. */
const MOST_RUNS = 500

/** Keeps a run. Returns its id. */
export async function keepEvaluation(
  database: Database,
  run: Pick<EvaluationRow, "set" | "build" | "summary" | "perQuestion">,
): Promise<string> {
  const id = `evl_${randomUUID()}`
  await database.write(async (transaction) => {
    await transaction.insert(evaluations).values({ id, createdAt: Date.now(), ...run })
    const kept = sql`(SELECT id FROM evaluations ORDER BY created_at DESC, id DESC LIMIT ${MOST_RUNS})`
    await transaction.delete(evaluations).where(sql`${evaluations.id} NOT IN ${kept}`)
  })
  return id
}

/** Newest first, without the values by question; `after` is the id of the last run of the page before. */
export async function listEvaluations(
  queries: Queries,
  query: { readonly limit: number; readonly after?: string },
): Promise<readonly Omit<EvaluationRow, "perQuestion">[]> {
  const { id, createdAt, set, build, summary } = evaluations
  return await queries
    .select({ id, createdAt, set, build, summary })
    .from(evaluations)
    .where(
      query.after === undefined
        ? undefined
        : lt(sql`(${createdAt}, ${id})`, sql`(SELECT created_at, id FROM evaluations WHERE id = ${query.after})`),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(query.limit)
}

/** Throws `not-found`. */
export async function getEvaluation(queries: Queries, id: string): Promise<EvaluationRow> {
  const [row] = await queries.select().from(evaluations).where(eq(evaluations.id, id))
  if (row === undefined) throw new IbidError("not-found", "Cannot find the evaluation: there is none with this id")
  return row
}
