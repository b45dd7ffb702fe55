import { parseFailure } from "./failure.ts"
import { appendHtml } from "./html-walker.ts"
import { appendPlainText } from "./text.ts"
import { cleanLine, createTextBuilder, type TextBuilder } from "./text-builder.ts"

/** What a mail says of itself, decoded; absent where it says nothing. */
export interface MailHeader {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly cc?: string | undefined
  readonly date?: string | undefined
  readonly subject?: string | undefined
  readonly messageId?: string | undefined
  readonly inReplyTo?: string | undefined
  readonly references?: string | undefined
  /** Further lines, by name. */
  readonly more?: Readonly<Record<string, string | undefined>>
}

export interface MailBody {
  readonly text?: string | undefined
  readonly html?: string | undefined
}

/** The first block of a mail: who wrote when to whom about what, and the names of what is attached. */
export function appendMailHeader(builder: TextBuilder, header: MailHeader, attachments: readonly string[]): void {
  const { from, to, cc, date, subject, more } = header
  appendFields(builder, {
    ...{ From: from, To: to, Cc: cc, Date: date, Subject: subject, ...more },
    Attachments: attachments.map(cleanLine).slice(0, MOST_NAMES).join(", "),
  })
}

/** The ids that tie a thread together come last: a program looks for them, not a reader. */
export function appendThread(builder: TextBuilder, header: MailHeader): void {
  appendFields(builder, {
    "Message-ID": header.messageId,
    "In-Reply-To": header.inReplyTo,
    References: header.references?.split(/\s+/).slice(-MOST_REFERENCES).join(" "),
  })
}

/** Appends the plain text, quoted replies included; the HTML where there is no text or only a word that says so. */
export function appendMailBody(builder: TextBuilder, { text = "", html = "" }: MailBody, path: string): void {
  if (isEncryptedText(text)) throw parseFailure("encrypted", path)
  const isStub = html !== "" && text.trim().length < STUB_CHARACTERS
  if (!isStub) {
    appendPlainText(builder, text)
    return
  }
  const page = createTextBuilder()
  appendHtml(page, html, path)
  if (!page.isEmpty && page.finish({ title: null }).text.length > text.trim().length * STUB_FACTOR) {
    appendHtml(builder, html, path)
  } else appendPlainText(builder, text)
}

const MOST_NAMES = 100
const MOST_REFERENCES = 20
const MOST_FIELD_CHARACTERS = 4000
/** `This mail needs a program that shows HTML`. */
const STUB_CHARACTERS = 200
const STUB_FACTOR = 2

function appendFields(builder: TextBuilder, fields: Readonly<Record<string, string | undefined>>): void {
  const lines = Object.entries(fields).flatMap(([name, value]) => {
    const line = cleanLine((value ?? "").slice(0, MOST_FIELD_CHARACTERS))
    return line === "" ? [] : [`${name}: ${line}`]
  })
  builder.paragraph(lines.join("\n"))
}

/** A text that is nothing but what PGP has made of it. */
function isEncryptedText(text: string): boolean {
  const start = text.indexOf("-----BEGIN PGP MESSAGE-----")
  return start >= 0 && text.slice(0, start).trim() === "" && text.includes("-----END PGP MESSAGE-----")
}
