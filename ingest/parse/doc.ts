import type { Document } from "word-extractor"
import type { Parser } from "../../src/core/ports.ts"
import { appendComments } from "./comments.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { DOC_TYPE } from "./office-types.ts"
import { openOleStreams } from "./ole-streams.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"

/**
 * Word documents of before 2007: paragraphs and tables, then text boxes and notes; headers and footers once before the
 * body, comments behind it. Styles are not read, so there are no headings.
 */
export const docParser: Parser = {
  mediaTypes: [DOC_TYPE],
  extensions: [".doc", ".dot"],
  async parse(bytes, file) {
    const streams = await openOleStreams(bytes, file.path)
    const main = streams.get("worddocument")
    if (main === undefined || main.length < FLAGS + 2) throw parseFailure("broken-file", file.path)
    if ((main.readUInt16LE(FLAGS) & ENCRYPTED) !== 0) throw parseFailure("encrypted", file.path)
    const document = await extract(bytes, file.path)
    const builder = createTextBuilder()
    for (const line of new Set(linesOf(document.getHeaders(UNFILTERED)))) builder.paragraph(line)
    appendBody(builder, document.getBody(UNFILTERED))
    for (const text of [
      document.getTextboxes(UNFILTERED),
      document.getFootnotes(UNFILTERED),
      document.getEndnotes(UNFILTERED),
    ]) {
      for (const line of linesOf(text)) builder.paragraph(line)
    }
    appendComments(
      builder,
      linesOf(document.getAnnotations(UNFILTERED)).map((text) => ({ author: "", text })),
    )
    return builder.finish({ title: null })
  },
}

/** Place and bit of the flag in the head of the main stream. MS-DOC 2.5.2, FibBase. */
const FLAGS = 10
const ENCRYPTED = 0x0100
/** Quotes and dashes stay as they are. */
const UNFILTERED = { filterUnicode: false }

/** The part of the library's types that is used, with the option that they lack. */
type Extracted = Record<
  Extract<keyof Document, `get${"Body" | "Footnotes" | "Endnotes" | "Headers" | "Annotations" | "Textboxes"}`>,
  (options: typeof UNFILTERED) => string
>

async function extract(bytes: Uint8Array, path: string): Promise<Extracted> {
  const { default: WordExtractor } = await import("word-extractor")
  try {
    return (await new WordExtractor().extract(Buffer.from(bytes))) as Extracted
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause
    throw parseFailure("broken-file", path, { cause })
  }
}

/** Rows of tables are lines whose cells each end in a tab. */
function appendBody(builder: TextBuilder, text: string): void {
  let rows: string[][] = []
  const flush = (): void => {
    if (rows.some((row) => row.length > 1)) builder.table(rows)
    else for (const [cell = ""] of rows) builder.paragraph(cell)
    rows = []
  }
  for (const line of text.split("\n")) {
    const cells = line.slice(line.trimEnd().length).includes("\t")
      ? line
          .trimEnd()
          .split("\t")
          .map((cell) => cell.trim())
      : undefined
    if (cells !== undefined) rows.push(cells[0] === "" ? cells.slice(1) : cells)
    else {
      flush()
      builder.paragraph(line)
    }
  }
  flush()
}

/** Lines with words; numbers of pages alone say nothing. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => /\p{L}/u.test(line))
}
