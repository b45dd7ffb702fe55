import type { CFB$Container, CFB$Entry } from "cfb"
import iconv from "iconv-lite"
import { isOutOfMemory, parseFailure } from "./failure.ts"

/** The file in an OLE wrapper. */
interface OleContent {
  readonly bytes: Uint8Array
  /** What the wrapper calls the file; undefined where it has no name. */
  readonly name?: string
  /** With the dot, for a file without a name; empty where the content has to say what it is. */
  readonly extension: string
}

/**
 * The file that an OLE object holds: a packaged file (`Ole10Native`), a document of Office since 2007 (`Package`) or of
 * before, or what other programs keep (`CONTENTS`). Undefined where it holds none, such as a formula. Throws
 * `broken-file`.
 */
export async function readOleObject(bytes: Uint8Array, path: string): Promise<OleContent | undefined> {
  const { default: cfb } = await import("cfb")
  try {
    const container = cfb.read(Buffer.from(bytes), { type: "buffer" })
    const streams = rootStreams(container)
    const native = streams.get("\u0001ole10native")
    if (native !== undefined) return nativeContent(Buffer.from(native.content))
    const packaged = streams.get("package")
    if (packaged !== undefined) return { bytes: Buffer.from(packaged.content), extension: "" }
    for (const [stream, extension] of DOCUMENTS) if (streams.has(stream)) return { bytes, extension }
    const contents = streams.get("contents")
    const isPdf = contents !== undefined && Buffer.from(contents.content.slice(0, 5)).toString("latin1") === "%PDF-"
    return isPdf ? { bytes: Buffer.from(contents.content), extension: ".pdf" } : undefined
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    throw parseFailure("broken-file", path, { cause })
  }
}

/** Streams that tell the documents of Office before 2007. */
const DOCUMENTS: ReadonlyMap<string, string> = new Map([
  ["worddocument", ".doc"],
  ["workbook", ".xls"],
  ["book", ".xls"],
  ["powerpoint document", ".ppt"],
  ["__properties_version1.0", ".msg"],
])

function rootStreams(container: CFB$Container): ReadonlyMap<string, CFB$Entry> {
  const streams = new Map<string, CFB$Entry>()
  for (const [index, path] of container.FullPaths.entries()) {
    const entry = container.FileIndex[index]
    // `Root Entry/name`: what lies deeper belongs to objects within the object.
    if (entry?.type === STREAM && path.split("/").length === 2) streams.set(entry.name.toLowerCase(), entry)
  }
  return streams
}

const STREAM = 2
/** Kind of a native stream that begins with names; the others are the bytes alone. */
const NAMED = 2

/**
 * Label, file name, command and the bytes, each behind its length or before a zero; the label once more in UTF-16
 * behind the bytes. MS-OLEDS 2.3.6 leaves the inside open; this is how the Windows packager writes it.
 */
function nativeContent(stream: Buffer): OleContent | undefined {
  if (stream.readUInt16LE(4) !== NAMED) return { bytes: stream.subarray(4, 4 + stream.readUInt32LE(0)), extension: "" }
  const label = zeroEnded(stream, 6)
  const fileName = zeroEnded(stream, label.end)
  const command = fileName.end + 8
  const size = command + stream.readUInt32LE(fileName.end + 4)
  const start = size + 4
  const end = start + stream.readUInt32LE(size)
  if (end > stream.length) throw new RangeError("the packaged file is cut off")
  const wideLabel = wideTexts(stream, end)[1]
  const name = baseName(wideLabel ?? label.text) || baseName(fileName.text)
  return { bytes: stream.subarray(start, end), extension: "", ...(name !== "" && { name }) }
}

function zeroEnded(stream: Buffer, start: number): { readonly text: string; readonly end: number } {
  const zero = stream.indexOf(0, start)
  if (zero < 0) throw new RangeError("a name has no end")
  return { text: iconv.decode(stream.subarray(start, zero), "windows-1252"), end: zero + 1 }
}

/** Command, label and file name in UTF-16, each behind its length in characters; packagers before 2000 wrote none. */
function wideTexts(stream: Buffer, start: number): readonly string[] {
  const texts: string[] = []
  let at = start
  while (at + 4 <= stream.length && texts.length < 3) {
    const end = at + 4 + stream.readUInt32LE(at) * 2
    if (end > stream.length) break
    texts.push(stream.toString("utf16le", at + 4, end))
    at = end
  }
  return texts
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).trim()
}
