import { oleType, zipType } from "./media-container.ts"
import {
  extensionOf,
  JSON_TYPE,
  MAIL_TYPE,
  MBOX_TYPE,
  PDF_TYPE,
  SOURCE_TYPE,
  statedTextType,
  TEXT_TYPES,
  typeByName,
  XML_TYPE,
} from "./media-names.ts"
import { beginsAsText, hasZeroByte, isBinary, wideEncoding } from "./parse/decode.ts"
import { parseFailure } from "./parse/failure.ts"
import { RTF_TYPE, XLS_TYPE, XLSB_TYPE, XLSM_TYPE, XLSX_TYPE } from "./parse/office-types.ts"
import { isOleContainer } from "./parse/ole.ts"

interface DetectedType {
  readonly mediaType: string
  /** `extension-mismatch:<media type>` where the name says something else than the content. */
  readonly warnings: readonly string[]
}

/**
 * Media type of a document: binary formats by their content, text formats by their extension, then by what was stated,
 * then by how it begins. `bytes` is the whole content. Throws `empty-file`, `type-mismatch` where the content is not
 * what the extension says and nothing else that can be read, `encrypted` for a protected Office file, `broken-file`,
 * `unsupported-type`.
 */
export function detectMediaType(path: string, bytes: Uint8Array, stated?: string): DetectedType {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  const mediaType = binaryType(path, bytes) ?? textType(path, bytes, stated)
  return { mediaType, warnings: extensionWarnings(path, mediaType) }
}

/** The warning for a known extension that belongs to another type. */
export function extensionWarnings(path: string, mediaType: string): readonly string[] {
  const byName = typeByName(path)
  if (byName === undefined || byName === mediaType) return []
  return WORKBOOKS.has(byName) && WORKBOOKS.has(mediaType) ? [] : [`extension-mismatch:${mediaType}`]
}

/** One format under three names: with macros, without, and in binary. */
const WORKBOOKS: ReadonlySet<string> = new Set([XLSX_TYPE, XLSM_TYPE, XLSB_TYPE])
/** Readers of PDF accept the mark anywhere in the first kilobyte. */
const PDF_MARK_BYTES = 1024
const HEAD_BYTES = 4096

/** The type by the mark that the content begins with; undefined where it may be text. */
function binaryType(path: string, bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, PDF_MARK_BYTES)).toString("latin1")
  if (begins(bytes, ...ZIP_MARKS)) return zipType(path, bytes)
  if (isOleContainer(bytes)) return oleType(path, bytes)
  // A text that speaks of PDF is no PDF: within other content the mark counts only under its own extension.
  if (head.startsWith("%PDF-") || (head.includes("%PDF-") && extensionOf(path) === ".pdf")) return PDF_TYPE
  if (head.startsWith("{\\rtf")) return RTF_TYPE
  // Excel before version 5 wrote its records without a container.
  if (typeByName(path) === XLS_TYPE && begins(bytes, ...BARE_WORKBOOK_MARKS)) return XLS_TYPE
  return imageType(bytes)
}

function imageType(bytes: Uint8Array): string | undefined {
  for (const [type, marks] of IMAGE_MARKS) if (begins(bytes, ...marks)) return type
  if (begins(bytes, "52494646") && begins(bytes.subarray(8), "57454250")) return "image/webp"
  // Two letters are little: the size of the header that follows must be one of those that there are.
  return begins(bytes, "424d") && begins(bytes.subarray(14), ...BITMAP_HEADER_SIZES) ? "image/bmp" : undefined
}

/** Marks in hexadecimal digits. */
function begins(bytes: Uint8Array, ...marks: readonly string[]): boolean {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("hex")
  return marks.some((mark) => head.startsWith(mark))
}

const ZIP_MARKS = ["504b0304", "504b0506", "504b0708"]
const BARE_WORKBOOK_MARKS = ["0900", "0902", "0904", "0908"]
const IMAGE_MARKS: ReadonlyMap<string, readonly string[]> = new Map([
  ["image/png", ["89504e470d0a1a0a"]],
  ["image/jpeg", ["ffd8ff"]],
  ["image/gif", ["474946383761", "474946383961"]],
  ["image/tiff", ["49492a00", "4d4d002a", "49492b00", "4d4d002b"]],
])
const BITMAP_HEADER_SIZES = ["0c000000", "28000000", "34000000", "38000000", "40000000", "6c000000", "7c000000"]

function textType(path: string, bytes: Uint8Array, stated: string | undefined): string {
  const byName = typeByName(path)
  // A mail may carry bytes of any kind; its header is text.
  const isText = byName === MAIL_TYPE || byName === MBOX_TYPE ? beginsAsText(bytes) : !isBinary(bytes)
  if (!isText) throw parseFailure(byName === undefined ? "unsupported-type" : "type-mismatch", path)
  if (byName !== undefined && TEXT_TYPES.has(byName)) return byName
  const head = textHead(bytes)
  if (byName !== undefined && FLAT_OFFICE.test(head)) return byName
  if (byName !== undefined) return markupType(head) ?? mismatch(path)
  // What no name claims must look like text in every byte.
  const type = hasZeroByte(bytes) && wideEncoding(bytes) === undefined ? undefined : statedTextType(stated)
  const found =
    type ?? markupType(head) ?? mailType(head) ?? (extensionOf(path) === "" ? namelessType(head) : undefined)
  if (found === undefined) throw parseFailure("unsupported-type", path)
  return found
}

function mismatch(path: string): never {
  throw parseFailure("type-mismatch", path)
}

function textHead(bytes: Uint8Array): string {
  const head = bytes.subarray(0, HEAD_BYTES)
  const isWide = bytes[0] === 0xff || wideEncoding(bytes) === "utf-16le"
  return Buffer.from(head)
    .toString(isWide ? "utf16le" : "utf8")
    .replace(/^\uFEFF/, "")
    .trimStart()
}

/** An OpenDocument file may be one XML file instead of a package. */
const FLAT_OFFICE = /^<\?xml[^>]{0,200}\?>\s{0,99}<office:document[\s>]/

/** Programs save web pages under the names of Office files; those can be read. */
function markupType(head: string): string | undefined {
  return /^(?:<!doctype html|<html[\s>])/i.test(head) ? "text/html" : undefined
}

/** A mail begins with the lines of its header, an mbox with a line that says where a mail begins. */
function mailType(head: string): string | undefined {
  if (/^From \S+ .{0,80}\d\d:\d\d/.test(head)) return MBOX_TYPE
  const lines = head.split(/\r?\n/, 40)
  const end = lines.findIndex((line) => !/^(?:[A-Za-z][A-Za-z0-9-]{0,60}:|[ \t]+\S)/.test(line))
  const names = lines.slice(0, end < 0 ? lines.length : end).map((line) => line.split(":", 1)[0]?.toLowerCase() ?? "")
  return names.filter((name) => MAIL_HEADERS.has(name)).length >= 3 ? MAIL_TYPE : undefined
}

const MAIL_HEADERS: ReadonlySet<string> = new Set(
  "from to date subject received message-id mime-version return-path delivered-to content-type reply-to cc".split(" "),
)

/** Names such as README and LICENSE; an unknown extension says that a program reads the file, not a person. */
function namelessType(head: string): string {
  if (head.startsWith("<?xml")) return XML_TYPE
  if (head.startsWith("#!")) return SOURCE_TYPE
  if (/^[{[]\s{0,99}["{[\]}]/.test(head)) return JSON_TYPE
  return "text/plain"
}
