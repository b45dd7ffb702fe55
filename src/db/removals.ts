import { and, eq, isNotNull, isNull } from "drizzle-orm"
import type { DocumentId } from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { endJobs } from "./create-jobs.ts"
import { type DocumentRow, documentNotFound, findDocument, listDescendants } from "./documents.ts"
import { redactReceipts } from "./receipts.ts"
import { documents } from "./schema.ts"

/** From the return of this no query shows the document. Throws `document-not-found`. */
export async function markRemoved(
  database: Database,
  id: DocumentId,
  options: { readonly erasureId?: string; readonly principalId?: string } = {},
): Promise<DocumentRow> {
  return await database.write(async (transaction) => {
    const document = await findDocument(transaction, id)
    if (document === undefined) throw documentNotFound()
    await removeWithChildren(transaction, id, options.principalId ?? null, options.erasureId)
    return document
  })
}

/**
 * Part of the transaction that removes a document, with what is embedded in it; jobs that wait for it are ended, and
 * receipts lose its texts.
 */
export async function removeWithChildren(
  transaction: Queries,
  id: DocumentId,
  principalId: string | null,
  erasureId?: string,
): Promise<void> {
  const now = Date.now()
  const ids = [id, ...(await listDescendants(transaction, id)).map((child) => child.id as DocumentId)]
  for (const each of ids) {
    await transaction
      .update(documents)
      .set({ removedAt: now, ...(erasureId === undefined ? {} : { erasureId }) })
      .where(eq(documents.id, each))
  }
  await endJobs(transaction, ids, { code: "cancelled", message: "The document was removed" })
  await redactReceipts(transaction, ids)
  await writeAudit(transaction, "removed", ids, principalId)
}

/** Ids of documents whose removal was acknowledged and whose rows are still there; what is to be erased is not among them. */
export async function listRemoved(queries: Queries): Promise<DocumentId[]> {
  const rows = await queries
    .select({ id: documents.id })
    .from(documents)
    .where(and(isNotNull(documents.removedAt), isNull(documents.erasureId)))
  return rows.map((row) => row.id as DocumentId)
}
