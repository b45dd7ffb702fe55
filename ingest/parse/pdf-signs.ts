import { constants, inflateSync } from "node:zlib"

/** What the raw file says that text extraction does not; each sign makes a costlier look worth it. */
export interface PdfSigns {
  /** Some text may be invisible: drawn without ink, in white or fully transparent. */
  readonly mayHideText: boolean
  /** Some page may carry comments, form fields or attached files. */
  readonly mayHaveNotes: boolean
  /** False where drawing may unpack what never ends: page content that is packed as a picture. */
  readonly mayDraw: boolean
}

const EVERY_SIGN: PdfSigns = { mayHideText: true, mayHaveNotes: true, mayDraw: true }
/** What a file has beyond it is not looked through, and shows every sign. */
const MOST_UNPACKED = 64 * 1024 * 1024
const MOST_UNPACKED_STREAM = 16 * 1024 * 1024
const MOST_DICTIONARY = 4096

/**
 * Looks through a file for signs, by unpacking the streams that may be page content or objects. What cannot be looked
 * through (an encrypted file, an odd filter) shows every sign.
 */
export function pdfSigns(bytes: Uint8Array): PdfSigns {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (file.includes("/Encrypt")) return EVERY_SIGN
  let mayHideText = NO_ALPHA.some((sign) => file.includes(sign))
  let mayHaveNotes = hasNotes(file)
  let left = MOST_UNPACKED
  for (const { dictionary, start, end } of streams(file)) {
    if (left <= 0) return EVERY_SIGN
    const isObjects = dictionary.includes("/ObjStm")
    if (PICTURE_FILTER.test(dictionary) && !NO_CONTENT.test(dictionary)) return { ...EVERY_SIGN, mayDraw: false }
    if (mayHideText && (mayHaveNotes || !isObjects)) continue
    if (!isObjects && NO_CONTENT.test(dictionary)) continue
    const content = unpack(file.subarray(start, end), dictionary)
    if (content === undefined) {
      mayHideText = true
      continue
    }
    left -= content.length
    if (isObjects) mayHaveNotes ||= hasNotes(content)
    mayHideText ||= isObjects ? NO_ALPHA.some((sign) => content.includes(sign)) : hidesText(content)
  }
  return { mayHideText, mayHaveNotes, mayDraw: true }
}

/** The kinds of annotations that carry text, a value or a file. */
const NOTES = "/Widget /FreeText /FileAttachment /Highlight /Underline /StrikeOut /Squiggly /Stamp /Caret /Popup".split(
  " ",
)
/** Streams that are certainly no page content: pictures, fonts, metadata, tables of objects. */
const NO_CONTENT = /\/(?:Subtype\s*\/(?:Image|XML|Type1C|CIDFontType0C|OpenType)|XRef|Length1|FunctionType|Alternate)\b/
/** A few kilobytes of these unpack to gigabytes; a picture says that it is one. */
const PICTURE_FILTER = /\/Filter\s*(?:\[[^\]]*)?\/(?:JBIG2|JPX)Decode\b/
const NO_ALPHA = ["/ca 0 ", "/ca 0/", "/ca 0>", "/ca 0\n", "/ca 0\r", "/ca 0.0", "/ca .0"]
const NUMBER_ONE = "1(?:\\.0*)?"
const NUMBER_NOUGHT = "0?\\.?0*"
/** White ink, and text before the ink changes. */
const WHITE_TEXT = new RegExp(
  `(?:^|\\s)(?:(?:${NUMBER_ONE} ){3}(?:rg|scn?)|${NUMBER_ONE} (?:g|scn?)|(?:${NUMBER_NOUGHT} ){4}(?:k|scn?))\\s` +
    "(?:(?!\\s(?:rg|g|k|scn?|cs|Q)\\s)[^]){0,600}?[)>\\]]\\s*(?:T[jJ]|['\"])",
)

function hasNotes(content: Buffer): boolean {
  return NOTES.some((name) => content.includes(name)) || /\/Subtype ?\/Text\b/.test(sample(content))
}

/** Names of subtypes stand in dictionaries; a file of many megabytes is looked at in its beginning and end. */
function sample(content: Buffer): string {
  const half = MOST_UNPACKED_STREAM / 4
  if (content.length <= 2 * half) return content.toString("latin1")
  return content.toString("latin1", 0, half) + content.toString("latin1", content.length - half)
}

function hidesText(content: Buffer): boolean {
  return content.includes("3 Tr") || WHITE_TEXT.test(content.toString("latin1"))
}

interface Stream {
  readonly dictionary: string
  readonly start: number
  readonly end: number
}

function* streams(file: Buffer): Generator<Stream> {
  for (let at = file.indexOf("stream"); at !== -1; ) {
    const start = at + (file[at + 6] === 0x0d ? 8 : 7)
    const end = file.indexOf("endstream", at + 6)
    const before = file.toString("latin1", Math.max(0, at - MOST_DICTIONARY), at)
    const dictionary = before.slice(Math.max(0, before.lastIndexOf(" obj")))
    yield { dictionary, start, end: end === -1 ? file.length : end }
    if (end === -1) return
    at = file.indexOf("stream", end + 9)
  }
}

/** Undefined for what is packed otherwise than nearly every writer does, or unpacks to too much. */
function unpack(content: Buffer, dictionary: string): Buffer | undefined {
  const filters = /\/Filter\s*(\[[^\]]*\]|\/\w+)/.exec(dictionary)?.[1]?.match(/\w+/g) ?? []
  if (filters.length === 0) return content
  if (filters.length > 1 || (filters[0] !== "FlateDecode" && filters[0] !== "Fl")) return undefined
  try {
    return inflateSync(content, { maxOutputLength: MOST_UNPACKED_STREAM, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return undefined
  }
}
