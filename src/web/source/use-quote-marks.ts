import { useQuery } from "@tanstack/react-query"
import type { PDFDocumentProxy } from "pdfjs-dist"
import type { Range, TextLayout } from "../../core/types.ts"
import { getText } from "../api/source.ts"
import { type ItemRange, matchQuote } from "./match-quote.ts"

export interface QuoteMarks {
  /** Ranges in the text items of each page that holds a part of the quote, by page. */
  readonly byPage: ReadonlyMap<number, readonly ItemRange[]>
  /** False where the drawn pages do not have the words: a picture, or letters without a meaning. */
  readonly isFound: boolean
}

/** Below it, what was found is not the quote. */
const LEAST_SHARE = 0.8

/** Where a quote of the canonical text stands on the drawn pages, also over the end of one. */
export function useQuoteMarks(pdf: PDFDocumentProxy | undefined, layout: TextLayout, quote: Range | undefined) {
  return useQuery<QuoteMarks>({
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryKey: ["quote-marks", pdf?.fingerprints[0], layout.documentId, layout.revision, quote?.start, quote?.end],
    queryFn: async ({ signal }) => {
      const none = { byPage: new Map(), isFound: false }
      if (pdf === undefined || quote === undefined) return none
      const pages = pagesOf(layout, quote).filter(({ page }) => page <= pdf.numPages)
      const [first, last] = [pages[0], pages.at(-1)]
      if (first === undefined || last === undefined) return none
      const text = await getText(layout.documentId, { start: first.start, end: last.end }, signal)
      const place = { text, start: quote.start - first.start, end: Math.min(quote.end, last.end) - first.start }
      const numbers = pages.map(({ page }) => page)
      const found = await marksOn(pdf, numbers, place)
      // A paragraph that goes on behind the end of a page may stand as a whole on the page of its beginning.
      if (found.isFound || last.page >= pdf.numPages) return found
      return await marksOn(pdf, [...numbers, last.page + 1], place)
    },
    enabled: pdf !== undefined && quote !== undefined,
  })
}

/** The pages that a range of the canonical text stands on. */
export function pagesOf(layout: Pick<TextLayout, "pages">, range: Range): TextLayout["pages"] {
  return layout.pages.filter(({ start, end }) => start < range.end && end > range.start)
}

async function marksOn(
  pdf: PDFDocumentProxy,
  pages: readonly number[],
  place: Parameters<typeof matchQuote>[1],
): Promise<QuoteMarks> {
  const items: { readonly page: number; readonly index: number; readonly text: string }[] = []
  for (const number of pages) {
    const content = await (await pdf.getPage(number)).getTextContent()
    const texts = content.items.flatMap((item) => ("str" in item ? [item.str] : []))
    for (const [index, text] of texts.entries()) items.push({ page: number, index, text })
  }
  const { ranges, share } = matchQuote(
    items.map(({ text }) => text),
    place,
  )
  const byPage = new Map<number, ItemRange[]>()
  if (share < LEAST_SHARE) return { byPage, isFound: false }
  for (const range of ranges) {
    const item = items[range.item]
    if (item === undefined) continue
    const known = byPage.get(item.page) ?? []
    byPage.set(item.page, known)
    known.push({ ...range, item: item.index })
  }
  return { byPage, isFound: true }
}
