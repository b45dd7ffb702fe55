import { type ReactNode, useCallback, useEffect, useId, useMemo, useState } from "react"
import type { DocumentSummary, TextLayout } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Icon } from "../parts/icon.tsx"
import { PlaceList } from "./place-list.tsx"
import { placesOf } from "./places.ts"
import type { SourceQuote } from "./quote-steps.tsx"
import type { ScrollTarget } from "./scroll-to.ts"
import { DrawnSource, isDrawn } from "./source-body.tsx"
import { SourceNotices } from "./source-notices.tsx"
import styles from "./source-view.module.css"
import { TextView } from "./text-view.tsx"
import { type AskedPlace, useQuote } from "./use-quote.ts"

interface OpenSourceProps {
  readonly document: DocumentSummary
  readonly layout: TextLayout
  readonly asked: AskedPlace
  readonly current: SourceQuote | undefined
  readonly steps: ReactNode
  readonly isBeside: boolean
}

const ZOOMS = [1, 1.25, 1.5, 2] as const
/** A page that fills a phone cannot be read on it. */
const NARROW_PIXELS = 640
/** From here on the table of places has room beside the text. */
const WIDE_PIXELS = 1_200

/** A document that has been found: how it is shown, and its tools. */
export function OpenSource({ document, layout, asked, current, steps, isBeside }: OpenSourceProps) {
  const { source } = useTexts()
  const listId = useId()
  const { mediaType } = document
  const hasPlaces = useMemo(() => placesOf(layout).length > 1, [layout])
  const [isListed, setListed] = useState(hasPlaces && !isBeside && window.innerWidth >= WIDE_PIXELS)
  const [isText, setText] = useState(false)
  const [zoom, setZoom] = useState(() => (window.innerWidth < NARROW_PIXELS ? ZOOMS.indexOf(1.5) : 0))
  const quote = useQuote(layout, asked, current?.text)
  const range = quote.status === "exact" || quote.status === "moved" ? quote.range : undefined
  const [start, end] = [range?.start, range?.end]
  const shown = useMemo(() => (start === undefined || end === undefined ? undefined : { start, end }), [start, end])
  const [target, go] = useTarget(shown?.start, asked.start)
  const goTo = (offset: number) => {
    if (window.innerWidth < WIDE_PIXELS) setListed(false)
    go(offset, false)
  }
  const onQuoteShown = useCallback((mark: HTMLElement) => mark.focus({ preventScroll: true }), [])
  const body = { document, layout, quote: shown, target, label: source.content, onQuoteShown }
  const isPdf = mediaType === "application/pdf"
  return (
    <>
      <div className={styles.tools}>
        {hasPlaces ? (
          <Button
            kind="quiet"
            title={source.places}
            aria-expanded={isListed}
            aria-controls={isListed ? listId : undefined}
            onClick={() => setListed(!isListed)}
          >
            <Icon name="menu" />
            <span className={styles.wide}>{source.places}</span>
          </Button>
        ) : null}
        {shown === undefined ? null : (
          <Button kind="quiet" onClick={() => go(shown.start, true)}>
            {source.toQuote}
          </Button>
        )}
        {isPdf && !isText ? (
          <Button kind="quiet" label={source.zoom(ZOOMS[zoom] ?? 1)} onClick={() => setZoom((zoom + 1) % ZOOMS.length)}>
            <span className={styles.zoom}>{Math.round((ZOOMS[zoom] ?? 1) * 100)} %</span>
          </Button>
        ) : null}
        {isDrawn(mediaType) ? (
          <Button kind="quiet" aria-pressed={isText} onClick={() => setText(!isText)}>
            {source.asText}
          </Button>
        ) : null}
        {steps}
      </div>
      <SourceNotices
        {...{ document, layout, quote }}
        isOlder={isOlder(asked.revision, layout)}
        isDrawn={isDrawn(mediaType) && !isText}
      />
      <div className={isListed ? styles.bodyListed : styles.body}>
        {isListed ? <PlaceList id={listId} {...{ layout, mediaType }} current={target?.offset} onGo={goTo} /> : null}
        {isDrawn(mediaType) && !isText ? (
          <DrawnSource {...body} zoom={ZOOMS[zoom] ?? 1} />
        ) : (
          <TextView {...body} mediaType={mediaType} />
        )}
      </div>
    </>
  )
}

/** What is to be seen: the quote as soon as it is known, then what the reader asks for. */
function useTarget(
  quoteStart: number | undefined,
  askedStart: number | undefined,
): readonly [ScrollTarget | undefined, (offset: number, isQuote: boolean) => void] {
  const [target, setTarget] = useState<ScrollTarget>()
  const go = useCallback((offset: number, isQuote: boolean) => {
    setTarget((former) => ({ offset, isQuote, request: (former?.request ?? 0) + 1 }))
  }, [])
  useEffect(() => {
    if (quoteStart !== undefined) go(quoteStart, true)
    else if (askedStart !== undefined) go(askedStart, false)
  }, [quoteStart, askedStart, go])
  return [target, go]
}

function isOlder(revision: string | undefined, layout: TextLayout): boolean {
  return revision !== undefined && revision !== layout.revision
}
