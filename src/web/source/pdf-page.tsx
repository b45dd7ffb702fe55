import type { PDFDocumentProxy, PDFPageProxy, RenderTask, TextLayer } from "pdfjs-dist"
import { useEffect, useRef, useState } from "react"
import { useTexts } from "../app/language.tsx"
import { markItems } from "./mark-items.ts"
import markStyles from "./marked.module.css"
import type { ItemRange } from "./match-quote.ts"
import styles from "./pdf-page.module.css"

interface PdfPageProps {
  readonly pdf: PDFDocumentProxy
  /** From 1. */
  readonly number: number
  readonly name: string
  /** CSS pixels. */
  readonly width: number
  /** Height by width, before the page is known. */
  readonly ratio: number
  readonly marks: readonly ItemRange[] | undefined
}

/** More than this no browser draws on one canvas without trouble. */
const MOST_PIXELS = 16_000_000
const NO_MARKS: readonly ItemRange[] = []

/** A page as it is printed, sharp on the screen that it is on, with its text above it to select and to hear. */
export function PdfPage({ pdf, number, name, width, ratio, marks = NO_MARKS }: PdfPageProps) {
  const { source } = useTexts()
  const canvas = useRef<HTMLCanvasElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const [page, setPage] = useState<PDFPageProxy>()
  const [elements, setElements] = useState<readonly HTMLElement[]>([])
  const [hasFailed, setHasFailed] = useState(false)
  useEffect(() => {
    let isGone = false
    pdf.getPage(number).then(
      (found) => {
        if (!isGone) setPage(found)
      },
      () => {
        if (!isGone) setHasFailed(true)
      },
    )
    return () => {
      isGone = true
    }
  }, [pdf, number])
  const size = page?.getViewport({ scale: 1 })
  const scale = width / (size?.width ?? width)
  const height = size === undefined ? width * ratio : size.height * scale

  useEffect(() => {
    const [drawn, text] = [canvas.current, layer.current]
    if (page === undefined || drawn === null || text === null) return
    const viewport = page.getViewport({ scale })
    const density = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)))
    drawn.width = Math.floor(viewport.width * density)
    drawn.height = Math.floor(viewport.height * density)
    const drawing: RenderTask = page.render({ canvas: drawn, viewport, transform: [density, 0, 0, density, 0, 0] })
    drawing.promise.catch((error: unknown) => {
      if (!isCancelled(error)) setHasFailed(true)
    })
    let textLayer: TextLayer | undefined
    let isGone = false
    const write = async () => {
      const [{ TextLayer: Layer }, content] = await Promise.all([import("pdfjs-dist"), page.getTextContent()])
      if (isGone) return
      text.replaceChildren()
      textLayer = new Layer({ textContentSource: content, container: text, viewport })
      await textLayer.render()
      if (!isGone) setElements(textLayer.textDivs)
    }
    write().catch((error: unknown) => {
      if (!isCancelled(error) && !isGone) setHasFailed(true)
    })
    return () => {
      isGone = true
      drawing.cancel()
      textLayer?.cancel()
      page.cleanup() // else what one has scrolled past stays in memory, page by page
    }
  }, [page, scale])

  useEffect(() => {
    markItems(elements, marks, {
      className: markStyles["mark"] ?? "",
      begins: source.quoteBegins,
      ends: source.quoteEnds,
    })
  }, [elements, marks, source])

  return (
    <article className={styles.page} data-page={number} aria-label={name} style={{ width, height }}>
      <canvas ref={canvas} className={styles.canvas} />
      <div ref={layer} className={styles.text} style={{ "--total-scale-factor": scale } as React.CSSProperties} />
      {hasFailed ? <p className={styles.failed}>{source.pageFailed}</p> : null}
    </article>
  )
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && /^(?:RenderingCancelled|Abort)Exception$/.test(error.name)
}
