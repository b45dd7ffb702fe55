import { sql } from "drizzle-orm"
import type { IbidError } from "../core/errors.ts"
import type { CollectionId, DocumentId, JobId, Revision } from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { ensureSource, sourceIdOf } from "./collections.ts"
import { createJobs } from "./create-jobs.ts"
import { findDocumentAt, type Place } from "./documents.ts"
import { documents } from "./schema.ts"
import { slices } from "./slices.ts"
import { findStanding } from "./standing.ts"

export interface NewContent {
  readonly collectionId: CollectionId
  /** Folder of this machine, or empty for an upload. */
  readonly root: string
  readonly path: string
  readonly revision: Revision
  readonly mediaType: string
  readonly sizeBytes: number
  readonly modifiedAt: number
  readonly title: string | null
  /** See `fileStamp` of the documents' table. */
  readonly fileStamp: string | null
  /** The document that this one is embedded in. */
  readonly parentId: DocumentId | null
}

export interface AcceptedContent {
  readonly content: NewContent
  readonly documentId: DocumentId
  readonly jobId: JobId
  /** The content that waited in its place and was never searchable, whose bytes nobody may need any more. */
  readonly overtaken: string | null
}

/**
 * Puts new contents of different documents and their jobs into SQL in one transaction: from here on none of them can be
 * lost. The results are in the order of the contents.
 */
export async function acceptContents(
  database: Database,
  contents: readonly NewContent[],
): Promise<readonly AcceptedContent[]> {
  if (contents.length === 0) return []
  return await database.write(async (transaction) => {
    const written = await writeDocuments(transaction, contents, { state: "queued", code: null, message: null })
    const jobIds = await createJobs(
      transaction,
      written.map(({ content, documentId, isChange }) => {
        const { collectionId, path, revision, title, sizeBytes } = content
        return { documentId, collectionId, path, revision, title, sizeBytes, kind: "index", isChange }
      }),
    )
    await writeAudit(
      transaction,
      "accepted",
      written.map(({ documentId }) => documentId),
    )
    return written.map(({ content, documentId, overtaken }, place) => {
      const jobId = jobIds[place]
      if (jobId === undefined) throw new RangeError("A document was accepted without a job")
      return { content, documentId, jobId, overtaken }
    })
  })
}

/** Lists a file that cannot become a document, with the reason; a revision that is searchable stays so. */
export async function recordRefusal(
  database: Database,
  refusal: Place & {
    readonly error: IbidError
    /** SHA-256 of the bytes, or empty where they were not read. */
    readonly revision: string
    readonly sizeBytes: number
    readonly modifiedAt: number
    readonly fileStamp: string | null
    readonly parentId: DocumentId | null
  },
): Promise<{ readonly documentId: DocumentId; readonly overtaken: string | null }> {
  const { error, ...file } = refusal
  return await database.write(async (transaction) => {
    const known = await findDocumentAt(transaction, refusal)
    const mediaType = known?.mediaType ?? "application/octet-stream"
    const [written] = await writeDocuments(transaction, [{ ...file, mediaType }], {
      ...{ state: "failed", code: error.code, message: error.message },
    })
    if (written === undefined) throw new RangeError("The refusal was not written")
    await writeAudit(transaction, "refused", [written.documentId])
    return { documentId: written.documentId, overtaken: written.overtaken }
  })
}

type Row = typeof documents.$inferInsert
/** What a document's row is told of a new content. */
const FACTS = ["revision", "mediaType", "sizeBytes", "modifiedAt", "fileStamp", "parentId"] as const
const OUTCOME = ["state", "code", "message"] as const

interface Written<Content> {
  readonly content: Content
  readonly documentId: DocumentId
  /** See `AcceptedContent`. */
  readonly overtaken: string | null
  /** The document was searchable before. */
  readonly isChange: boolean
}

async function writeDocuments<Content extends Place & Pick<Row, (typeof FACTS)[number]>>(
  transaction: Queries,
  contents: readonly Content[],
  outcome: Pick<Row, (typeof OUTCOME)[number]>,
): Promise<readonly Written<Content>[]> {
  const sources = new Map(contents.map((content) => [sourceIdOf(content.collectionId, content.root), content]))
  for (const { collectionId, root } of sources.values()) await ensureSource(transaction, collectionId, root)
  const standing = await findStanding(transaction, contents)
  const rows = standing.map(({ at: content, documentId: id }) => {
    const { collectionId, root, path, revision, mediaType, sizeBytes, modifiedAt, fileStamp, parentId } = content
    return {
      ...{ id, collectionId, sourceId: sourceIdOf(collectionId, root), path, aclClass: "everyone", ...outcome },
      ...{ revision, mediaType, sizeBytes, modifiedAt, fileStamp, parentId },
    }
  })
  for (const part of slices(rows)) {
    await transaction.insert(documents).values(part).onConflictDoUpdate({ target: documents.id, set: NEWER })
  }
  return standing.map(({ at: content, documentId, former }) => {
    const isOvertaken =
      former !== undefined && former.revision !== content.revision && former.revision !== former.indexedRevision
    return {
      ...{ content, documentId },
      overtaken: isOvertaken && former.revision !== "" ? former.revision : null,
      // What was removed comes back as new: its row says so from here on.
      isChange: former !== undefined && !former.isRemoved && former.indexedRevision !== null,
    }
  })
}

const NEWER = {
  ...Object.fromEntries(
    [...FACTS, ...OUTCOME].map((name) => [name, sql`excluded.${sql.identifier(documents[name].name)}`]),
  ),
  // What was removed and not yet purged does not come back while its new content is on its way.
  sourceId: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.sourceId} ELSE excluded.source_id END`,
  path: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.path} ELSE excluded.path END`,
  indexedRevision: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedRevision} END`,
  indexedAt: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedAt} END`,
  removedAt: null,
  erasureId: null,
}
