import type { Email } from "postal-mime"
import type { Parser } from "../../src/core/ports.ts"
import { MAIL_TYPE } from "../media-names.ts"
import { decodeText, hasTextMark, isBinary } from "./decode.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { documentsOf, embedAttachments, isTnef, type MailAttachment } from "./mail-attachments.ts"
import { checkMailStructure, MOST_HEADER_BYTES, MOST_MAIL_DEPTH } from "./mail-structure.ts"
import { appendMailBody, appendMailHeader, appendThread, type MailBody, type MailHeader } from "./mail-text.ts"
import { rtfBody } from "./rtf-body.ts"
import { createTextBuilder } from "./text-builder.ts"
import { readTnef } from "./tnef.ts"

/** Mails and saved web pages (MHTML): header, text, thread; what is attached becomes documents of its own. */
export const mailParser: Parser = {
  mediaTypes: [MAIL_TYPE],
  extensions: [".eml", ".mht", ".mhtml"],
  async parse(bytes, file, context) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    const email = await readMail(bytes, file.path)
    if (isEncrypted(email)) throw parseFailure("encrypted", file.path)
    const attachments = attachmentsOf(email)
    const documents = documentsOf(attachments)
    const builder = createTextBuilder()
    const header = mailHeader(email)
    appendMailHeader(
      builder,
      header,
      documents.map(({ name }) => name ?? ""),
    )
    appendMailBody(builder, mailBody(email, attachments), file.path)
    appendThread(builder, header)
    if (context !== undefined) embedAttachments(documents, context)
    return builder.finish({ title: email.subject ?? null })
  },
}

/** The header of a mail as text: addresses as they are written, encoded words decoded. */
export function mailHeader(email: Email): MailHeader {
  const raw = (key: string): string | undefined => email.headers.find((header) => header.key === key)?.value
  return {
    from: addressText(email.from === undefined ? [] : [email.from]),
    to: addressText(email.to ?? []),
    cc: addressText(email.cc ?? []),
    date: raw("date"),
    subject: email.subject,
    messageId: email.messageId,
    inReplyTo: email.inReplyTo,
    references: email.references,
  }
}

/** Throws `mail-structure`, `broken-file`. */
export async function readMail(bytes: Uint8Array, path: string): Promise<Email> {
  const source = hasTextMark(bytes) ? Buffer.from(decodeText(bytes, path).text) : bytes
  const email = await parseMail(source, path)
  const faults = faultsOf(email)
  if (faults === 0 || isBinary(source)) return email
  // A text that is not in the encoding that it states, most often in none: all bytes are read as what they look like.
  const guessed = await parseMail(Buffer.from(decodeText(source, path).text), path)
  return faultsOf(guessed) < faults ? guessed : email
}

async function parseMail(bytes: Uint8Array, path: string): Promise<Email> {
  checkMailStructure(bytes, path)
  const { default: PostalMime } = await import("postal-mime")
  try {
    return await PostalMime.parse(bytes, {
      forceRfc822Attachments: true,
      maxNestingDepth: MOST_MAIL_DEPTH,
      maxHeadersSize: MOST_HEADER_BYTES,
    })
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    const isLimit = cause instanceof Error && /^Maximum (?:MIME nesting depth|header size)/i.test(cause.message)
    throw parseFailure(isLimit ? "mail-structure" : "broken-file", path, { cause })
  }
}

function faultsOf({ text = "", html = "", subject = "" }: Email): number {
  return (text + html + subject).split("\uFFFD").length - 1
}

function addressText(addresses: NonNullable<Email["to"]>): string {
  return addresses
    .map((address): string => {
      if (address.group !== undefined) return `${address.name}: ${addressText(address.group)}`
      if (address.name === "") return address.address
      return address.address === "" || address.address === undefined
        ? address.name
        : `${address.name} <${address.address}>`
    })
    .join(", ")
}

function isEncrypted(email: Email): boolean {
  const type = email.headers.find(({ key }) => key === "content-type")?.value.toLowerCase() ?? ""
  if (type.startsWith("multipart/encrypted")) return true
  return /^application\/(?:x-)?pkcs7-mime/.test(type) && !/smime-type\s?=\s?"?signed-data/.test(type)
}

function attachmentsOf(email: Email): readonly MailAttachment[] {
  return email.attachments.map(({ filename, mimeType, content, related, contentId, disposition }) => ({
    name: filename,
    mediaType: mimeType,
    bytes: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
    isInline: related === true || (disposition === "inline" && contentId !== undefined),
  }))
}

/** The text of the mail, or what Outlook has wrapped instead of it. */
function mailBody(email: Email, attachments: readonly MailAttachment[]): MailBody {
  if ((email.text ?? "").trim() !== "" || email.html !== undefined) return email
  const wrapper = attachments.find(isTnef)
  const wrapped = wrapper === undefined ? undefined : readTnef(wrapper.bytes)
  if (wrapped === undefined || wrapped.text !== undefined || wrapped.html !== undefined) return wrapped ?? {}
  return wrapped.rtf === undefined ? {} : rtfBody(wrapped.rtf)
}
