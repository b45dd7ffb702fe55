import type { DocumentId, RecognisedPage, Revision } from "../src/core/types.ts"
import type { Database } from "../src/db/client.ts"
import { type DocumentRow, findDocuments, findParents } from "../src/db/documents.ts"
import type { JobRow } from "../src/db/jobs.ts"
import { findRecognisedOf } from "../src/db/recognised.ts"

/** What SQL knows of a job's document, as it stood when the batch began. */
export interface Standing {
  /** Undefined where it is removed. */
  readonly document: DocumentRow | undefined
  /** Documents were embedded in it before. */
  readonly hasEmbedded: boolean
  /** Pages that recognition has read or failed for. */
  readonly recognised: readonly RecognisedPage[]
}

/** Of all jobs of a batch, in one look for each kind. */
export async function standingOf(
  jobs: readonly JobRow[],
  database: Pick<Database, "read">,
): Promise<(job: JobRow) => Standing> {
  const ids = jobs.map(({ documentId }) => documentId as DocumentId)
  const documents = await findDocuments(database.read, ids)
  const parents = await findParents(database.read, ids)
  const recognised = await findRecognisedOf(
    database.read,
    jobs.map(({ revision }) => revision as Revision),
  )
  return ({ documentId, revision }) => ({
    document: documents.get(documentId as DocumentId),
    hasEmbedded: parents.has(documentId as DocumentId),
    recognised: recognised.get(revision as Revision) ?? [],
  })
}
