import { analyse } from "chardet"
import iconv from "iconv-lite"
import { parseFailure } from "./failure.ts"

interface DecodedText {
  readonly text: string
  /** `encoding-guessed:<name>` where neither a mark nor strict UTF-8 settled it. */
  readonly warnings: readonly string[]
}

/**
 * Decodes text: byte order mark, strict UTF-8, the encoding that the document states, UTF-16 by its pattern of zeros,
 * then a guess from letter statistics. Throws `empty-file`, and `broken-file` for bytes that are no text.
 */
export function decodeText(bytes: Uint8Array, path: string, stated?: string): DecodedText {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  const marked = BYTE_ORDER_MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))
  if (marked !== undefined) return decoded(bytes.subarray(marked.mark.length), marked.encoding, [])
  const wide = wideEncoding(bytes)
  if (wide !== undefined) return decoded(bytes, wide, [`encoding-guessed:${wide}`])
  if (isBinary(bytes)) throw parseFailure("broken-file", path, { state: "it is not text" })
  const text = decodeStrictUtf8(bytes)
  if (text !== undefined) return { text, warnings: [] }
  if (stated !== undefined && iconv.encodingExists(stated) && !/^utf-?8$/i.test(stated)) {
    return decoded(bytes, stated, [])
  }
  const guess = guessEncoding(bytes)
  return decoded(bytes, guess, [`encoding-guessed:${guess}`])
}

/** UTF-16 without a mark: zeros on one side of most pairs. */
export function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  const zeros = [0, 0]
  for (let index = 0; index < sample.length; index++)
    if (sample[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  const pairs = sample.length / 2
  // Western text has a zero in nearly every pair; 0.4 leaves room for quotes and dashes beyond Latin-1.
  if (odd > pairs * 0.4 && even < pairs * 0.05) return "utf-16le"
  if (even > pairs * 0.4 && odd < pairs * 0.05) return "utf-16be"
  return undefined
}

/** Text of an 8-bit encoding holds no zero byte and hardly any other control byte. */
export function isBinary(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  let controls = 0
  for (const byte of sample) {
    if (byte === 0) return true
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27) controls++
  }
  return controls > sample.length / 50
}

const SAMPLE_BYTES = 65_536
const BYTE_ORDER_MARKS = [
  { mark: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { mark: [0xff, 0xfe, 0, 0], encoding: "utf-32le" },
  { mark: [0, 0, 0xfe, 0xff], encoding: "utf-32be" },
  { mark: [0xff, 0xfe], encoding: "utf-16le" },
  { mark: [0xfe, 0xff], encoding: "utf-16be" },
] as const

function decodeStrictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined // Not UTF-8: the next rule decides.
  }
}

/** The likeliest encoding that gives no control or replacement characters; Windows-1252 where none does. */
function guessEncoding(bytes: Uint8Array): string {
  const first = bytes.findIndex((byte) => byte > 127)
  // Statistics live in the bytes beyond ASCII; a sample around the first of them is enough.
  const sample = bytes.subarray(Math.max(0, first - 1024), first + SAMPLE_BYTES)
  for (const { name } of analyse(sample)) {
    const encoding = name.toLowerCase()
    if (encoding === "ascii" || encoding === "utf-8" || !iconv.encodingExists(encoding)) continue
    const text = iconv.decode(Buffer.from(sample), encoding).slice(0, -3) // The sample may end within a character.
    // Windows-1252 holds the printable characters of ISO-8859-1 in the same places, and is what is meant.
    if (!IMPLAUSIBLE.test(text)) return encoding === "iso-8859-1" ? "windows-1252" : encoding
  }
  return "windows-1252"
}

const IMPLAUSIBLE = /[\u0080-\u009F\uFFFD]/

function decoded(bytes: Uint8Array, encoding: string, warnings: readonly string[]): DecodedText {
  return { text: iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding), warnings }
}
