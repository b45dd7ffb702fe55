import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { FoundEmbedded, ParseContext } from "../../src/core/ports.ts"
import type { EmbeddedFile } from "../../src/core/types.ts"
import { extensionFor, typeByName } from "../media-names.ts"
import { detectMediaType } from "../media-type.ts"
import type { UnpackedFile } from "../parser-host.ts"
import { parseFailure } from "./failure.ts"
import { holdsFiles, isTooDeep } from "./nesting.ts"
import { cleanLine } from "./text-builder.ts"

export interface CollectedFiles extends Pick<ParseContext, "embed" | "refuse"> {
  readonly files: readonly UnpackedFile[]
  readonly report: readonly EmbeddedFile[]
}

const MOST_FILES = 10_000
const MOST_BYTES = 200 * 1024 * 1024

/**
 * Writes the embedded files of one document into the folder, each under a number: no name out of a document ever
 * becomes a path on the disk. The folder is made with the first. Without one they are only listed. A container in too many others is refused.
 */
export function collectEmbedded(path: string, folder: string | undefined): CollectedFiles {
  const files: UnpackedFile[] = []
  const report: EmbeddedFile[] = []
  const names = new Map<string, number>()
  let sizeBytes = 0
  const refuse: CollectedFiles["refuse"] = ({ name, sizeBytes, code }) => {
    report.push({ name: safeName(name), sizeBytes, mediaType: null, code })
  }
  return {
    files,
    report,
    refuse,
    embed({ bytes, ...found }) {
      sizeBytes += bytes.length
      if (files.length >= MOST_FILES || sizeBytes > MOST_BYTES) throw parseFailure("archive-ratio", path)
      const type = typeOf(found, bytes)
      if (isTooDeep(path, type)) {
        refuse({ name: found.name, sizeBytes: bytes.length, code: "too-deep" })
        return
      }
      const name = uniqueName(safeName(honestName(found.name, type)), names)
      report.push({ name, sizeBytes: bytes.length, mediaType: found.mediaType ?? null, code: null })
      if (folder === undefined) return
      if (files.length === 0) mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = join(folder, String(files.length + 1))
      writeFileSync(file, bytes, { mode: 0o600 }) // in place of what a process that was ended has left
      files.push({ ...found, name, file, sizeBytes: bytes.length })
    },
  }
}

/** Undefined for what no parser reads; whoever takes the file says why. */
function typeOf(found: Pick<FoundEmbedded, "name" | "mediaType">, bytes: Uint8Array): string | undefined {
  try {
    return detectMediaType(found.name, bytes, found.mediaType).mediaType
  } catch {
    return undefined
  }
}

/** A file that holds files must show it in its name: the names above a file are how its depth is counted. */
function honestName(name: string, mediaType: string | undefined): string {
  if (mediaType === undefined || !holdsFiles(mediaType) || typeByName(name) === mediaType) return name
  return `${name}${extensionFor(mediaType) ?? ""}`
}

/** A relative path that cannot leave its container, whatever the container says. */
function safeName(name: string): string {
  const parts = name
    .split(/[\\/]/)
    .map((part) => cleanLine(part))
    .filter((part) => part !== "" && part !== "." && part !== "..")
  return parts.join("/").slice(-MOST_NAME_CHARACTERS) || "unnamed"
}

const MOST_NAME_CHARACTERS = 400

/** `a.pdf`, `a (2).pdf`: mails carry several files of one name. `taken` counts how often each has been given. */
function uniqueName(name: string, taken: Map<string, number>): string {
  const dot = name.lastIndexOf(".")
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""]
  let unique = name
  let number = taken.get(name) ?? 0
  while (taken.has(unique)) unique = `${stem} (${++number})${extension}`
  taken.set(unique, 1)
  taken.set(name, Math.max(1, number))
  return unique
}
