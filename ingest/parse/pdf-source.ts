import type { ParseContext } from "../../src/core/ports.ts"
import { isOutOfMemory } from "./failure.ts"
import type { PageContent, PageLook } from "./pdf-content.ts"
import { embedAttachments, type PageNotes, pageNotes } from "./pdf-notes.ts"
import { openPdf, type PdfDocument, type PdfPage } from "./pdf-open.ts"
import { type OutlineTitle, outlineTitles } from "./pdf-outline.ts"
import { mayDraw } from "./pdf-signs.ts"
import { openWithPdfium, type PdfFacts } from "./pdfium-document.ts"
import { type PdfiumPage, readWithPdfium } from "./pdfium-page.ts"
import { drawingOf } from "./pdfjs-drawing.ts"
import { readWithPdfjs } from "./pdfjs-page.ts"

/** A PDF document, whichever engine reads it. Pages count from 1. */
export interface PdfSource {
  readonly pageCount: number
  /** As the file's data state it, or an empty text. */
  readonly title: string
  /** What the outline says begins on a page. */
  titlesOf(number: number): readonly OutlineTitle[]
  labelOf(number: number): string | undefined
  read(number: number): Promise<PageContent & { readonly notes: PageNotes }>
  /** Whether pdf.js, which draws pages for recognition, comes to an end with a page. */
  canBeDrawn(number: number, look: PageLook | undefined): Promise<boolean>
  embedAttachments(context: ParseContext | undefined): Promise<void>
  close(): Promise<void>
}

const NO_NOTES: PageNotes = { texts: [], files: [] }

/**
 * Opens a file with the engine that is best at each thing. PDFium, five times as fast, reads what every document has:
 * text, what of it is hidden, outline, labels, title. The pdf.js of pdf-parse is opened when it is needed: for files and
 * pages that PDFium cannot open or read (it repairs more of them), for pages whose characters are not mapped, for
 * comments, form fields and attached files, and to try whether a page without text can be drawn for recognition. Throws
 * `encrypted`, `broken-file`.
 */
export async function openPdfSource(bytes: Uint8Array, path: string): Promise<PdfSource> {
  const pdfium = await openWithPdfium(bytes).catch(unlessOutOfMemory)
  let isTrusted = pdfium !== undefined
  let opened: Promise<PdfDocument> | undefined
  const pdfjs = async (): Promise<PdfDocument> => {
    opened ??= openPdf(bytes, path, { mostPixels: 1 })
    return await opened
  }
  const facts = pdfium ?? (await factsOf(await pdfjs()))
  const isDrawable = mayDraw(bytes)

  function readText(number: number): PdfiumPage | undefined {
    if (pdfium === undefined || !isTrusted) return undefined
    try {
      return readWithPdfium(pdfium, number)
    } catch (thrown) {
      isTrusted = false // The program has failed in the midst of its work: its memory is in disorder.
      return unlessOutOfMemory(thrown)
    }
  }

  async function withPage<Result>(number: number, use: (page: PdfPage) => Promise<Result>): Promise<Result> {
    const page = await (await pdfjs()).getPage(number)
    try {
      return await use(page)
    } finally {
      page.cleanup()
    }
  }

  return {
    pageCount: facts.pageCount,
    title: facts.title,
    titlesOf: (number) => facts.titles.get(number) ?? [],
    labelOf: (number) => (pdfium === undefined || isTrusted ? facts.label(number) : undefined),
    async read(number) {
      const read = readText(number)
      if (read === undefined) {
        return await withPage(number, async (page) => ({
          ...(await readWithPdfjs(page, { mayDraw: isDrawable })),
          notes: await pageNotes(page),
        }))
      }
      const options = { mayDraw: isDrawable && read.isLookedAt }
      const reread = isBadlyRead(read)
        ? await withPage(number, async (page) => await readWithPdfjs(page, options)).catch(unlessOutOfMemory)
        : undefined
      const notes = read.hasNotes ? await withPage(number, pageNotes).catch(unlessOutOfMemory) : undefined
      return { ...(reread ?? read), notes: notes ?? NO_NOTES }
    },
    async canBeDrawn(number, look) {
      if (!isDrawable || look?.isPlain === true) return isDrawable
      const drawing = await withPage(number, drawingOf).catch(unlessOutOfMemory)
      return drawing?.isEndless === false
    },
    async embedAttachments(context) {
      if (context === undefined || !facts.hasAttachments) return
      const document = await pdfjs().catch(unlessOutOfMemory)
      if (document !== undefined) await embedAttachments(document, context)
    },
    async close() {
      if (isTrusted) pdfium?.close()
      await (await opened?.catch(() => undefined))?.destroy()
    },
  }
}

/** pdf.js guesses more of such characters, from the names of glyphs and from other maps. */
function isBadlyRead({ quality, isDoubtful }: PdfiumPage): boolean {
  return quality === "garbled" || isDoubtful
}

/** What one engine cannot do the other may, or the document goes without. */
function unlessOutOfMemory(thrown: unknown): undefined {
  if (isOutOfMemory(thrown)) throw thrown
  return undefined
}

async function factsOf(pdf: PdfDocument): Promise<PdfFacts> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: undefined })) // Damaged metadata is no title.
  const title = (info as { Title?: unknown } | undefined)?.Title
  const labels = await pdf.getPageLabels().catch(() => null) // Damaged labels are none.
  return {
    pageCount: pdf.numPages,
    title: typeof title === "string" ? title : "",
    hasAttachments: true,
    titles: await outlineTitles(pdf),
    label: (number) => labels?.[number - 1] || undefined,
  }
}
