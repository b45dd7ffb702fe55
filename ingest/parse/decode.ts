import { isAscii, isUtf8 } from "node:buffer"
import { analyse } from "chardet"
import iconv from "iconv-lite"
import { parseFailure } from "./failure.ts"
import type { TextBuilder } from "./text-builder.ts"

interface DecodedText {
  readonly text: string
  /** `encoding-guessed:<name>` where neither a mark nor strict UTF-8 settled it. */
  readonly warnings: readonly string[]
  /** Zero characters: they stand for nothing, and their runs have become spaces. */
  readonly dropped: number
}

/** `decodeText`, with what it has to say told to the builder. */
export function decodeInto(
  builder: Pick<TextBuilder, "warn" | "drop">,
  bytes: Uint8Array,
  file: { readonly path: string; readonly stated?: string | undefined },
): string {
  const { text, warnings, dropped } = decodeText(bytes, file.path, file.stated)
  for (const warning of warnings) builder.warn(warning)
  builder.drop(dropped)
  return text
}

/**
 * Decodes text: byte order mark, UTF-16 by its pattern of zeros, strict UTF-8, the encoding that the document states,
 * UTF-8 with faults, then a guess from letter statistics. Throws `empty-file`, and `broken-file` for bytes that are no
 * text.
 */
export function decodeText(bytes: Uint8Array, path: string, stated?: string): DecodedText {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  const marked = BYTE_ORDER_MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))
  if (marked !== undefined) return decoded(bytes.subarray(marked.mark.length), marked.encoding, [])
  const wide = wideEncoding(bytes)
  if (wide !== undefined) return decoded(bytes, wide, [`encoding-guessed:${wide}`])
  if (isBinary(bytes)) throw parseFailure("broken-file", path, { state: "it is not text" })
  const text = decodeStrictUtf8(bytes)
  if (text !== undefined) return withoutZeros(text, [])
  if (stated !== undefined && iconv.encodingExists(stated) && !/^utf-?8$/i.test(stated)) {
    return decoded(bytes, stated, [])
  }
  const guess = isMostlyUtf8(bytes) ? "utf-8" : guessEncoding(bytes)
  return decoded(bytes, guess, [`encoding-guessed:${guess}`])
}

/**
 * UTF-32 and UTF-16 without a mark. Western text has a zero on one side of nearly every pair; other scripts have them beside line
 * ends and blanks alone, so there every character must be one that is assigned.
 */
export function wideEncoding(bytes: Uint8Array): WideEncoding | undefined {
  const widest = utf32Encoding(bytes)
  if (widest !== undefined) return widest
  const sample = bytes.subarray(0, SAMPLE_BYTES - (SAMPLE_BYTES % 2))
  const zeros = [0, 0]
  for (let index = sample.indexOf(0); index >= 0; index = sample.indexOf(0, index + 1)) {
    zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  }
  const [even = 0, odd = 0] = zeros
  const pairs = sample.length / 2
  // Western text has a zero in nearly every pair; 0.4 leaves room for quotes and dashes beyond Latin-1.
  if (odd > pairs * 0.4 && even < pairs * 0.05) return "utf-16le"
  if (even > pairs * 0.4 && odd < pairs * 0.05) return "utf-16be"
  if (even + odd === 0 || pairs < FEWEST_PAIRS || bytes.length % 2 === 1 || isUtf8(sample)) return undefined
  // A few characters end in a zero too, such as U+4E00: the way that gives characters in all places is the right one.
  const [first, ...others] = (["utf-16le", "utf-16be"] as const).filter((encoding) =>
    isAssigned(iconv.decode(Buffer.from(sample), encoding)),
  )
  return others.length === 0 ? first : undefined
}

