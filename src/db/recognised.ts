import { and, asc, eq, inArray, isNotNull, sql } from "drizzle-orm"
import type { RecognisedPage, Revision } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { recognisedPages } from "./schema.ts"
import { slices } from "./slices.ts"

/** Pages of a content that optical recognition has read or failed for, in order. */
export async function findRecognised(queries: Queries, revision: Revision): Promise<RecognisedPage[]> {
  return (await findRecognisedOf(queries, [revision])).get(revision) ?? []
}

/** `findRecognised` for several contents; one without such pages has no entry. */
export async function findRecognisedOf(
  queries: Queries,
  contents: readonly Revision[],
): Promise<ReadonlyMap<Revision, RecognisedPage[]>> {
  const { page, text, confidence, code, revision } = recognisedPages
  const found = new Map<Revision, RecognisedPage[]>()
  for (const part of slices(contents)) {
    const rows = await queries
      .select({ revision, page, text, confidence, code })
      .from(recognisedPages)
      .where(inArray(revision, part))
      .orderBy(asc(page))
    for (const { revision: content, code: failure, ...read } of rows) {
      const pages = found.get(content as Revision) ?? []
      found.set(content as Revision, pages)
      pages.push(failure === null ? read : { ...read, code: failure })
    }
  }
  return found
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
