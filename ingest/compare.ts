import { extname } from "node:path"
import type { DocumentRow } from "../src/db/documents.ts"
import { type FileFacts, identityOf } from "./file-stamp.ts"

/** A document of the catalogue and where its file stood. */
export interface KnownFile {
  readonly document: DocumentRow
  readonly root: string
  readonly absolutePath: string
}

export interface FoundFile {
  readonly absolutePath: string
  readonly facts: FileFacts
}

/** `same` needs no reading. `read` may be new, or a new content of the document at this place. */
export type Compared =
  | { readonly type: "same"; readonly file: FoundFile; readonly known: KnownFile }
  | { readonly type: "moved"; readonly file: FoundFile; readonly known: KnownFile }
  | { readonly type: "read"; readonly file: FoundFile; readonly known: KnownFile | undefined }

export interface Comparison {
  /** In the order of the files. */
  readonly files: readonly Compared[]
  /** Documents without a file, but for those that nothing can be said of. */
  readonly missing: readonly KnownFile[]
}

/**
 * Compares a folder with the catalogue, by names and by what the file system says of the files; nothing is read. A file
 * is a moved one when it is the very one (device, inode, size, time of change) that stood at another name, and another
 * or none stands there now: so names may also change hands. With another ending it is another document, for the ending
 * tells how to read it.
 */
export function compare(
  files: readonly FoundFile[],
  known: readonly KnownFile[],
  isUnknown: (absolutePath: string) => boolean,
): Comparison {
  const found = new Map(files.map((file) => [file.absolutePath, file]))
  const byPath = new Map<string, KnownFile>()
  for (const one of known) {
    const other = byPath.get(one.absolutePath)
    if (other === undefined || one.root.length > other.root.length) byPath.set(one.absolutePath, one)
  }
  const displaced = new Map<string, KnownFile>()
  for (const one of byPath.values()) {
    const identity = identityOf(one.document.fileStamp)
    if (identity === undefined || isUnknown(one.absolutePath)) continue
    if (found.get(one.absolutePath)?.facts.identity !== identity) displaced.set(identity, one)
  }
  const moved = new Set<KnownFile>()
  const compared = files.map((file): Compared => {
    const here = byPath.get(file.absolutePath)
    if (here !== undefined && here.document.fileStamp === file.facts.stamp) return { type: "same", file, known: here }
    const from = displaced.get(file.facts.identity)
    if (from === undefined || moved.has(from) || endingOf(from.absolutePath) !== endingOf(file.absolutePath))
      return { type: "read", file, known: here }
    moved.add(from)
    return { type: "moved", file, known: from }
  })
  const replaced = new Set(compared.flatMap((one) => (one.type === "moved" ? [byPath.get(one.file.absolutePath)] : [])))
  return {
    // A document that moved away leaves its name to a new one.
    files: compared.map((one) =>
      one.type === "read" && one.known !== undefined && moved.has(one.known) ? { ...one, known: undefined } : one,
    ),
    missing: known.filter(
      (one) =>
        !moved.has(one) &&
        !replaced.has(one) &&
        !isUnknown(one.absolutePath) &&
        (byPath.get(one.absolutePath) !== one || !found.has(one.absolutePath)),
    ),
  }
}

/** In lower case, with the dot. */
export function endingOf(path: string): string {
  return extname(path).toLowerCase()
}
