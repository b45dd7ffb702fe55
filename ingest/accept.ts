import { readFile } from "node:fs/promises"
import { IbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { CollectionId, DocumentId, JobId, Revision } from "../src/core/types.ts"
import type { Database } from "../src/db/client.ts"
import { acceptContent, documentIdOf, findDocument, touchDocument } from "../src/db/documents.ts"
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
 * `broken-file`, `disk-full`; what is refused leaves nothing behind.
 */
export async function accept(content: Content, ports: AcceptPorts): Promise<Acceptance> {
  checkSize(content.path, content.bytes.byteLength, ports.maxFileBytes)
  const { collectionId, root, path, modifiedAt } = content
  const revision = sha256(content.bytes) as Revision
  const documentId = documentIdOf(collectionId, root, path)
  const known = await findDocument(ports.database.read, documentId)
  if (known?.revision === revision && known.indexedRevision === revision) {
    if (known.modifiedAt !== modifiedAt) await touchDocument(ports.database, documentId, modifiedAt)
    return { type: "unchanged", documentId }
  }
  const mediaType = detectMediaType(path, content.bytes, content.mediaType).mediaType
  await ports.originals.write(content.bytes)
  const accepted = await acceptContent(ports.database, {
    ...{ collectionId, root, path, revision, mediaType, modifiedAt },
    sizeBytes: content.bytes.byteLength,
    title: content.title ?? null,
  })
  return { type: "accepted", ...accepted }
}

/** Reads a file of this machine within the size limit. */
export async function readSource(
  file: { readonly absolutePath: string; readonly path: string; readonly sizeBytes: number },
  maxFileBytes: number,
): Promise<Uint8Array> {
  checkSize(file.path, file.sizeBytes, maxFileBytes)
  try {
    return await readFile(file.absolutePath)
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined
    if (code === "ENOENT") throw new IbidError("path-not-found", `Cannot read "${file.path}": it is gone`, { cause })
    if (code === "EACCES" || code === "EPERM") {
      throw new IbidError("permission-denied", `Cannot read "${file.path}": permission denied`, { cause })
    }
    throw cause
  }
}

function checkSize(path: string, sizeBytes: number, maxFileBytes: number): void {
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
