import { parseFailure } from "../../ingest/parse/failure.ts"
import { createTextBuilder } from "../../ingest/parse/text-builder.ts"
import type { Parser } from "../../src/core/ports.ts"

/** Reads a text that begins with a line `fake`: `# ` starts a heading, `page N` a page, other lines are paragraphs. */
export const fakeParser: Parser = {
  mediaTypes: ["text/x-fake"],
  extensions: [".fake"],
  async parse(bytes, file) {
    const source = Buffer.from(bytes).toString("utf8")
    if (!source.startsWith("fake\n")) throw parseFailure("broken-file", file.path)
    const builder = createTextBuilder()
    let pages = 0
    for (const line of source.split("\n").slice(1)) {
      if (/^page \d+$/.test(line)) builder.page(++pages)
      else if (line.startsWith("# ")) builder.heading(1, line.slice(2))
      else builder.paragraph(line)
    }
    return builder.finish({ title: builder.firstHeading, ...(pages > 0 && { pages }) })
  },
}
