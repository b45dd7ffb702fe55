import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { detectMediaType } from "../../ingest/media-type.ts"
import { collectEmbedded } from "../../ingest/parse/embedded.ts"
import { loadParser } from "../../ingest/parse/registry.ts"
import { IbidError } from "../../src/core/errors.ts"
import type { ParsedDocument } from "../../src/core/types.ts"

interface ReadDocument extends ParsedDocument {
  /** What it holds, by name, in order. */
  readonly files: ReadonlyMap<string, Buffer>
  /** Codes by name of what it holds and does not give. */
  readonly refused: ReadonlyMap<string, string>
}

/** Detects and parses a document as the parser process does, in this process. */
export async function readDocument(path: string, content: string | Uint8Array): Promise<ReadDocument> {
  const bytes = Buffer.from(content)
  const folder = mkdtempSync(join(tmpdir(), "ibid-parse-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { mediaType } = detectMediaType(path, bytes)
  const { files, report, embed, refuse } = collectEmbedded(path, folder)
  const parser = await loadParser(mediaType, path)
  const document = await parser.parse(
    bytes,
    { path, mediaType },
    { recognised: new Map(), part: () => undefined, embed, refuse },
  )
  return {
    ...document,
    files: new Map(files.map(({ name, file }) => [name, readFileSync(file)])),
    refused: new Map(report.flatMap(({ name, code }) => (code === null ? [] : [[name, code] as const]))),
  }
}

/** The code that it is refused with; `read` where it is read, `no IbidError` where something else is thrown. */
export async function refusalOf(path: string, content: string | Uint8Array): Promise<string> {
  try {
    await readDocument(path, content)
    return "read"
  } catch (error) {
    return error instanceof IbidError ? error.code : "no IbidError"
  }
}
