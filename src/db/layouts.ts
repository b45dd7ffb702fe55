import { and, eq, notInArray, sql } from "drizzle-orm"
import type { DocumentId, Revision } from "../core/types.ts"
import type { Queries } from "./client.ts"
import { layouts } from "./schema.ts"

/** Where the blocks of a content stand; undefined for what was indexed before that was kept. */
export async function findLayout(
  queries: Queries,
  documentId: DocumentId,
  revision: Revision,
): Promise<string | undefined> {
  const [row] = await queries
    .select({ parts: layouts.parts })
    .from(layouts)
    .where(and(eq(layouts.documentId, documentId), eq(layouts.revision, revision)))
  return row?.parts
}

/** One statement whatever the number of rows. */
export async function writeLayouts(
  transaction: Queries,
  rows: readonly (typeof layouts.$inferInsert)[],
): Promise<void> {
  if (rows.length === 0) return
  const values = rows.map(({ documentId, revision, parts }) => [documentId, revision, parts])
  await transaction.run(sql`
    INSERT INTO ${layouts} (document_id, revision, parts)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${JSON.stringify(values)}) WHERE true
    ON CONFLICT (document_id, revision) DO UPDATE SET parts = excluded.parts`)
}

/** Forgets those of a document's contents that are not kept. */
export async function forgetLayouts(transaction: Queries, documentId: string, keep: readonly string[]): Promise<void> {
  const isOld = keep.length === 0 ? undefined : notInArray(layouts.revision, [...keep])
  await transaction.delete(layouts).where(and(eq(layouts.documentId, documentId), isOld))
}
