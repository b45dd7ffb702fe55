import type { Parser } from "../../src/core/ports.ts"
import { isOutOfMemory, parseFailure } from "./failure.ts"
import { appendPages } from "./pdf-layout.ts"
import { type PdfLine, type PdfTextItem, pageLines } from "./pdf-lines.ts"
import { openPdf, type PdfDocument } from "./pdf-open.ts"
import { createTextBuilder } from "./text-builder.ts"

/**
 * PDF files with a text layer, page by page in drawing order. Larger type makes headings, gaps and indents make
 * paragraphs, aligned gaps make tables; what repeats at the edge of the pages is left out. A page without text gives
 * `no-text-on-page:<number>`, one that cannot be read `page-unreadable:<number>`.
 */
export const pdfParser: Parser = {
  mediaTypes: ["application/pdf"],
  extensions: [".pdf"],
  async parse(bytes, file) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    const builder = createTextBuilder()
    const pdf = await openPdf(bytes, file.path)
    try {
      const pages: PdfLine[][] = []
      let unreadable = 0
      let firstCause: unknown
      for (let number = 1; number <= pdf.numPages; number++) {
        try {
          pages.push(await readPage(pdf, number))
        } catch (cause) {
          if (isOutOfMemory(cause)) throw cause
          // One damaged page of a long file is no reason to lose the others.
          pages.push([])
          builder.warn(`page-unreadable:${number}`)
          firstCause ??= cause
          unreadable++
          continue
        }
        if (pages.at(-1)?.length === 0) builder.warn(`no-text-on-page:${number}`)
      }
      if (pdf.numPages === 0 || unreadable === pdf.numPages) {
        throw parseFailure("broken-file", file.path, { cause: firstCause })
      }
      const largestHeading = appendPages(builder, pages)
      return builder.finish({ title: (await statedTitle(pdf)) ?? largestHeading, pages: pdf.numPages })
    } finally {
      await pdf.destroy()
    }
  },
}

async function readPage(pdf: PdfDocument, number: number): Promise<PdfLine[]> {
  const page = await pdf.getPage(number)
  try {
    const { items } = await page.getTextContent({ includeMarkedContent: false, disableNormalization: true })
    return pageLines(items.filter((item): item is PdfTextItem => "str" in item))
  } finally {
    page.cleanup()
  }
}

/** Title from the file's own data, unless a program filled it with the name of a file. */
async function statedTitle(pdf: PdfDocument): Promise<string | null> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: undefined })) // Damaged metadata is no title.
  const title = (info as { Title?: unknown } | undefined)?.Title
  if (typeof title !== "string" || !/\p{L}{2}/u.test(title)) return null
  const words = title.trim()
  const isFileName = /\.(?:docx?|pptx?|xlsx?|odt|pdf|indd|qxd|tex|dvi|rtf|html?|txt|pages|md)$/i.test(words)
  return isFileName ||
    /^(?:\(?anonymous\)?|untitled|microsoft word\b.*|powerpoint presentation|document\d*|title)$/i.test(words)
    ? null
    : words
}
