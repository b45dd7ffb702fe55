import PQueue from "p-queue"
import { crashPoint } from "../src/core/crash-point.ts"
import { type ErrorCode, IbidError, toIbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { CollectionId, DocumentId, JobId, Revision } from "../src/core/types.ts"
import { acceptContents, type NewContent, recordRefusal } from "../src/db/accept-documents.ts"
import type { Database } from "../src/db/client.ts"
import { type DocumentRow, findDocumentsAt, findNeeded, touchDocument } from "../src/db/documents.ts"
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

export interface Refusal {
  readonly type: "refused"
  readonly documentId: DocumentId
  readonly error: IbidError
}

/** One of several whose bytes were not stored, for a reason that concerns more than this one. */
export interface NotAccepted {
  readonly type: "not-accepted"
  readonly content: Content
  readonly thrown: unknown
}

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
  return only(await acceptAll([content], ports))
}

/**
 * `accept` for what nobody waits for, a file of a mail: what is refused is listed in the catalogue with the reason. Throws
 * what concerns more than this one file (`disk-full`).
 */
export async function acceptOrList(content: Content, ports: AcceptPorts): Promise<Acceptance | Refusal> {
  return only(await acceptAllOrList([content], ports))
}

/**
 * `acceptOrList` for contents of different documents, in one transaction. Outcomes in their order, once all that could
 * be accepted is.
 */
export async function acceptAllOrList(
  contents: readonly Content[],
  ports: AcceptPorts,
): Promise<readonly (Acceptance | Refusal | NotAccepted)[]> {
  const outcomes: (Acceptance | Refusal | NotAccepted)[] = []
  for (const outcome of await acceptAll(contents, ports)) {
    const error = outcome.type === "not-accepted" ? toIbidError(outcome.thrown) : undefined
    if (outcome.type !== "not-accepted" || error === undefined || !REFUSALS.has(error.code)) outcomes.push(outcome)
    else {
      const { bytes } = outcome.content
      const refused = { ...outcome.content, sizeBytes: bytes.byteLength, revision: sha256(bytes) }
      outcomes.push(await list(refused, error, ports))
    }
  }
  return outcomes
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

function only<Outcome>(outcomes: readonly (Outcome | NotAccepted)[]): Outcome {
  const [outcome] = outcomes
  if (outcome === undefined) throw new RangeError("There is no outcome")
  if (isNotAccepted(outcome)) throw outcome.thrown
  return outcome
}

function isNotAccepted(outcome: unknown): outcome is NotAccepted {
  return (outcome as NotAccepted).type === "not-accepted"
}

/** The bytes of each, then one transaction. */
async function acceptAll(
  contents: readonly Content[],
  ports: AcceptPorts,
): Promise<readonly (Acceptance | NotAccepted)[]> {
  const known = await findDocumentsAt(ports.database.read, contents)
  const writes = new PQueue({ concurrency: WRITTEN_AT_ONCE })
  const steps = await Promise.all(
    contents.map((content, place) =>
      writes.add(() =>
        storeBytes(content, known[place], ports).catch((thrown: unknown) => ({
          type: "not-accepted" as const,
          content,
          thrown,
        })),
      ),
    ),
  )
  const stored = steps.filter((step) => step.type === "stored")
  try {
    const accepted = await acceptContents(
      ports.database,
      stored.map(({ content }) => content),
    )
    for (const _ of accepted) crashPoint("document-accepted")
    await removeOvertaken(
      accepted.flatMap(({ overtaken }) => overtaken ?? []),
      ports,
    )
    const byContent = new Map(accepted.map((one) => [one.content, one]))
    return steps.map((step) => {
      if (step.type !== "stored") return step
      const one = byContent.get(step.content)
      if (one === undefined) throw new RangeError("A stored content was not accepted")
      return { type: "accepted", documentId: one.documentId, jobId: one.jobId }
    })
  } finally {
    for (const { release } of stored) release()
  }
}

/** As many as the disk flushes together; more only wait in the queue of the threads. */
const WRITTEN_AT_ONCE = 4

interface Stored {
  readonly type: "stored"
  readonly content: NewContent
  /** Ends the hold on the bytes' file. */
  release(): void
}

async function storeBytes(
  content: Content,
  known: DocumentRow | undefined,
  ports: AcceptPorts,
): Promise<Stored | Extract<Acceptance, { type: "unchanged" }>> {
  const { collectionId, root, path, bytes, modifiedAt, fileStamp = null, parentId = null, title = null } = content
  checkSize(path, bytes.byteLength, ports.maxFileBytes)
  const revision = sha256(bytes) as Revision
  if (known?.revision === revision && known.indexedRevision === revision && known.state !== "failed") {
    const documentId = known.id as DocumentId
    if (known.modifiedAt !== modifiedAt || known.fileStamp !== fileStamp) {
      await touchDocument(ports.database, documentId, { modifiedAt, fileStamp })
    }
    return { type: "unchanged", documentId }
  }
  const { mediaType } = detectMediaType(path, bytes, content.mediaType)
  const release = ports.originals.hold(revision)
  try {
    await ports.originals.write(bytes)
  } catch (thrown) {
    release()
    throw thrown
  }
  crashPoint("bytes-stored")
  const facts = { revision, mediaType, sizeBytes: bytes.byteLength, modifiedAt, fileStamp, parentId, title }
  return { type: "stored", content: { collectionId, root, path, ...facts }, release }
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
  await removeOvertaken(overtaken === null ? [] : [overtaken], ports)
  return { type: "refused", documentId, error }
}

/** Bytes that waited and that a newer content has overtaken leave the disk: no revision will ever name them. */
async function removeOvertaken(revisions: readonly string[], ports: AcceptPorts): Promise<void> {
  if (revisions.length === 0) return
  await ports.database.write(async (transaction) => {
    const needed = await findNeeded(transaction, revisions)
    for (const revision of revisions) if (!needed.has(revision)) ports.originals.remove(revision)
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
