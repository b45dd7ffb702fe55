import { useVirtualizer } from "@tanstack/react-virtual"
import type { PDFDocumentProxy } from "pdfjs-dist"
import { useCallback, useEffect, useMemo, useRef, useState } from "react"
import type { DocumentSummary, Range, TextLayout } from "../../core/types.ts"
import { usePageName } from "./page-name.ts"
import { PdfPage } from "./pdf-page.tsx"
import styles from "./pdf-view.module.css"
import { RecognisedText } from "./recognised-text.tsx"
import { keepInView, type ScrollTarget } from "./scroll-to.ts"
import { pagesOf, useQuoteMarks } from "./use-quote-marks.ts"

interface PdfViewProps {
  readonly pdf: PDFDocumentProxy
  readonly document: DocumentSummary
  readonly layout: TextLayout
  readonly quote: Range | undefined
  readonly target: ScrollTarget | undefined
  /** 1 fills the width. */
  readonly zoom: number
  readonly label: string
  readonly onQuoteShown: (mark: HTMLElement) => void
}

const GAP = 16
const WIDEST_PAGE = 900
/** From here on a page that was recognised has its text beside it, and is drawn smaller for it. */
const ROOM_FOR_TWO = 820
const SHARE_BESIDE_TEXT = 0.6
/** Of A4, before the first page is known. */
const A4_RATIO = Math.SQRT2

/** The pages of a PDF as they are printed; those that are seen are drawn, and no others. */
export function PdfView({ pdf, document, layout, quote, target, zoom, label, onQuoteShown }: PdfViewProps) {
  const scroller = useRef<HTMLElement>(null)
  const pageName = usePageName(document.mediaType)
  const room = useWidth(scroller)
  const weak = useMemo(
    () => new Map(document.report?.weakPages.map((page) => [page.page, page]) ?? []),
    [document.report],
  )
  const hasText = [...weak.values()].some(({ reason }) => reason === "recognised")
  const widest = hasText && room > ROOM_FOR_TWO ? room * SHARE_BESIDE_TEXT : Math.min(room, WIDEST_PAGE)
  const width = Math.round(widest * zoom)
  const ratio = useFirstRatio(pdf)
  const marks = useQuoteMarks(pdf, layout, quote).data
  const virtualizer = useVirtualizer({
    count: pdf.numPages,
    getScrollElement: () => scroller.current,
    estimateSize: () => width * ratio + GAP,
    overscan: 1,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured for another width is no longer true
  useEffect(() => virtualizer.measure(), [virtualizer, width, ratio])
  const labels = new Map(layout.pages.map((page) => [page.page, page.label]))
  const quotePages = quote === undefined ? [] : pagesOf(layout, quote).map(({ page }) => page)
  const needsText = (page: number): boolean =>
    weak.get(page)?.reason === "recognised" || (marks?.isFound === false && quotePages.includes(page))

  useEffect(() => {
    const element = scroller.current
    if (element === null || target === undefined || width === 0) return
    const isQuote = target.isQuote && marks !== undefined
    const [place] = pagesOf(layout, { start: target.offset, end: target.offset + 1 })
    const marked = isQuote ? [...marks.byPage.keys()].sort((one, other) => one - other)[0] : undefined
    const page = marked ?? place?.page ?? 1
    virtualizer.scrollToIndex(page - 1, { align: "start" })
    const name = isQuote ? "mark[data-quote]" : `[data-page="${page}"]`
    return keepInView(element, () => element.querySelector<HTMLElement>(name), {
      block: isQuote ? "center" : "start",
      ...(isQuote && { onFound: onQuoteShown }),
    })
  }, [target, marks, layout, virtualizer, width, onQuoteShown])

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key
    <section ref={scroller} className={styles.scroller} aria-label={label} tabIndex={0}>
      <div className={styles.pages} style={{ height: virtualizer.getTotalSize(), minWidth: width }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const number = index + 1
          const name = pageName({ page: number, label: labels.get(number) })
          return (
            <div
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              className={needsText(number) ? styles.pair : styles.place}
              style={{ transform: `translateY(${start}px)` }}
            >
              {width > 0 ? (
                <PdfPage {...{ pdf, number, name, width, ratio }} marks={marks?.byPage.get(number)} />
              ) : null}
              {needsText(number) ? (
                <RecognisedText page={number} weak={weak.get(number)} layout={layout} quote={quote} />
              ) : null}
            </div>
          )
        })}
      </div>
    </section>
  )
}

/** Inner width of an element, as it is. */
function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const observed = element.current
    if (observed === null) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(observed)
    return () => observer.disconnect()
  }, [element])
  return width
}

function useFirstRatio(pdf: PDFDocumentProxy): number {
  const [ratio, setRatio] = useState(A4_RATIO)
  const measure = useCallback(async () => {
    const { width, height } = (await pdf.getPage(1)).getViewport({ scale: 1 })
    setRatio(height / width)
  }, [pdf])
  useEffect(() => void measure().catch(() => undefined), [measure]) // the page itself says that it cannot be drawn
  return ratio
}
