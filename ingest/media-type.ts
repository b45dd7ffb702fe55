import { isBinary, wideEncoding } from "./parse/decode.ts"
import { parseFailure } from "./parse/failure.ts"
import { holdsEncryptedPackage, isOleContainer } from "./parse/ole.ts"
import { zipNames } from "./parse/zip.ts"

export const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

interface DetectedType {
  readonly mediaType: string
  /** `extension-mismatch:<media type>` where the name says something else than the content. */
  readonly warnings: readonly string[]
}

/**
 * Media type of a document: binary formats by their content, text formats by their extension, then by what was stated,
 * then by how it begins. `bytes` is the whole content. Throws `empty-file`, `broken-file` where the content is not what
 * the extension says and nothing else that can be read, `encrypted` for a protected Office file, `unsupported-type`.
 */
export function detectMediaType(path: string, bytes: Uint8Array, stated?: string): DetectedType {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  const mediaType = binaryType(path, bytes) ?? textType(path, bytes, stated)
  return { mediaType, warnings: extensionWarnings(path, mediaType) }
}

/** The warning for a known extension that belongs to another type. */
export function extensionWarnings(path: string, mediaType: string): readonly string[] {
  const byName = EXTENSIONS[extensionOf(path)]
  return byName === undefined || byName === mediaType ? [] : [`extension-mismatch:${mediaType}`]
}

/** Lower case with the dot; empty where there is none. */
function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1)
  const dot = name.lastIndexOf(".")
  return dot <= 0 ? "" : name.slice(dot).toLowerCase()
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  ".pdf": "application/pdf",
  ".docx": DOCX,
  ".md": "text/markdown",
  ".markdown": "text/markdown",
  ".mdown": "text/markdown",
  ".mkd": "text/markdown",
  ".html": "text/html",
  ".htm": "text/html",
  ".xhtml": "text/html",
  ".csv": "text/csv",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".text": "text/plain",
  ".log": "text/plain",
  ".rst": "text/plain",
  ".adoc": "text/plain",
  ".asciidoc": "text/plain",
  ".org": "text/plain",
}
const TEXT_TYPES: ReadonlySet<string> = new Set(Object.values(EXTENSIONS).filter((type) => type.startsWith("text/")))
const BINARY_EXTENSIONS: ReadonlySet<string> = new Set([".pdf", ".docx"])
/** Readers of PDF accept the mark anywhere in the first kilobyte. */
const PDF_MARK_BYTES = 1024

/** PDF, Word, or a format that is known and cannot be read; undefined where the content may be text. */
function binaryType(path: string, bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, PDF_MARK_BYTES)).toString("latin1")
  const extension = extensionOf(path)
  if (head.startsWith("PK\u0003\u0004")) {
    const names = zipNames(bytes)
    if (names === undefined) throw parseFailure(extension === ".docx" ? "broken-file" : "unsupported-type", path)
    if (names.some((name) => name.startsWith("word/"))) return DOCX
    throw parseFailure(extension === ".docx" ? "broken-file" : "unsupported-type", path)
  }
  if (isOleContainer(bytes)) throw parseFailure(holdsEncryptedPackage(bytes) ? "encrypted" : "unsupported-type", path)
  // A text that speaks of PDF is no PDF: within other content the mark counts only under its own extension.
  if (head.startsWith("%PDF-") || (head.includes("%PDF-") && extension === ".pdf")) return "application/pdf"
  if (head.startsWith("{\\rtf")) throw parseFailure("unsupported-type", path)
  if (BINARY_EXTENSIONS.has(extension)) throw parseFailure("broken-file", path)
  return undefined
}

function textType(path: string, bytes: Uint8Array, stated: string | undefined): string {
  const byName = EXTENSIONS[extensionOf(path)]
  const isText = hasWideMark(bytes) || wideEncoding(bytes) !== undefined || !isBinary(bytes)
  if (!isText) {
    if (byName === undefined) throw parseFailure("unsupported-type", path)
    throw parseFailure("broken-file", path, { state: "it is not text" })
  }
  if (byName !== undefined) return byName
  const statedType = stated?.split(";", 1)[0]?.trim().toLowerCase()
  if (statedType !== undefined && TEXT_TYPES.has(statedType)) return statedType
  const head = Buffer.from(bytes.subarray(0, PDF_MARK_BYTES)).toString("utf8").trimStart()
  if (/^(?:<!doctype html|<html[\s>])/i.test(head)) return "text/html"
  // Names such as README and LICENSE; an unknown extension says that a program reads the file, not a person.
  if (extensionOf(path) === "" && !/^(?:<\?xml|#!|[{[]\s*["{[\]}])/.test(head)) return "text/plain"
  throw parseFailure("unsupported-type", path)
}

function hasWideMark(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}
