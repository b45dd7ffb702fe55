import { relative } from "node:path"
import { type ErrorCode, type IbidError, throwIfAborted, toIbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { CollectionId, DocumentId, IngestEvent, JobId } from "../src/core/types.ts"
import { type DocumentRow, touchDocument } from "../src/db/documents.ts"
import { type AcceptPorts, acceptAllOrList, type Content, listRefused } from "./accept.ts"
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

/** A file of a comparison and how it is to be read. */
export interface FileToTake {
  readonly compared: Exclude<Compared, { type: "moved" }>
  /** Where a new document of this file belongs. */
  readonly place: { readonly root: string; readonly path: string }
  readonly policy: ReadPolicy
}

export interface TakeOptions {
  readonly collectionId: CollectionId
  /** The folder that is compared. */
  readonly root: string
  readonly retryFailed: boolean
  readonly signal: AbortSignal | undefined
}

/** Contents that are accepted in one transaction: to flush the disk for each takes longer than all else. */
const GROUP_FILES = 32
const GROUP_BYTES = 8 * 1024 * 1024

/**
 * Reads files, where that is needed, and accepts their contents, some at a time; what cannot be read or is refused is
 * listed. The steps are in the order of the files.
 */
export async function* takeAll(
  files: readonly FileToTake[],
  ports: AcceptPorts,
  options: TakeOptions,
): AsyncGenerator<ReconcileStep> {
  let group: (ReconcileStep | ReadFile)[] = []
  let sizeBytes = 0
  for (const file of files) {
    throwIfAborted(options.signal)
    const next = await read(file, ports, options)
    if (next === undefined) continue
    group.push(next)
    if ("content" in next) sizeBytes += next.content.bytes.byteLength
    // What needs no transaction is told at once where nothing before it waits for one.
    if (sizeBytes > 0 && sizeBytes < GROUP_BYTES && group.length < GROUP_FILES) continue
    yield* acceptGroup(group, ports, options)
    group = []
    sizeBytes = 0
  }
  yield* acceptGroup(group, ports, options)
}

interface ReadFile extends FileToTake {
  readonly content: Content
}

/** What a file needs no accepting for, or its content; undefined where there is nothing to tell. */
async function read(
  file: FileToTake,
  ports: AcceptPorts,
  options: TakeOptions,
): Promise<ReconcileStep | ReadFile | undefined> {
  const { type, known } = file.compared
  const { absolutePath } = file.compared.file
  const { collectionId, root, retryFailed } = options
  const document = known?.document
  if (type === "same" && !isReadAgain(known.document, retryFailed)) {
    return isSearchable(known.document) ? unchanged(known.document) : undefined
  }
  try {
    const content = await readFileInside(root, relative(root, absolutePath), file.policy)
    if (content.type === "unsettled") return { unsettled: { absolutePath, retryAfterMs: content.retryAfterMs } }
    if (document !== undefined && isWaiting(document) && document.revision === sha256(content.bytes)) {
      await touchDocument(ports.database, document.id as DocumentId, content)
      return undefined
    }
    const { bytes, modifiedAt, fileStamp } = content
    return { ...file, content: { collectionId, ...placeOf(file), bytes, modifiedAt, fileStamp } }
  } catch (thrown) {
    return await notTaken(file, thrown, ports, options)
  }
}

async function* acceptGroup(
  group: readonly (ReconcileStep | ReadFile)[],
  ports: AcceptPorts,
  options: TakeOptions,
): AsyncGenerator<ReconcileStep> {
  const contents = group.flatMap((one) => ("content" in one ? [one.content] : []))
  const outcomes = (await acceptTogether(contents, ports)).values()
  for (const one of group) {
    if (!("content" in one)) {
      yield one
      continue
    }
    const { path, bytes } = one.content
    const outcome = outcomes.next().value
    if (outcome === undefined) throw new RangeError("A file has no outcome")
    if (outcome.type === "not-accepted") {
      const step = await notTaken(one, outcome.thrown, ports, options)
      if (step !== undefined) yield step
    } else if (outcome.type === "refused") yield failed(path, outcome.error)
    else if (outcome.type === "unchanged") {
      yield { event: { event: "document-unchanged", documentId: outcome.documentId, path } }
    } else {
      const { documentId, jobId } = outcome
      yield { accepted: { documentId, jobId, path, sizeBytes: bytes.byteLength } }
    }
  }
}

/** What fails together is accepted one by one, so that the others do not share the fate of one. */
async function acceptTogether(
  contents: readonly Content[],
  ports: AcceptPorts,
): Promise<Awaited<ReturnType<typeof acceptAllOrList>>> {
  if (contents.length === 0) return []
  try {
    return await acceptAllOrList(contents, ports)
  } catch (thrown) {
    if (contents.length === 1 || ENDS_ALL.has(toIbidError(thrown).code)) {
      return contents.map((content) => ({ type: "not-accepted", content, thrown }))
    }
    const outcomes = []
    for (const content of contents) outcomes.push(...(await acceptTogether([content], ports)))
    return outcomes
  }
}

/** Lists a file with the reason, unless it may be read or accepted another time. Throws what concerns every file. */
async function notTaken(
  taken: FileToTake,
  thrown: unknown,
  ports: AcceptPorts,
  { collectionId, retryFailed }: TakeOptions,
): Promise<ReconcileStep | undefined> {
  const { file, known } = taken.compared
  const { facts, absolutePath } = file
  const place = placeOf(taken)
  const document = known?.document
  const error = toIbidError(thrown)
  if (ENDS_ALL.has(error.code)) throw error
  if (error.code === "path-not-found") return { unsettled: { absolutePath, retryAfterMs: SETTLED_MS } }
  if (document !== undefined && !retryFailed && isToldAlready(document, file, error)) return undefined
  if (error.code !== "internal") {
    const { sizeBytes, modifiedAt } = facts
    await listRefused({ collectionId, ...place, sizeBytes, modifiedAt, fileStamp: stampOf(facts) }, error, ports)
  }
  return failed(place.path, error)
}

/** That of the document that stands there, else that of a new one. */
function placeOf({ compared: { known }, place }: FileToTake): FileToTake["place"] {
  return known === undefined ? place : { root: known.root, path: known.document.path }
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
