import type { ParseContext } from "../../src/core/ports.ts"
import { extensionFor } from "../media-names.ts"
import { readTnef } from "./tnef.ts"

export interface MailAttachment {
  readonly name: string | null
  /** Lower case, without parameters. */
  readonly mediaType: string
  readonly bytes: Uint8Array
  /** Shown within the text of the mail. */
  readonly isInline: boolean
}

/** Files of a mail that are documents: no signatures, no small pictures within the text, Outlook's wrapper taken off. */
export function documentsOf(attachments: readonly MailAttachment[], isWrapped = false): readonly MailAttachment[] {
  return attachments.flatMap((attachment) => {
    const { mediaType, bytes, isInline } = attachment
    if (SIGNATURES.test(mediaType) || (isInline && isDecoration(mediaType, bytes.length))) return []
    const wrapped = isWrapped || !isTnef(attachment) ? undefined : readTnef(bytes)
    if (wrapped === undefined) return [{ ...attachment, name: nameOf(attachment) }]
    return documentsOf(
      wrapped.attachments.map((one) => ({ ...one, mediaType: OCTETS, isInline: false })),
      true,
    )
  })
}

/** Whether it is a wrapper that Outlook puts around the text and the files of a mail. */
export function isTnef({ name, mediaType }: Pick<MailAttachment, "name" | "mediaType">): boolean {
  return /^application\/(?:vnd\.)?ms-tnef$/.test(mediaType) || name?.toLowerCase() === "winmail.dat"
}

export function embedAttachments(attachments: readonly MailAttachment[], context: ParseContext): void {
  for (const attachment of attachments) {
    const { bytes, mediaType } = attachment
    const name = attachment.name ?? "unnamed"
    const sizeBytes = bytes.length
    if (sizeBytes === 0) context.refuse({ name, sizeBytes, code: "empty-file" })
    else if (isTnef(attachment)) context.refuse({ name, sizeBytes, code: "broken-file" })
    else context.embed({ name, bytes, ...(mediaType !== OCTETS && { mediaType }) })
  }
}

const OCTETS = "application/octet-stream"
const SIGNATURES = /^application\/(?:(?:x-)?pkcs7-signature|pgp-signature)$/
/** Pictures within the text of a mail are signs and logos below this size, and screenshots above. */
const DECORATION_BYTES = 30 * 1024

function isDecoration(mediaType: string, sizeBytes: number): boolean {
  return /^(?:text\/css|text\/javascript|application\/(?:x-)?javascript|font\/)/.test(mediaType) ||
    mediaType.startsWith("image/")
    ? sizeBytes < DECORATION_BYTES || !mediaType.startsWith("image/")
    : false
}

/** The last part of a path that another computer wrote; a file without a name is called after its kind. */
function nameOf({ name, mediaType }: MailAttachment): string {
  const last = name?.split(/[\\/]/).findLast((part) => part.trim() !== "")
  if (last !== undefined) return last
  const stem = mediaType === "message/rfc822" ? "mail" : "attachment"
  return `${stem}${extensionFor(mediaType) ?? OTHER_EXTENSIONS.get(mediaType) ?? ""}`
}

const OTHER_EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["text/calendar", ".ics"],
  ["message/delivery-status", ".txt"],
  ["text/rfc822-headers", ".txt"],
])
