import type { ParseContext, Parser } from "../../src/core/ports.ts"
import { MBOX_TYPE } from "../media-names.ts"
import { mailHeader, readMail } from "./eml.ts"
import { parseFailure } from "./failure.ts"
import { mailsOf } from "./mbox-mails.ts"
import { cleanLine, createTextBuilder } from "./text-builder.ts"

/** A mailbox as a folder: its text lists the mails, each of which becomes a document below it. */
export const mailboxParser: Parser = {
  mediaTypes: [MBOX_TYPE],
  extensions: [".mbox", ".mbx"],
  async parse(bytes, file, context) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    const builder = createTextBuilder()
    let count = 0
    let sizeBytes = 0
    for (const mail of mailsOf(bytes)) {
      sizeBytes += mail.length
      if (++count > MOST_MAILS || sizeBytes > MOST_BYTES) {
        builder.warn("too-many-mails")
        break
      }
      const header = mailHeader(await readMail(headOf(mail), file.path))
      const day = dayOf(header.date)
      builder.listItem([day, header.from, header.subject].filter(Boolean).join(" | "))
      embedMail(mail, `${[day, header.subject ?? "mail"].filter(Boolean).join(" ")}`, context)
    }
    if (count === 0) throw parseFailure("broken-file", file.path, { state: "it holds no mail" })
    return builder.finish({ title: null })
  },
}

/** What a document may hold at all (`embedded.ts`), less a margin: a larger mailbox is read up to there. */
const MOST_MAILS = 9900
const MOST_BYTES = 190 * 1024 * 1024
const MOST_HEAD_BYTES = 64 * 1024
const MOST_NAME_CHARACTERS = 120

function embedMail(mail: Buffer, title: string, context: ParseContext | undefined): void {
  const name = cleanLine(title.replace(/[\\/:*?"<>|]/g, " ")).slice(0, MOST_NAME_CHARACTERS)
  context?.embed({ name: `${name.trim()}.eml`, bytes: mail, mediaType: "message/rfc822" })
}

/** The lines before the first empty one, and the empty one. */
function headOf(mail: Buffer): Buffer {
  const head = mail.subarray(0, MOST_HEAD_BYTES)
  const ends = ["\n\n", "\r\n\r\n"].map((mark) => head.indexOf(mark)).filter((at) => at >= 0)
  return ends.length === 0 ? head : head.subarray(0, Math.min(...ends) + 4)
}

/** `2024-05-17`, so that names sort by date; empty where the date says nothing. */
function dayOf(date: string | undefined): string {
  const time = Date.parse(date ?? "")
  return Number.isNaN(time) ? "" : new Date(time).toISOString().slice(0, 10)
}
