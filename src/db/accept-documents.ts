import { and, eq, isNull, or, sql } from "drizzle-orm"
import type { IbidError } from "../core/errors.ts"
import { sha256 } from "../core/hash.ts"
import type { CollectionId, DocumentId, JobId, Revision } from "../core/types.ts"
import { writeAudit } from "./audit.ts"
import type { Database, Queries } from "./client.ts"
import { ensureSource, sourceIdOf } from "./collections.ts"
import { findDocumentAt, type Place } from "./documents.ts"
import { createJob } from "./jobs.ts"
import { documents } from "./schema.ts"

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

/** What stands at a place, or stood there and is not purged. */
interface Standing {
  readonly documentId: DocumentId
  readonly former:
    | { readonly revision: string; readonly indexedRevision: string | null; readonly isRemoved: boolean }
    | undefined
}

/**
 * The id for a document at a place: that of the one that stands there, else one made from the place. A document that
 * was moved away keeps the id that it had, so that the place may need another one.
 */
async function standingAt(transaction: Queries, place: Place): Promise<Standing> {
  const name = `${place.collectionId}\0${place.root}\0${place.path}`
  const sourceId = sourceIdOf(place.collectionId, place.root)
  for (let attempt = 0; ; attempt++) {
    const documentId = `doc_${sha256(attempt === 0 ? name : `${name}\0${attempt}`).slice(0, 24)}` as DocumentId
    const { id, revision, indexedRevision, removedAt, path } = documents
    const rows = await transaction
      .select({ id, revision, indexedRevision, removedAt, path, sourceId: documents.sourceId })
      .from(documents)
      .where(or(eq(id, documentId), and(eq(documents.sourceId, sourceId), eq(path, place.path), isNull(removedAt))))
    const standing = rows.find((row) => row.removedAt === null && row.sourceId === sourceId && row.path === place.path)
    const sameId = rows.find((row) => row.id === documentId)
    const known = standing ?? (sameId?.removedAt === null ? undefined : sameId)
    if (known !== undefined) {
      const former = {
        revision: known.revision,
        indexedRevision: known.indexedRevision,
        isRemoved: known.removedAt !== null,
      }
      return { documentId: known.id as DocumentId, former }
    }
    if (sameId === undefined) return { documentId, former: undefined }
  }
}

/**
 * Puts the new content of a document and its job into SQL in one transaction: from here on it cannot be lost.
 * `overtaken` is the content that waited in its place and was never searchable, whose bytes nobody may need any more.
 */
export async function acceptContent(
  database: Database,
  content: NewContent,
): Promise<{ readonly documentId: DocumentId; readonly jobId: JobId; readonly overtaken: string | null }> {
  const { revision, mediaType, sizeBytes, modifiedAt, fileStamp, parentId } = content
  const news = { revision, mediaType, sizeBytes, modifiedAt, fileStamp, parentId } as const
  return await database.write(async (transaction) => {
    const { documentId, overtaken, isChange } = await writeDocument(transaction, content, {
      ...news,
      state: "queued",
      code: null,
      message: null,
    })
    const jobId = await createJob(transaction, { ...content, documentId, kind: "index", isChange })
    await writeAudit(transaction, "accepted", [documentId])
    return { documentId, jobId, overtaken }
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
  const { revision, sizeBytes, modifiedAt, fileStamp, parentId, error } = refusal
  const failure = { state: "failed", code: error.code, message: error.message } as const
  return await database.write(async (transaction) => {
    const known = await findDocumentAt(transaction, refusal)
    const mediaType = known?.mediaType ?? "application/octet-stream"
    const news = { revision, sizeBytes, modifiedAt, fileStamp, parentId, mediaType, ...failure }
    const written = await writeDocument(transaction, refusal, news)
    await writeAudit(transaction, "refused", [written.documentId])
    return { documentId: written.documentId, overtaken: written.overtaken }
  })
}

type News = Pick<
  typeof documents.$inferInsert,
  "revision" | "mediaType" | "sizeBytes" | "modifiedAt" | "fileStamp" | "parentId" | "state" | "code" | "message"
>

async function writeDocument(
  transaction: Queries,
  place: Place,
  news: News,
): Promise<{ readonly documentId: DocumentId; readonly overtaken: string | null; readonly isChange: boolean }> {
  const { collectionId, path } = place
  const source = await ensureSource(transaction, collectionId, place.root)
  const { documentId: id, former } = await standingAt(transaction, place)
  await transaction
    .insert(documents)
    .values({ id, collectionId, sourceId: source.id, path, aclClass: "everyone", ...news })
    .onConflictDoUpdate({
      target: documents.id,
      set: {
        ...news,
        // What was removed and not yet purged does not come back while its new content is on its way.
        sourceId: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.sourceId} ELSE excluded.source_id END`,
        path: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.path} ELSE excluded.path END`,
        indexedRevision: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedRevision} END`,
        indexedAt: sql`CASE WHEN ${documents.removedAt} IS NULL THEN ${documents.indexedAt} END`,
        removedAt: null,
        erasureId: null,
      },
    })
  const isOvertaken =
    former !== undefined && former.revision !== news.revision && former.revision !== former.indexedRevision
  return {
    documentId: id,
    overtaken: isOvertaken && former.revision !== "" ? former.revision : null,
    // What was removed comes back as new: its row says so from here on.
    isChange: former !== undefined && !former.isRemoved && former.indexedRevision !== null,
  }
}
