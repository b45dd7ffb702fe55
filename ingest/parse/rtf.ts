import type { Parser } from "../../src/core/ports.ts"
import { appendComments } from "./comments.ts"
import { parseFailure } from "./failure.ts"
import { statedTitle } from "./office-title.ts"
import { RTF_TYPE } from "./office-types.ts"
import { readRtf } from "./rtf-reader.ts"
import { createTextBuilder } from "./text-builder.ts"

/**
 * Rich Text Format: headings by style, lists with their numbers, tables, notes and text boxes behind their block, headers
 * and footers once before the body, comments behind it. Deleted and hidden text, pictures and objects are not indexed.
 */
export const rtfParser: Parser = {
  mediaTypes: [RTF_TYPE],
  extensions: [".rtf"],
  async parse(bytes, file) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    if (!Buffer.from(bytes.subarray(0, 5)).equals(Buffer.from("{\\rtf"))) throw parseFailure("broken-file", file.path)
    const { title, blocks, margins, comments, hidden } = readRtf(bytes, file.path)
    const builder = createTextBuilder()
    for (const margin of margins) builder.paragraph(margin)
    for (const block of blocks) {
      if (block.type === "heading") builder.heading(block.level, block.text)
      else if (block.type === "table") builder.table(block.rows)
      else if (block.type === "list-item") builder.listItem(block.text)
      else builder.paragraph(block.text)
    }
    builder.hide(hidden)
    builder.endSection()
    appendComments(builder, comments)
    return builder.finish({ title: statedTitle(title) ?? builder.firstHeading })
  },
}
