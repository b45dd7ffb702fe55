import { parseFailure } from "./failure.ts"

/** Far more than any program writes; whoever builds the tree takes time and memory for each. */
const MOST_PARTS = 5000
const MOST_BOUNDARIES = 500
/** Parts within parts; forwarded again and again, a mail reaches ten. */
export const MOST_MAIL_DEPTH = 50
export const MOST_HEADER_BYTES = 2 * 1024 * 1024

/** Counts the parts of a mail by the lines between them, before a tree is built. Throws `mail-structure`. */
export function checkMailStructure(bytes: Uint8Array, path: string): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const boundaries = boundariesOf(buffer)
  if (boundaries.size > MOST_BOUNDARIES) throw parseFailure("mail-structure", path)
  if (boundaries.size === 0) return
  let parts = 0
  for (const line of dashedLines(buffer)) {
    if (!boundaries.has(line) || ++parts <= MOST_PARTS) continue
    throw parseFailure("mail-structure", path)
  }
}

function boundariesOf(buffer: Buffer): ReadonlySet<string> {
  const boundaries = new Set<string>()
  for (let at = 0; boundaries.size <= MOST_BOUNDARIES; ) {
    // Programs write the name in one of three ways; the first letter is left out to find them all.
    at = buffer.indexOf("oundary", at, "latin1")
    if (at < 0) break
    const stated = /^oundary\s{0,9}=\s{0,9}(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))/i.exec(
      buffer.toString("latin1", at, at + 230),
    )
    const boundary = stated?.[1] ?? stated?.[2]
    if (boundary !== undefined) boundaries.add(boundary.trimEnd())
    at += 7
  }
  return boundaries
}

/** What follows `--` on the lines that begin with it. */
function* dashedLines(buffer: Buffer): Generator<string> {
  for (let at = buffer.indexOf("\n--"); at >= 0; at = buffer.indexOf("\n--", at + 1)) {
    const line = buffer.toString("latin1", at + 3, at + 3 + 210)
    const end = line.search(/[\r\n]/)
    yield (end < 0 ? line : line.slice(0, end)).trimEnd()
  }
}
