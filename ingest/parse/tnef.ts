import iconv from "iconv-lite"
import { type MapiProperty, readProperties } from "./tnef-properties.ts"

interface Tnef {
  readonly text?: string
  readonly html?: string
  /** Compressed as `decompressRtf` expects it. */
  readonly rtf?: Uint8Array
  readonly attachments: readonly { readonly name: string | null; readonly bytes: Uint8Array }[]
}

/**
 * Unpacks `winmail.dat`, in which Outlook wraps the formatted text and the files of a mail; undefined where it is
 * damaged. MS-OXTNEF, "Transport Neutral Encapsulation Format Data Algorithm".
 */
export function readTnef(bytes: Uint8Array): Tnef | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEADER_BYTES || buffer.readUInt32LE(0) !== MARK) return undefined
  const files: { name: string | null; bytes: Uint8Array }[] = []
  let message: { text?: string; html?: string; rtf?: Uint8Array } = {}
  let codePage = 1252
  for (const { id, data } of attributesOf(buffer)) {
    const file = files.at(-1)
    if (id === CODE_PAGE && data.length >= 4) codePage = data.readUInt32LE(0)
    else if (id === BODY) message = { ...message, text: ansiText(data, codePage) }
    else if (id === MESSAGE_PROPERTIES) message = { ...message, ...bodies(readProperties(data), codePage) }
    else if (id === NEW_ATTACHMENT) files.push({ name: null, bytes: new Uint8Array() })
    else if (file !== undefined && id === ATTACHMENT_TITLE) file.name ??= ansiText(data, codePage)
    else if (file !== undefined && id === ATTACHMENT_DATA) file.bytes = data
    else if (file !== undefined && id === ATTACHMENT_PROPERTIES) {
      file.name = longName(readProperties(data), codePage) ?? file.name
    }
  }
  return { ...message, attachments: files }
}

const MARK = 0x223e9f78
const HEADER_BYTES = 6
/** Level, id and length before the data, a checksum behind it. */
const BEFORE_BYTES = 9
const CHECKSUM_BYTES = 2
const CODE_PAGE = 0x00069007
const BODY = 0x0002800c
const MESSAGE_PROPERTIES = 0x00069003
const NEW_ATTACHMENT = 0x00069002
const ATTACHMENT_TITLE = 0x00018010
const ATTACHMENT_DATA = 0x0006800f
const ATTACHMENT_PROPERTIES = 0x00069005
const MOST_ATTRIBUTES = 100_000

/** Ends where the data does, whatever a length says. */
function* attributesOf(buffer: Buffer): Generator<{ readonly id: number; readonly data: Buffer }> {
  let at = HEADER_BYTES
  for (let count = 0; count < MOST_ATTRIBUTES && at + BEFORE_BYTES <= buffer.length; count++) {
    const start = at + BEFORE_BYTES
    const end = start + buffer.readUInt32LE(at + 5)
    if (end > buffer.length) return
    yield { id: buffer.readUInt32LE(at + 1), data: buffer.subarray(start, end) }
    at = end + CHECKSUM_BYTES
  }
}

const [BODY_TEXT, BODY_RTF, BODY_HTML, FILE_NAME] = [0x1000, 0x1009, 0x1013, 0x3707]

function bodies(properties: readonly MapiProperty[], codePage: number): Omit<Tnef, "attachments"> {
  const find = (id: number): MapiProperty | undefined => properties.find((property) => property.id === id)
  const [text, rtf, html] = [find(BODY_TEXT), find(BODY_RTF), find(BODY_HTML)]
  return {
    ...(text && { text: textOf(text, codePage) }),
    ...(rtf && { rtf: rtf.data }),
    ...(html && { html: textOf(html, codePage) }),
  }
}

function longName(properties: readonly MapiProperty[], codePage: number): string | undefined {
  const name = properties.find((property) => property.id === FILE_NAME)
  return name === undefined ? undefined : textOf(name, codePage)
}

function textOf(property: MapiProperty, codePage: number): string {
  return property.isUnicode ? withoutEnd(property.data.toString("utf16le")) : ansiText(property.data, codePage)
}

function ansiText(data: Buffer, codePage: number): string {
  const encoding = codePage === 65001 ? "utf-8" : `cp${codePage}`
  return withoutEnd(iconv.decode(data, iconv.encodingExists(encoding) ? encoding : "windows-1252"))
}

function withoutEnd(text: string): string {
  const end = text.indexOf("\u0000")
  return end < 0 ? text : text.slice(0, end)
}
