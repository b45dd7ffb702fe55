import type { Parser } from "../../src/core/ports.ts"
import { parseFailure } from "./failure.ts"
import { countFrames, IMAGE_TYPES } from "./picture.ts"
import { appendRecognised } from "./recognised-text.ts"
import { createTextBuilder } from "./text-builder.ts"

/**
 * Images: each frame is a page that waits for recognition, or has the text that was recognised of it. An animation is
 * read by its first frame. Throws `broken-file`, `file-too-large` for more pixels or pages than are decoded.
 */
export const imageParser: Parser = {
  mediaTypes: IMAGE_TYPES,
  extensions: [".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"],
  async parse(bytes, { path, mediaType }, context) {
    if (bytes.length === 0) throw parseFailure("empty-file", path)
    const frames = await countFrames(bytes, { path, mediaType })
    const builder = createTextBuilder()
    for (let page = 1; page <= frames; page++) {
      builder.page(page)
      const recognised = context?.recognised.get(page)
      if (recognised === undefined) builder.recognise(page)
      const isRead = recognised !== undefined && recognised.text.trim() !== ""
      const reason = isRead ? "recognised" : "no-text"
      builder.weakPage({ page, reason, confidence: recognised?.confidence ?? null })
      if (isRead) appendRecognised(builder, recognised.text)
      else builder.warn(`no-text-on-page:${page}`)
    }
    return builder.finish({ title: null, pages: frames })
  },
}
