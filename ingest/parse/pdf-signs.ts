/** A few kilobytes of these unpack to gigabytes; a picture says that it is one. */
const PICTURE_FILTER = /\/Filter\s*(?:\[[^\]]*)?\/(?:JBIG2|JPX)Decode\b/
/** Streams that are certainly no page content: pictures, fonts, metadata, tables of objects. */
const NO_CONTENT = /\/(?:Subtype\s*\/(?:Image|XML|Type1C|CIDFontType0C|OpenType)|XRef|Length1|FunctionType|Alternate)\b/
const MOST_DICTIONARY = 4096

/**
 * Whether pdf.js may draw the pages of a file. It may not where page content is packed as a picture: to draw it would be
 * to unpack what never ends.
 */
export function mayDraw(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (file.includes("/Encrypt")) return true
  for (const dictionary of streamDictionaries(file)) {
    if (PICTURE_FILTER.test(dictionary) && !NO_CONTENT.test(dictionary)) return false
  }
  return true
}

function* streamDictionaries(file: Buffer): Generator<string> {
  for (let at = file.indexOf("stream"); at !== -1; ) {
    const before = file.toString("latin1", Math.max(0, at - MOST_DICTIONARY), at)
    yield before.slice(Math.max(0, before.lastIndexOf(" obj")))
    const end = file.indexOf("endstream", at + 6)
    if (end === -1) return
    at = file.indexOf("stream", end + 9)
  }
}
