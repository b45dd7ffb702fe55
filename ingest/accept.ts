import { crashPoint } from "../src/core/crash-point.ts"
import { type ErrorCode, IbidError, toIbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { CollectionId, DocumentId, JobId, Revision } from "../src/core/types.ts"
import { acceptContent, recordRefusal } from "../src/db/accept-documents.ts"
import type { Database } from "../src/db/client.ts"
import { findDocumentAt, findNeeded, touchDocument } from "../src/db/documents.ts"
import type { ContentStore } from "../src/db/files.ts"
import { detectMediaType } from "./media-type.ts"

export interface Content {
  readonly collectionId: CollectionId
  /** Folder of this machine that the path is relative to; empty for an upload. */
  readonly root: string
  readonly path: string
  readonly bytes: Uint8Array
  readonly mediaType?: string
  readonly title?: string
  /** Milliseconds since 1970 (UTC). */
  readonly modifiedAt: number
  /** What the file system says of the file (`ingest/read-file.ts`), so that it need not be read to see it unchanged. */
  readonly fileStamp?: string | null
  /** The document that this one is embedded in. */
  readonly parentId?: DocumentId
}

export type Acceptance =
  | { readonly type: "unchanged"; readonly documentId: DocumentId }
  | { readonly type: "accepted"; readonly documentId: DocumentId; readonly jobId: JobId }

export interface AcceptPorts {
  readonly database: Database
  readonly originals: ContentStore
  readonly maxFileBytes: number
}

/**
 * The first stage: stores the bytes, then {document, job} in SQL. When it resolves the document cannot be lost. The
 * content that is already searchable is `unchanged`. Throws `empty-file`, `file-too-large`, `unsupported-type`,
 * `type-mismatch`, `encrypted`, `broken-file`, `disk-full`; what is refused leaves nothing behind.
 */
export async function accept(content: Content, ports: AcceptPorts): Promise<Acceptance> {
  checkSize(content.path, content.bytes.byteLength, ports.maxFileBytes)
  const { collectionId, root, path, modifiedAt } = content
  const fileStamp = content.fileStamp ?? null
  const revision = sha256(content.bytes) as Revision
  const known = await findDocumentAt(ports.database.read, { collectionId, root, path })
  if (known?.revision === revision && known.indexedRevision === revision && known.state !== "failed") {
    const documentId = known.id as DocumentId
    if (known.modifiedAt !== modifiedAt || known.fileStamp !== fileStamp) {
      await touchDocument(ports.database, documentId, { modifiedAt, fileStamp })
    }
    return { type: "unchanged", documentId }
  }
  const mediaType = detectMediaType(path, content.bytes, content.mediaType).mediaType
  const release = ports.originals.hold(revision)
  try {
    await ports.originals.write(content.bytes)
    crashPoint("bytes-stored")
    const { overtaken, ...accepted } = await acceptContent(ports.database, {
      ...{ collectionId, root, path, revision, mediaType, modifiedAt, fileStamp },
      sizeBytes: content.bytes.byteLength,
      title: content.title ?? null,
      parentId: content.parentId ?? null,
    })
    crashPoint("document-accepted")
    await removeOvertaken(overtaken, ports)
    return { type: "accepted", ...accepted }
  } finally {
    release()
  }
}

export interface Refusal {
  readonly type: "refused"
  readonly documentId: DocumentId
  readonly error: IbidError
}

/**
 * `accept` for what nobody waits for, a file of a folder or of a mail: what is refused is listed in the catalogue with
 * the reason. Throws what concerns more than this one file (`disk-full`).
 */
export async function acceptOrList(content: Content, ports: AcceptPorts): Promise<Acceptance | Refusal> {
  try {
    return await accept(content, ports)
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (!REFUSALS.has(error.code)) throw error
    const sizeBytes = content.bytes.byteLength
    return await list({ ...content, sizeBytes, revision: sha256(content.bytes) }, error, ports)
  }
}

/** Lists a file that could not be read, was too large, or may not be read, with the reason. */
export async function listRefused(
  file: Pick<Content, "collectionId" | "root" | "path" | "modifiedAt" | "fileStamp" | "parentId"> & {
    readonly sizeBytes: number
  },
  error: IbidError,
  ports: AcceptPorts,
): Promise<Refusal> {
  return await list({ ...file, revision: "" }, error, ports)
}

async function list(
  file: Parameters<typeof listRefused>[0] & { readonly revision: string },
  error: IbidError,
  ports: AcceptPorts,
): Promise<Refusal> {
  const { collectionId, root, path, modifiedAt, sizeBytes, revision } = file
  const { documentId, overtaken } = await recordRefusal(ports.database, {
    ...{ collectionId, root, path, modifiedAt, sizeBytes, revision, error },
    fileStamp: file.fileStamp ?? null,
    parentId: file.parentId ?? null,
  })
  await removeOvertaken(overtaken, ports)
  return { type: "refused", documentId, error }
}

/** Bytes that waited and that a newer content has overtaken leave the disk: no revision will ever name them. */
async function removeOvertaken(revision: string | null, ports: AcceptPorts): Promise<void> {
  if (revision === null) return
  await ports.database.write(async (transaction) => {
    if (!(await findNeeded(transaction, [revision])).has(revision)) ports.originals.remove(revision)
  })
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "empty-file",
  "file-too-large",
  "unsupported-type",
  "type-mismatch",
  "encrypted",
  "broken-file",
  "archive-entry",
])

/** Throws `empty-file`, `file-too-large`. */
export function checkSize(path: string, sizeBytes: number, maxFileBytes: number): void {
  if (sizeBytes === 0) throw new IbidError("empty-file", `Cannot index "${path}": the file is empty`)
  if (sizeBytes > maxFileBytes) {
    throw new IbidError(
      "file-too-large",
      `Cannot index "${path}": it has ${megabytes(sizeBytes)} MB, the limit is ${megabytes(maxFileBytes)} MB`,
      { context: { limitBytes: maxFileBytes } },
    )
  }
}

function megabytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 1024 / 1024)
}
