import { sql } from "drizzle-orm"
import type { DocumentId } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { audit } from "./schema.ts"

export type AuditAction = (typeof audit.$inferInsert)["action"]

/** Part of the transaction that does what it tells of. */
export async function writeAudit(
  transaction: Queries,
  action: AuditAction,
  ids: readonly DocumentId[],
  principalId: string | null = null,
): Promise<void> {
  if (ids.length === 0) return
  const at = Date.now()
  await transaction.insert(audit).values(ids.map((documentId) => ({ at, action, documentId, principalId })))
}

/** How many numbers are missing between the first and the last entry. */
export async function countAuditGaps(queries: Queries): Promise<number> {
  const [row] = await queries
    .select({ gaps: sql<number>`coalesce(max(${audit.sequence}) - min(${audit.sequence}) + 1 - count(*), 0)` })
    .from(audit)
  return row?.gaps ?? 0
}
