import { relative } from "node:path"
import { type ErrorCode, type IbidError, toIbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { CollectionId, DocumentId, IngestEvent, JobId } from "../src/core/types.ts"
import { type DocumentRow, touchDocument } from "../src/db/documents.ts"
import { type AcceptPorts, acceptOrList, listRefused } from "./accept.ts"
import type { Compared, FoundFile } from "./compare.ts"
import { type FileFacts, SETTLED_MS } from "./file-stamp.ts"
import { type ReadPolicy, readFileInside } from "./read-file.ts"

/** What one step of a reconcile has come to. */
export type ReconcileStep =
  /** How many files there are. */
  | { readonly found: number }
  | { readonly event: IngestEvent }
  /** Its bytes are stored and its job is in SQL. */
  | {
      readonly accepted: {
        readonly documentId: DocumentId
        readonly jobId: JobId
        readonly path: string
        readonly sizeBytes: number
      }
    }
  /** Not read yet, or not found where it stood a moment ago: another reconcile is due after so long. */
  | { readonly unsettled: { readonly absolutePath: string; readonly retryAfterMs: number } }

export interface TakeOptions {
  readonly collectionId: CollectionId
  /** The folder that is compared. */
  readonly root: string
  /** Where a new document of this file belongs. */
  readonly place: { readonly root: string; readonly path: string }
  readonly policy: ReadPolicy
  readonly retryFailed: boolean
}

/** Reads a file, where that is needed, and accepts its content; what cannot be read or is refused is listed. */
export async function* take(
  { type, file, known }: Exclude<Compared, { type: "moved" }>,
  ports: AcceptPorts,
  options: TakeOptions,
): AsyncGenerator<ReconcileStep> {
  const { collectionId, root, policy, retryFailed } = options
  const document = known?.document
  const place = known === undefined ? options.place : { root: known.root, path: known.document.path }
  if (type === "same" && !isReadAgain(known.document, retryFailed)) {
    if (isSearchable(known.document)) yield unchanged(known.document)
    return
  }
  const { facts } = file
  try {
    const content = await readFileInside(root, relative(root, file.absolutePath), policy)
    if (content.type === "unsettled") {
      yield { unsettled: { absolutePath: file.absolutePath, retryAfterMs: content.retryAfterMs } }
      return
    }
    if (document !== undefined && isWaiting(document) && document.revision === sha256(content.bytes)) {
      await touchDocument(ports.database, document.id as DocumentId, content)
      return
    }
    const acceptance = await acceptOrList({ collectionId, ...place, ...content }, ports)
    if (acceptance.type === "refused") yield failed(place.path, acceptance.error)
    else if (acceptance.type === "unchanged") {
      yield { event: { event: "document-unchanged", documentId: acceptance.documentId, path: place.path } }
    } else {
      const { documentId, jobId } = acceptance
      yield { accepted: { documentId, jobId, path: place.path, sizeBytes: content.bytes.byteLength } }
    }
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (ENDS_ALL.has(error.code)) throw error
    if (error.code === "path-not-found") {
      yield { unsettled: { absolutePath: file.absolutePath, retryAfterMs: SETTLED_MS } }
      return
    }
    if (document !== undefined && !retryFailed && isToldAlready(document, file, error)) return
    if (error.code !== "internal") {
      const { sizeBytes, modifiedAt } = facts
      await listRefused({ collectionId, ...place, sizeBytes, modifiedAt, fileStamp: stampOf(facts) }, error, ports)
    }
    yield failed(place.path, error)
  }
}

export function failed(path: string, { code, message }: IbidError): { readonly event: IngestEvent } {
  return { event: { event: "document-failed", path, code, message } }
}

export function skipped(path: string, { code, message }: IbidError): ReconcileStep {
  return { event: { event: "document-skipped", path, code, message } }
}

function unchanged({ id, path }: DocumentRow): ReconcileStep {
  return { event: { event: "document-unchanged", documentId: id as DocumentId, path } }
}

/** Reasons that concern every file, not this one. */
const ENDS_ALL: ReadonlySet<ErrorCode> = new Set(["cancelled", "disk-full"])

/** Refusals that can end without the file's times telling, and cost no reading to find out. */
const LOOKED_AT_AGAIN: ReadonlySet<string> = new Set(["permission-denied", "file-too-large", "outside-root"])

function isReadAgain(document: DocumentRow, retryFailed: boolean): boolean {
  return document.state === "failed" && (retryFailed || LOOKED_AT_AGAIN.has(document.code ?? ""))
}

function isWaiting({ state }: DocumentRow): boolean {
  return state === "queued" || state === "parsing" || state === "embedding"
}

function isSearchable({ state, revision, indexedRevision }: DocumentRow): boolean {
  return state === "indexed" && revision === indexedRevision
}

/** The same file was refused for the same reason before. */
function isToldAlready(document: DocumentRow, { facts }: FoundFile, error: IbidError): boolean {
  return document.state === "failed" && document.code === error.code && document.fileStamp === facts.stamp
}

/** None for a content so young that it could change without its times telling. */
function stampOf(facts: FileFacts): string | null {
  return facts.ageMs < SETTLED_MS ? null : facts.stamp
}
