import type { ParseContext, Parser } from "../../src/core/ports.ts"
import type { RecognisedPage } from "../../src/core/types.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { createLayout, type PageOfLines } from "./pdf-layout.ts"
import { embedFiles } from "./pdf-notes.ts"
import { type ReadPage, readPage } from "./pdf-page.ts"
import { openPdfSource, type PdfSource } from "./pdf-source.ts"
import { appendRecognised } from "./recognised-text.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"

/**
 * PDF files page by page, in drawing order. The outline and larger type make headings, gaps and indents make
 * paragraphs, aligned gaps make tables; what repeats at the edge of the pages is left out, and what a reader does not
 * see is counted alone. A page without text gives `no-text-on-page:<number>`, one that cannot be read
 * `page-unreadable:<number>`. A long document is handed over in parts.
 */
export const pdfParser: Parser = {
  mediaTypes: ["application/pdf"],
  extensions: [".pdf"],
  async parse(bytes, file, context) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    const source = await openPdfSource(bytes, file.path)
    try {
      return await readDocument(source, { path: file.path, context })
    } finally {
      await source.close()
    }
  },
}

/** Pages that are laid out together: what repeats at their edges, and what is large among them, is decided over these. */
const BATCH_PAGES = 100
/** A part is as much longer than the one before, so that the parts of a huge document cost no more than itself. */
const PART_GROWTH = 1.2

async function readDocument(
  source: PdfSource,
  { path, context }: { readonly path: string; readonly context?: ParseContext | undefined },
) {
  const builder = createTextBuilder()
  const layout = createLayout(builder)
  const title = titleOf(source.title)
  const { pageCount } = source
  let batch: PageOfLines[] = []
  let unreadable = 0
  let nextPart = BATCH_PAGES
  let firstCause: unknown
  for (let number = 1; number <= pageCount; number++) {
    const label = source.labelOf(number)
    const page = { number, ...(label && { label }), titles: source.titlesOf(number) }
    try {
      const read = await readPage(source, number)
      batch.push({ ...page, ...contentOf(read, { number, builder, recognised: context?.recognised.get(number) }) })
      embedFiles(read.notes.files, context)
    } catch (cause) {
      if (isOutOfMemory(cause) || (cause instanceof Error && cause.name === "IbidError")) throw cause
      // One damaged page of a long file is no reason to lose the others.
      builder.warn(`page-unreadable:${number}`)
      builder.weakPage({ page: number, reason: "unreadable", confidence: null })
      batch.push({ ...page, lines: [], finish: () => undefined })
      firstCause ??= cause
      unreadable++
    }
    if (batch.length < BATCH_PAGES) continue
    layout.append(batch)
    batch = []
    if (number < nextPart || number === pageCount) continue
    context?.part(builder.finish({ title: title ?? layout.largestHeading, pages: number }))
    nextPart = Math.max(number + BATCH_PAGES, Math.floor(number * PART_GROWTH))
  }
  if (pageCount === 0 || unreadable === pageCount) throw parseFailure("broken-file", path, { cause: firstCause })
  layout.append(batch)
  await source.embedAttachments(context)
  return builder.finish({ title: title ?? layout.largestHeading, pages: pageCount })
}

interface PagePlace {
  readonly number: number
  readonly builder: TextBuilder
  readonly recognised: RecognisedPage | undefined
}

/** The page's own lines, or what was recognised of it where that is more; fields and comments follow. */
function contentOf(read: ReadPage, { number, builder, recognised }: PagePlace): Pick<PageOfLines, "lines" | "finish"> {
  const { lack, notes } = read
  builder.hide(read.hidden)
  const isUsed = lack !== undefined && recognised !== undefined && isMore(recognised.text, read, lack)
  if (isUsed) builder.weakPage({ page: number, reason: "recognised", confidence: recognised.confidence })
  else if (lack !== undefined && recognised === undefined) {
    if (read.canBeRecognised) builder.recognise(number)
    builder.weakPage({ page: number, reason: lack, confidence: null })
  } else if (lack === "no-text") builder.weakPage({ page: number, reason: lack, confidence: 0 })
  if (read.isEmpty && !isUsed) builder.warn(`no-text-on-page:${number}`)
  return {
    lines: isUsed ? [] : read.lines,
    finish() {
      if (isUsed) appendRecognised(builder, recognised.text)
      for (const text of notes.texts) builder.paragraph(text)
    },
  }
}

/** A short text that is sound is not given up for a reading of a picture that says no more. */
function isMore(text: string, read: ReadPage, lack: "no-text" | "poor-text"): boolean {
  const characters = text.replace(/\s+/g, "").length
  if (lack === "no-text") return characters > 0
  const own = read.lines.reduce((sum, line) => sum + line.text.replace(/\s+/g, "").length, 0)
  return read.isGarbled ? characters > own / 3 : characters > own
}

/** The title that the file states, unless a program filled it with the name of a file. */
function titleOf(title: string): string | null {
  if (!/\p{L}{2}/u.test(title)) return null
  const words = title.trim()
  const isFileName = /\.(?:docx?|pptx?|xlsx?|odt|pdf|indd|qxd|tex|dvi|rtf|html?|txt|pages|md)$/i.test(words)
  return isFileName ||
    /^(?:\(?anonymous\)?|untitled|microsoft word\b.*|powerpoint presentation|document\d*|title)$/i.test(words)
    ? null
    : words
}
