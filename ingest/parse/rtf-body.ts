import type { MailBody } from "./mail-text.ts"
import { decompressRtf } from "./rtf-compressed.ts"
import { isHtmlInRtf, rtfTokens } from "./rtf-tokens.ts"

/**
 * The text of a mail that Outlook keeps as compressed RTF alone: as HTML where it was written as such (MS-OXRTFEX),
 * else as plain text. Empty where it is damaged.
 */
export function rtfBody(compressed: Uint8Array): MailBody {
  const rtf = decompressRtf(compressed)
  if (rtf === undefined) return {}
  const isHtml = isHtmlInRtf(rtf)
  let text = ""
  for (const token of rtfTokens(rtf)) {
    if (isHtml ? token.isHtml : token.isVisible) text += token.text
  }
  return isHtml ? { html: text } : { text }
}
