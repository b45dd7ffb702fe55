import { and, asc, eq, inArray, isNotNull, sql } from "drizzle-orm"
import type { RecognisedPage, Revision } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { prepared } from "./prepared.ts"
import { recognisedPages } from "./schema.ts"

const pagesOf = prepared((queries) => {
  const { page, text, confidence, code } = recognisedPages
  return queries
    .select({ page, text, confidence, code })
    .from(recognisedPages)
    .where(eq(recognisedPages.revision, sql.placeholder("revision")))
    .orderBy(asc(page))
    .prepare()
})

/** Pages of a content that optical recognition has read or failed for, in order. */
export async function findRecognised(queries: Queries, revision: Revision): Promise<RecognisedPage[]> {
  const rows = await pagesOf(queries).execute({ revision })
  return rows.map(({ code: failure, ...read }) => (failure === null ? read : { ...read, code: failure }))
}

/** Forgets the pages of a content that recognition has failed for, so that it is tried again. */
export async function forgetFailures(transaction: Queries, revision: Revision): Promise<void> {
  await transaction
    .delete(recognisedPages)
    .where(and(eq(recognisedPages.revision, revision), isNotNull(recognisedPages.code)))
}

/** Kept by content: the same scan elsewhere is not recognised again. */
export async function writeRecognised(database: Database, revision: Revision, page: RecognisedPage): Promise<void> {
  const row = { revision, code: null, ...page, confidence: Math.round(page.confidence), createdAt: Date.now() }
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
