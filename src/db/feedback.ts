import { and, asc, desc, eq, lt, sql } from "drizzle-orm"
import type { Feedback } from "../core/receipt.ts"
import type { DocumentId, Principal } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { answerNotFound, visibleTo } from "./receipts.ts"
import { answers, feedback } from "./schema.ts"

/** Keeps what a principal says of an answer, in place of what it said before. Throws `not-found`. */
export async function writeFeedback(
  database: Database,
  given: Omit<Feedback, "createdAt" | "principalId">,
  principal: Principal,
): Promise<Feedback> {
  const now = Date.now()
  const row = { ...given, principalId: principal.id, createdAt: now }
  await database.write(async (transaction) => {
    const [answer] = await transaction
      .select({ id: answers.id })
      .from(answers)
      .where(and(eq(answers.id, given.answerId), visibleTo(principal)))
    if (answer === undefined) throw answerNotFound()
    await transaction
      .insert(feedback)
      .values(row)
      .onConflictDoUpdate({ target: [feedback.answerId, feedback.principalId], set: row })
  })
  return toFeedback(row)
}

/** Of one answer, oldest first. */
export async function listFeedbackOf(queries: Queries, answerId: string): Promise<Feedback[]> {
  const rows = await queries
    .select()
    .from(feedback)
    .where(eq(feedback.answerId, answerId))
    .orderBy(asc(feedback.createdAt))
  return rows.map(toFeedback)
}

/** Of all answers, newest first; the id of a row names answer and principal. */
export async function listFeedback(
  queries: Queries,
  query: { readonly limit: number; readonly after?: string },
): Promise<(Feedback & { readonly id: string })[]> {
  const id = sql<string>`${feedback.answerId} || ':' || ${feedback.principalId}`
  const cursor =
    query.after === undefined
      ? undefined
      : lt(
          sql`(${feedback.createdAt}, ${id})`,
          sql`(SELECT created_at, answer_id || ':' || principal_id FROM feedback
            WHERE answer_id || ':' || principal_id = ${query.after})`,
        )
  const rows = await queries
    .select()
    .from(feedback)
    .where(cursor)
    .orderBy(desc(feedback.createdAt), desc(id))
    .limit(query.limit)
  return rows.map((row) => ({ id: `${row.answerId}:${row.principalId}`, ...toFeedback(row) }))
}

function toFeedback(row: typeof feedback.$inferSelect): Feedback {
  return {
    ...row,
    documentId: row.documentId as DocumentId | null,
    createdAt: new Date(row.createdAt).toISOString(),
  }
}