/** Four bytes a character, of which the first is zero and the second at most 16, or the last two the other way round. */
function utf32Encoding(bytes: Uint8Array): WideEncoding | undefined {
  if (bytes.length % 4 !== 0 || bytes.length === 0) return undefined
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  const isBelow = (at: number, most: number): boolean => {
    for (let index = at; index < sample.length; index += 4) if ((sample[index] ?? 0) > most) return false
    return true
  }
  const isLittle = isBelow(3, 0) && isBelow(2, 16)
  if (!isLittle && !(isBelow(0, 0) && isBelow(1, 16))) return undefined
  const encoding = isLittle ? "utf-32le" : "utf-32be"
  return isAssigned(iconv.decode(Buffer.from(sample), encoding)) ? encoding : undefined
}

/** Nearly all characters are such that Unicode gives them a meaning. */
function isAssigned(text: string): boolean {
  return text.replace(ASSIGNED, "").length <= text.length / 200
}

/** Text of an 8-bit encoding holds hardly any control bytes, and no byte beyond ASCII makes up most of it. */
export function isBinary(bytes: Uint8Array): boolean {
  if (hasMark(bytes) || wideEncoding(bytes) !== undefined) return false
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (isAscii(sample) && PLAIN.test(Buffer.from(sample).toString("latin1"))) return false
  const counts = new Uint32Array(256)
  // By index: the iterator of a Buffer takes sixty times as long, and every text that is accepted comes by here.
  for (let index = 0; index < sample.length; index++) {
    const byte = sample[index] ?? 0
    counts[byte] = (counts[byte] ?? 0) + 1
  }
  const controls = counts.subarray(0, 32).reduce((sum, count, byte) => sum + (TEXT_CONTROLS.has(byte) ? 0 : count), 0)
  // What is UTF-8 throughout may hold marks and fillers of the program that wrote it.
  if (controls > sample.length / (controls < MOST_MARKS && isUtf8(bytes) ? 10 : 50)) return true
  return sample.length >= FEWEST_PAIRS && counts.subarray(128).some((count) => count > sample.length / 2)
}

/** Whether the first lines are text, whatever follows. */
export function beginsAsText(bytes: Uint8Array): boolean {
  return !isBinary(bytes.subarray(0, 512))
}

/** Whether each character takes two bytes or more, or a mark says how it is written. */
export function hasTextMark(bytes: Uint8Array): boolean {
  return hasMark(bytes) || wideEncoding(bytes) !== undefined
}

export function hasZeroByte(bytes: Uint8Array): boolean {
  return bytes.subarray(0, SAMPLE_BYTES).includes(0)
}

type WideEncoding = "utf-16le" | "utf-16be" | "utf-32le" | "utf-32be"

/** Tab, line feed, form feed, carriage return, and the escape that switches character sets in ISO-2022. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([9, 10, 12, 13, 27])
/** Text without a second look. */
const PLAIN = /^[\t\n\f\r -~]*$/
const ASSIGNED = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\t\r\n]/gu
/** Statistics of less say nothing. */
const FEWEST_PAIRS = 32
const MOST_MARKS = 1000

function hasMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARKS.some(({ mark }) => mark.every((byte, index) => bytes[index] === byte))
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

/** UTF-8 that was cut or joined with something else: many sequences are whole and few are not. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  const first = bytes.findIndex((byte) => byte > 127)
  const text = new TextDecoder().decode(bytes.subarray(first, first + SAMPLE_BYTES))
  const faults = text.length - text.replaceAll("\uFFFD", "").length
  const whole = text.length - text.replace(/[\u0080-\uFFFC]/g, "").length
  return whole > faults * 10
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
  return withoutZeros(iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding), warnings)
}

function withoutZeros(text: string, warnings: readonly string[]): DecodedText {
  if (!text.includes("\u0000")) return { text, warnings, dropped: 0 }
  let dropped = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: zero characters are what is looked for.
  const kept = text.replace(/\u0000+/g, (run) => {
    dropped += run.length
    return " "
  })
  return { text: kept, warnings, dropped }
}
