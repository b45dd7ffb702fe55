import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { FoundEmbedded, ParseContext } from "../../src/core/ports.ts"
import type { EmbeddedFile } from "../../src/core/types.ts"
import type { UnpackedFile } from "../parser-host.ts"
import { parseFailure } from "./failure.ts"
import { cleanLine } from "./text-builder.ts"

export interface CollectedFiles extends Pick<ParseContext, "embed" | "refuse"> {
  readonly files: readonly UnpackedFile[]
  readonly report: readonly EmbeddedFile[]
}

const MOST_FILES = 10_000
const MOST_BYTES = 200 * 1024 * 1024

/**
 * Writes the embedded files of one document into the folder, each under a number: no name out of a document ever
 * becomes a path on the disk. Without a folder they are only listed.
 */
export function collectEmbedded(path: string, folder: string | undefined): CollectedFiles {
  const files: UnpackedFile[] = []
  const report: EmbeddedFile[] = []
  const names = new Set<string>()
  let sizeBytes = 0
  return {
    files,
    report,
    embed({ bytes, ...found }) {
      sizeBytes += bytes.length
      if (files.length >= MOST_FILES || sizeBytes > MOST_BYTES) throw parseFailure("archive-ratio", path)
      const name = uniqueName(safeName(found), names)
      report.push({ name, sizeBytes: bytes.length, mediaType: found.mediaType ?? null, code: null })
      if (folder === undefined) return
      const file = join(folder, String(files.length + 1))
      writeFileSync(file, bytes, { flag: "wx", mode: 0o600 })
      files.push({ ...found, name, file, sizeBytes: bytes.length })
    },
    refuse({ name, sizeBytes, code }) {
      report.push({ name: safeName({ name }), sizeBytes, mediaType: null, code })
    },
  }
}

/** A relative path that cannot leave its container, whatever the container says. */
function safeName(found: Pick<FoundEmbedded, "name">): string {
  const parts = found.name
    .split(/[\\/]/)
    .map((part) => cleanLine(part))
    .filter((part) => part !== "" && part !== "." && part !== "..")
  return parts.join("/").slice(-MOST_NAME_CHARACTERS) || "unnamed"
}

const MOST_NAME_CHARACTERS = 400

/** `a.pdf`, `a (2).pdf`: mails carry several files of one name. */
function uniqueName(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf(".")
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""]
  let unique = name
  for (let number = 2; taken.has(unique); number++) unique = `${stem} (${number})${extension}`
  taken.add(unique)
  return unique
}
