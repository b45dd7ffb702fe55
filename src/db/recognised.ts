import { and, asc, eq, inArray, sql } from "drizzle-orm"
import type { RecognisedPage, Revision } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { recognisedPages } from "./schema.ts"

/** Pages of a content that optical recognition has read, in order. */
export async function findRecognised(queries: Queries, revision: Revision): Promise<RecognisedPage[]> {
  return await queries
    .select({ page: recognisedPages.page, text: recognisedPages.text, confidence: recognisedPages.confidence })
    .from(recognisedPages)
    .where(eq(recognisedPages.revision, revision))
    .orderBy(asc(recognisedPages.page))
}

/** Kept by content: the same scan elsewhere is not recognised again. */
export async function writeRecognised(database: Database, revision: Revision, page: RecognisedPage): Promise<void> {
  const row = { revision, ...page, confidence: Math.round(page.confidence), createdAt: Date.now() }
  await database.write(async (transaction) => {
    await transaction
      .insert(recognisedPages)
      .values(row)
      .onConflictDoUpdate({ target: [recognisedPages.revision, recognisedPages.page], set: row })
  })
}

/** Forgets pages of contents that no document has any more. */
export async function forgetRecognised(transaction: Queries, revisions: readonly string[]): Promise<void> {
  if (revisions.length === 0) return
  await transaction
    .delete(recognisedPages)
    .where(
      and(
        inArray(recognisedPages.revision, [...revisions]),
        sql`${recognisedPages.revision} NOT IN (SELECT revision FROM documents WHERE removed_at IS NULL)`,
      ),
    )
}
