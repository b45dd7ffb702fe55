import { relative } from "node:path"
import { crashPoint } from "../src/core/crash-point.ts"
import { throwIfAborted } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { CollectionId, DocumentId, IngestEvent } from "../src/core/types.ts"
import type { Database } from "../src/db/client.ts"
import { type DocumentMove, moveDocuments } from "../src/db/moves.ts"
import { type Comparison, endingOf, type KnownFile } from "./compare.ts"
import { type ReadPolicy, readFileInside } from "./read-file.ts"

/** A document whose file has been found at another name. */
export interface Rename {
  readonly known: KnownFile
  readonly to: { readonly root: string; readonly path: string }
  readonly absolutePath: string
  readonly fileStamp: string | null
  readonly modifiedAt: number
}

export interface RenamesByContent {
  /** By the path of the file; they stood in the comparison as files to read. */
  readonly renamed: ReadonlyMap<string, Pick<Rename, "known" | "fileStamp" | "modifiedAt">>
  /** Documents whose file may be one that is being written and cannot be read yet. */
  readonly undecided: ReadonlySet<KnownFile>
}

/**
 * Files that the file system takes for new ones, with the content of a document whose file is missing: moved from
 * another disk, or copied before the first one was removed. Only files of the same size and ending are read.
 */
export async function findRenamesByContent(
  root: string,
  comparison: Comparison,
  policy: ReadPolicy,
  signal: AbortSignal | undefined,
): Promise<RenamesByContent> {
  const missing = new Map<string, KnownFile[]>()
  for (const one of comparison.missing) {
    const kind = kindOf(one.document.sizeBytes, one.absolutePath)
    missing.set(kind, [...(missing.get(kind) ?? []), one])
  }
  const renamed = new Map<string, Pick<Rename, "known" | "fileStamp" | "modifiedAt">>()
  const undecided = new Set<KnownFile>()
  for (const { type, file, known } of comparison.files) {
    if (type !== "read" || known !== undefined) continue
    const kind = kindOf(file.facts.sizeBytes, file.absolutePath)
    const alike = missing.get(kind) ?? []
    if (alike.length === 0) continue
    throwIfAborted(signal)
    const content = await readOrNothing(root, relative(root, file.absolutePath), policy)
    if (content === undefined) continue
    if (content.type === "unsettled") {
      for (const one of alike) undecided.add(one)
      continue
    }
    const revision = sha256(content.bytes)
    const from = alike.find(({ document }) => document.revision === revision)
    if (from === undefined) continue
    missing.set(
      kind,
      alike.filter((one) => one !== from),
    )
    undecided.delete(from)
    const { fileStamp, modifiedAt } = content
    renamed.set(file.absolutePath, { known: from, fileStamp, modifiedAt })
  }
  return { renamed, undecided }
}

function kindOf(sizeBytes: number, path: string): string {
  return `${sizeBytes}${endingOf(path)}`
}

/** What cannot be read is told of where it is read for its own sake. */
async function readOrNothing(root: string, path: string, policy: ReadPolicy) {
  try {
    return await readFileInside(root, path, policy)
  } catch {
    return undefined
  }
}

/** Gives the documents their new places; what stood there has been written over and is removed. */
export async function* applyRenames(
  renames: readonly Rename[],
  known: readonly KnownFile[],
  database: Database,
  collectionId: CollectionId,
): AsyncGenerator<{ readonly event: IngestEvent }> {
  if (renames.length === 0) return
  const moves = renames.map(
    ({ known: { document, root }, to, fileStamp, modifiedAt }): DocumentMove => ({
      ...{ documentId: document.id as DocumentId, ...to, fileStamp, modifiedAt },
      from: { root, path: document.path },
    }),
  )
  const moving = new Set(renames.map(({ known: { document } }) => document.id))
  const standing = new Map(known.map((one) => [one.absolutePath, one.document]))
  await moveDocuments(database, collectionId, moves)
  crashPoint("moved")
  for (const { known: from, to, absolutePath } of renames) {
    const over = standing.get(absolutePath)
    if (over !== undefined && !moving.has(over.id)) {
      yield { event: { event: "document-removed", documentId: over.id as DocumentId, path: over.path } }
    }
    const documentId = from.document.id as DocumentId
    yield { event: { event: "document-moved", documentId, path: to.path, from: from.document.path } }
  }
}
