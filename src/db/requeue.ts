import { existsSync } from "node:fs"
import { eq } from "drizzle-orm"
import type { CollectionId, DocumentId, Revision } from "../core/types.ts"
import type { Database } from "./client.ts"
import { createJobs } from "./create-jobs.ts"
import { findDocument, findSummary } from "./documents.ts"
import type { ContentStore } from "./files.ts"
import { forgetFailures } from "./recognised.ts"
import { documents } from "./schema.ts"

/**
 * Queues the newest content of documents again, from their stored originals; returns those whose original is there. A
 * listed file whose bytes were never stored cannot be done again from here.
 */
export async function requeueDocuments(
  database: Database,
  ids: readonly DocumentId[],
  originals: Pick<ContentStore, "pathOf">,
): Promise<DocumentId[]> {
  return await database.write(async (transaction) => {
    const queued: DocumentId[] = []
    for (const id of ids) {
      const document = await findDocument(transaction, id)
      if (document === undefined || document.revision === "") continue
      if (!existsSync(originals.pathOf(document.revision))) continue
      const summary = await findSummary(transaction, id)
      await forgetFailures(transaction, document.revision as Revision)
      const job = {
        documentId: id,
        collectionId: document.collectionId as CollectionId,
        path: document.path,
        revision: document.revision as Revision,
        title: summary?.title ?? null,
        sizeBytes: document.sizeBytes,
        ...{ kind: "index" as const, isChange: true },
      }
      await createJobs(transaction, [job])
      await transaction
        .update(documents)
        .set({ state: "queued", code: null, message: null })
        .where(eq(documents.id, id))
      queued.push(id)
    }
    return queued
  })
}
