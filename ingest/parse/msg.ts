import { createRequire } from "node:module"
import type { FieldsData } from "@kenjiuno/msgreader"
import iconv from "iconv-lite"
import type { Parser } from "../../src/core/ports.ts"
import { MSG_TYPE } from "../media-names.ts"
import { mailHeader, readMail } from "./eml.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { documentsOf, embedAttachments, type MailAttachment } from "./mail-attachments.ts"
import { appendMailBody, appendMailHeader, appendThread, type MailBody, type MailHeader } from "./mail-text.ts"
import { isOleContainer } from "./ole.ts"
import { oleRootNames } from "./ole-directory.ts"
import { rtfBody } from "./rtf-body.ts"
import { createTextBuilder } from "./text-builder.ts"

/** Items of Outlook: mails as `mailParser` reads them, appointments, notes and contacts by their text. */
export const msgParser: Parser = {
  mediaTypes: [MSG_TYPE],
  extensions: [".msg"],
  async parse(bytes, file, context) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    if (!isOleContainer(bytes)) throw parseFailure("broken-file", file.path)
    if (!isItem(bytes)) throw parseFailure("broken-file", file.path)
    const { fields, attachments } = readItem(bytes, file.path)
    const sent = fields.headers === undefined ? undefined : await readMail(Buffer.from(fields.headers), file.path)
    if (isEncrypted(fields, sent?.headers.find(({ key }) => key === "content-type")?.value)) {
      throw parseFailure("encrypted", file.path)
    }
    const header = itemHeader(fields, sent === undefined ? {} : mailHeader(sent))
    const documents = documentsOf(attachments)
    const builder = createTextBuilder()
    appendMailHeader(
      builder,
      header,
      documents.map(({ name }) => name ?? ""),
    )
    appendMailBody(builder, itemBody(fields), file.path)
    appendThread(builder, header)
    if (context !== undefined) embedAttachments(documents, context)
    return builder.finish({ title: fields.subject ?? null })
  },
}

/** Properties are streams at the root; a directory that is damaged is left to the reader. */
function isItem(bytes: Uint8Array): boolean {
  return oleRootNames(bytes)?.some((name) => /^__(?:properties_version|substg)1\.0/i.test(name)) ?? true
}

/** Node, tsx and vitest do not agree on what the default of this package is when it is imported. */
const load = createRequire(import.meta.url)

interface Item {
  readonly fields: FieldsData
  readonly attachments: readonly MailAttachment[]
}

function readItem(bytes: Uint8Array, path: string): Item {
  const { default: MsgReader } = load("@kenjiuno/msgreader") as typeof import("@kenjiuno/msgreader")
  const read = (ansiEncoding?: string): Item => {
    const reader = new MsgReader(Uint8Array.from(bytes).buffer)
    if (ansiEncoding !== undefined) reader.parserConfig = { ansiEncoding }
    const fields = withoutForeign(reader.getFileData())
    if (fields.error !== undefined) throw parseFailure("broken-file", path)
    const attachments = (fields.attachments ?? []).map((attachment) => {
      const isItem = attachment.innerMsgContent === true
      const { fileName, content } = reader.getAttachment(attachment)
      const name = isItem ? `${attachment.name || "mail"}.msg` : fileName || attachment.fileNameShort || null
      const mediaType = isItem ? MSG_TYPE : (attachment.attachMimeTag?.toLowerCase() ?? "application/octet-stream")
      return { name, mediaType, bytes: content, isInline: attachment.pidContentId !== undefined }
    })
    return { fields, attachments }
  }
  try {
    const item = read()
    const encoding = ansiEncodingOf(item.fields)
    return encoding === undefined ? item : read(encoding)
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    throw parseFailure("broken-file", path, { cause })
  }
}

/** Damaged items give bytes where a text belongs. */
function withoutForeign({ recipients, ...fields }: FieldsData): FieldsData {
  const whole: FieldsData = { ...fields, ...(recipients && { recipients: recipients.map(withoutForeign) }) }
  for (const key of TEXTS) if (typeof whole[key] !== "string") delete whole[key]
  return whole
}

const TEXTS = [
  ...(["subject", "senderName", "senderEmail", "senderSmtpAddress", "body", "bodyHtml", "headers"] as const),
  ...(["messageClass", "clientSubmitTime", "messageDeliveryTime", "creationTime", "apptStartWhole"] as const),
  ...(["apptEndWhole", "companyName", "name", "email", "smtpAddress", "recipType"] as const),
]

/** Items before Outlook 2003 hold their texts in the code page of the computer that wrote them. */
function ansiEncodingOf({ messageCodepage, internetCodepage }: FieldsData): string | undefined {
  const codePage = messageCodepage ?? internetCodepage
  if (codePage === undefined || codePage === UNICODE) return undefined
  const encoding = codePage === UTF8 ? "utf-8" : `cp${codePage}`
  return iconv.encodingExists(encoding) ? encoding : undefined
}

const [UNICODE, UTF8] = [1200, 65_001]

function isEncrypted(fields: FieldsData, contentType: string | undefined): boolean {
  if (/^multipart\/encrypted/i.test(contentType ?? "")) return true
  if (/^IPM\.Note\.SMIME$/i.test(fields.messageClass ?? "")) return true
  const types = (fields.attachments ?? []).map((one) => one.attachMimeTag?.toLowerCase())
  return types.includes("application/pgp-encrypted") || types.includes("application/x-microsoft-rpmsg-message")
}

/** The header that was sent, where the item keeps it; else what Outlook knows of the people. */
function itemHeader(fields: FieldsData, sent: MailHeader): MailHeader {
  const people = (type: string): string =>
    (fields.recipients ?? [])
      .filter(({ recipType }) => recipType === type)
      .map(({ name, smtpAddress, email }) => person(name, smtpAddress ?? email))
      .filter((one) => one !== "")
      .join(", ")
  return {
    ...sent,
    from: person(fields.senderName, fields.senderSmtpAddress ?? fields.senderEmail) || sent.from,
    to: people("to") || sent.to,
    cc: people("cc") || sent.cc,
    date: sent.date ?? fields.clientSubmitTime ?? fields.messageDeliveryTime ?? fields.creationTime,
    subject: fields.subject,
    more: { Start: fields.apptStartWhole, End: fields.apptEndWhole, Company: fields.companyName },
  }
}

function person(name = "", address = ""): string {
  if (!address.includes("@") || address === name) return name || address
  return name === "" ? address : `${name} <${address}>`
}

function itemBody(fields: FieldsData): MailBody {
  const { body = "", bodyHtml, html, compressedRtf } = fields
  const page = bodyHtml ?? (html === undefined ? undefined : decodeHtml(html, fields.internetCodepage))
  if (body.trim() !== "" || page !== undefined) return { text: body, html: page }
  return compressedRtf === undefined ? {} : rtfBody(compressedRtf)
}

function decodeHtml(bytes: Uint8Array, codePage = UTF8): string {
  const encoding = codePage === UTF8 ? "utf-8" : `cp${codePage}`
  return iconv.decode(Buffer.from(bytes), iconv.encodingExists(encoding) ? encoding : "utf-8")
}
