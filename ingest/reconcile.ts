import type { BigIntStats } from "node:fs"
import { lstat } from "node:fs/promises"
import { join } from "node:path"
import { type IbidError, throwIfAborted } from "../src/core/errors.ts"
import type { CollectionId, DocumentId } from "../src/core/types.ts"
import { listFolderSources } from "../src/db/collections.ts"
import { listSourceDocuments } from "../src/db/documents.ts"
import { markRemoved } from "../src/db/removals.ts"
import { findSource, recordInStep, recordPause } from "../src/db/sources.ts"
import type { AcceptPorts } from "./accept.ts"
import { reasonToPause } from "./brake.ts"
import { type Comparison, compare, type KnownFile } from "./compare.ts"
import { factsOf, SETTLED_MS } from "./file-stamp.ts"
import { createIgnorePatterns } from "./ignore.ts"
import { type Look, look, lookAtOne } from "./look.ts"
import { readError, systemCodeOf } from "./open-inside.ts"
import { applyRenames, findRenamesByContent, type Rename } from "./renames.ts"
import { type FileToTake, failed, type ReconcileStep, skipped, takeAll } from "./take.ts"

export interface ReconcileOptions {
  readonly collectionId: CollectionId
  /** Documents without a file are removed, unless so many are gone that a person has to say so. */
  readonly removeMissing: boolean
  /** Path of the one file to look at, relative to the folder; absent means all. */
  readonly only?: string
  /** Patterns of files to leave out, besides those of the ignore files in the folder; absent means the source's own. */
  readonly ignore?: readonly string[]
  /** Smaller than the general limit; absent means the source's own. */
  readonly maxFileBytes?: number
  /** See `ReadPolicy`; absent means 0. */
  readonly settleMs?: number
  /** Absolute paths of files that have been written to for so long that they are read as they are. */
  readonly impatientFor?: ReadonlySet<string>
  /** Reads again what has failed before, though its file is the same. */
  readonly retryFailed?: boolean
  /** A person has said that what is missing is to be removed. */
  readonly confirmRemoval?: boolean
  /** Documents that were removed from the folder in the last minutes. */
  readonly recentlyRemoved?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Compares a folder with the catalogue and brings the catalogue in step: what was renamed keeps its document, what is
 * new or changed is accepted (bytes stored, job in SQL), what is gone is removed. Documents of sources above and below
 * the folder are found by where their files stand, so that a folder within a folder makes no document twice. `root` is
 * a real path. Throws `cancelled` and what concerns more than one file (`disk-full`).
 */
export async function* reconcile(
  root: string,
  ports: AcceptPorts,
  options: ReconcileOptions,
): AsyncGenerator<ReconcileStep> {
  const { database } = ports
  const { collectionId, signal } = options
  const identity = await identityOfFolder(root)
  const roots = (await listFolderSources(database.read, collectionId)).map((one) => one.root)
  const known = await listKnown(root, roots, ports, collectionId)
  if (identity.type === "error" || (identity.type === "gone" && known.length === 0)) {
    yield failed(root, identity.error)
    return
  }
  const source = await findSource(database.read, { collectionId, root })
  const ignore = options.ignore ?? source?.ignore ?? []
  let view: Look
  let comparison: Comparison
  try {
    ;({ view, comparison } = await compareTwice(root, identity.type === "gone", known, { ...options, ignore }))
  } catch (thrown) {
    if (options.only === undefined) throw thrown
    yield failed(options.only, readError(options.only, thrown))
    return
  }
  yield { found: view.files.length }
  for (const { type, path, error } of view.left) {
    yield type === "failure" ? failed(path === "" ? root : path, error) : skipped(path, error)
  }
  const policy = {
    maxFileBytes: Math.min(ports.maxFileBytes, options.maxFileBytes ?? source?.maxFileBytes ?? ports.maxFileBytes),
    settleMs: options.settleMs ?? 0,
  }
  const { renamed, undecided } = await findRenamesByContent(root, comparison, policy, signal)
  const found = new Set([...renamed.values()].map((one) => one.known))
  const missing = comparison.missing.filter((one) => !found.has(one) && !undecided.has(one))
  if (source !== undefined && options.removeMissing && options.confirmRemoval !== true) {
    const reason = reasonToPause({
      rootIdentity: identity.type === "gone" ? null : identity.identity,
      ...{ formerIdentity: source.rootIdentity, isPaused: source.pausedAt !== null },
      ...{ files: view.files.length, documents: known.length, missing: missing.length },
      recentlyRemoved: options.recentlyRemoved ?? 0,
    })
    if (reason !== undefined) {
      await recordPause(database, source, reason)
      yield { event: { event: "source-paused", root, reason } }
      return
    }
  }
  const place = (absolutePath: string) => placeIn(roots, root, absolutePath)
  const renames = comparison.files.flatMap(({ type, file, known: from }): Rename[] => {
    const { absolutePath, facts } = file
    const to = place(absolutePath)
    if (type === "moved") {
      return [{ known: from, to, absolutePath, fileStamp: facts.stamp, modifiedAt: facts.modifiedAt }]
    }
    const byContent = renamed.get(absolutePath)
    return byContent === undefined ? [] : [{ ...byContent, to, absolutePath }]
  })
  yield* applyRenames(renames, known, database, collectionId)
  if (options.removeMissing) yield* remove(missing, ports, signal)
  const files = comparison.files.flatMap((compared): FileToTake[] => {
    const { absolutePath } = compared.file
    if (compared.type === "moved" || renamed.has(absolutePath)) return []
    const isImpatient = options.impatientFor?.has(absolutePath) === true
    return [{ compared, place: place(absolutePath), policy: isImpatient ? { ...policy, settleMs: 0 } : policy }]
  })
  yield* takeAll(files, ports, { collectionId, root, retryFailed: options.retryFailed === true, signal })
  if (view.isUnsteady) yield { unsettled: { absolutePath: root, retryAfterMs: SETTLED_MS } }
  if (source !== undefined && options.removeMissing) {
    await recordInStep(database, source, identity.type === "gone" ? null : identity.identity)
  }
}

async function* remove(
  missing: readonly KnownFile[],
  ports: AcceptPorts,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReconcileStep> {
  for (const { document } of missing) {
    throwIfAborted(signal)
    const documentId = document.id as DocumentId
    await markRemoved(ports.database, documentId)
    yield { event: { event: "document-removed", documentId, path: document.path } }
  }
}

type FolderIdentity =
  | { readonly type: "folder"; readonly identity: string }
  | { readonly type: "gone"; readonly error: IbidError }
  /** Nothing can be said of it: it may not be read, or its network does not answer. */
  | { readonly type: "error"; readonly error: IbidError }

async function identityOfFolder(root: string): Promise<FolderIdentity> {
  let stats: BigIntStats
  try {
    stats = await lstat(root, { bigint: true })
  } catch (thrown) {
    const isGone = ["ENOENT", "ENOTDIR"].includes(systemCodeOf(thrown))
    return { type: isGone ? "gone" : "error", error: readError(root, thrown) }
  }
  if (stats.isDirectory()) return { type: "folder", identity: `${stats.dev}:${stats.ino}` }
  return { type: "gone", error: readError(root, Object.assign(new Error("It is no folder"), { code: "ENOTDIR" })) }
}

/** Documents whose files stood below the folder, whatever source they belong to. */
async function listKnown(
  root: string,
  roots: readonly string[],
  ports: AcceptPorts,
  collectionId: CollectionId,
): Promise<KnownFile[]> {
  const related = roots.filter((one) => one === root || one.startsWith(`${root}/`) || root.startsWith(`${one}/`))
  const known: KnownFile[] = []
  for (const one of related) {
    for (const document of await listSourceDocuments(ports.database.read, { collectionId, root: one })) {
      const absolutePath = `${one}/${document.path}`
      if (absolutePath.startsWith(`${root}/`)) known.push({ document, root: one, absolutePath })
    }
  }
  return known
}

/** The deepest known source that holds the file, else the folder itself. */
function placeIn(roots: readonly string[], root: string, absolutePath: string) {
  const holder = roots
    .filter((one) => absolutePath.startsWith(`${one}/`))
    .reduce((deepest, one) => (one.length > deepest.length ? one : deepest), "")
  const chosen = holder === "" ? root : holder
  return { root: chosen, path: absolutePath.slice(chosen.length + 1) }
}

/**
 * What is missing is looked for a second time: a file that was renamed from a folder that the walk had yet to see to one
 * that it had seen already would be found nowhere.
 */
async function compareTwice(
  root: string,
  isGone: boolean,
  known: readonly KnownFile[],
  options: ReconcileOptions,
): Promise<{ readonly view: Look; readonly comparison: Comparison }> {
  const { only, signal } = options
  if (isGone) return compareWith({ files: [], left: [], isUnsteady: false, isUnknown: () => false }, known)
  if (only !== undefined) {
    const absolutePath = join(root, only)
    const file = { absolutePath, facts: factsOf(await lstat(absolutePath, { bigint: true })) }
    const others = known.map((one) => ({ absolutePath: one.absolutePath, sizeBytes: one.document.sizeBytes }))
    return compareWith(await lookAtOne(file, others), known)
  }
  const walkOptions = { ignore: createIgnorePatterns(options.ignore), signal }
  const first = compareWith(await look(root, walkOptions), known)
  if (first.comparison.missing.length === 0) return first
  const second = compareWith(await look(root, walkOptions), known)
  const before = new Set(first.comparison.missing)
  const missing = second.comparison.missing.filter((one) => before.has(one))
  return { view: second.view, comparison: { ...second.comparison, missing } }
}

function compareWith(view: Look, known: readonly KnownFile[]) {
  return { view, comparison: compare(view.files, known, view.isUnknown) }
}
