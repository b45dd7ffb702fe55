import type { OutlineTitle } from "./pdf-outline.ts"
import { keepPdfium, type Pdfium, readText, takePdfium, withText } from "./pdfium.ts"

/** What a document says of itself as a whole. Pages count from 1. */
export interface PdfFacts {
  readonly pageCount: number
  /** As the file's data state it, or an empty text. */
  readonly title: string
  readonly hasAttachments: boolean
  /** Titles of the outline by the page that they lead to. */
  readonly titles: ReadonlyMap<number, readonly OutlineTitle[]>
  /** Undefined where the document labels none. */
  label(number: number): string | undefined
}

/** A document that PDFium has opened. */
export interface PdfiumDocument extends PdfFacts {
  readonly pdfium: Pdfium
  /** Opens a page while it is used. Undefined for a page that cannot be opened. */
  withPage<Result>(number: number, use: (page: number) => Result): Result | undefined
  close(): void
}

/** Undefined for a file that PDFium cannot open: damaged, locked, or with fewer pages than it says. */
export async function openWithPdfium(bytes: Uint8Array): Promise<PdfiumDocument | undefined> {
  const pdfium = await takePdfium()
  const { call } = pdfium
  const file = call.malloc(bytes.length)
  if (file === 0) return undefined
  pdfium.bytes().set(bytes, file)
  const document = call.FPDF_LoadMemDocument(file, bytes.length, 0)
  const close = (): void => {
    if (document !== 0) call.FPDF_CloseDocument(document)
    call.free(file)
    keepPdfium(pdfium)
  }
  const pageCount = document === 0 ? 0 : call.FPDF_GetPageCount(document)
  const withPage: PdfiumDocument["withPage"] = (number, use) => {
    const page = call.FPDF_LoadPage(document, number - 1)
    if (page === 0) return undefined
    const result = use(page)
    call.FPDF_ClosePage(page)
    return result
  }
  const hasLast = pageCount > 0 && call.FPDF_GetPageSizeByIndexF(document, pageCount - 1, pdfium.results) !== 0
  if (!hasLast) {
    close()
    return undefined
  }
  return {
    pdfium,
    pageCount,
    title: withText(pdfium, "Title", (tag) =>
      readText(pdfium, (buffer, size) => call.FPDF_GetMetaText(document, tag, buffer, size)),
    ),
    hasAttachments: call.FPDFDoc_GetAttachmentCount(document) > 0,
    label(number) {
      const label = readText(pdfium, (buffer, size) => call.FPDF_GetPageLabel(document, number - 1, buffer, size))
      return label === "" ? undefined : label
    },
    titles: outlineOf(pdfium, document),
    withPage,
    close,
  }
}

/** Bombs apart, no outline is larger. */
const MOST_TITLES = 5000
const MOST_LEVELS = 32
const GO_TO = 1

function outlineOf(pdfium: Pdfium, document: number): ReadonlyMap<number, readonly OutlineTitle[]> {
  const { call } = pdfium
  const byPage = new Map<number, OutlineTitle[]>()
  const visited = new Set<number>()
  const visit = (parent: number, level: number): void => {
    let bookmark = call.FPDFBookmark_GetFirstChild(document, parent)
    while (bookmark !== 0 && !visited.has(bookmark) && visited.size < MOST_TITLES) {
      visited.add(bookmark)
      const page = pageOf(call, document, bookmark)
      if (page > 0) {
        const entry = bookmark
        const title = readText(pdfium, (buffer, size) => call.FPDFBookmark_GetTitle(entry, buffer, size))
        const titles = byPage.get(page) ?? []
        titles.push({ title, level: Math.min(6, level) })
        byPage.set(page, titles)
      }
      if (level < MOST_LEVELS) visit(bookmark, level + 1)
      bookmark = call.FPDFBookmark_GetNextSibling(document, bookmark)
    }
  }
  visit(0, 1)
  return byPage
}

/** From 1; 0 for a title that leads to no page of this document. */
function pageOf(call: Pdfium["call"], document: number, bookmark: number): number {
  let destination = call.FPDFBookmark_GetDest(document, bookmark)
  if (destination === 0) {
    const action = call.FPDFBookmark_GetAction(bookmark)
    if (action !== 0 && call.FPDFAction_GetType(action) === GO_TO)
      destination = call.FPDFAction_GetDest(document, action)
  }
  return destination === 0 ? 0 : call.FPDFDest_GetDestPageIndex(document, destination) + 1
}
