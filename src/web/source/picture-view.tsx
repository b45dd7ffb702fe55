import { useEffect, useRef, useState } from "react"
import type { DocumentSummary, Range, TextLayout } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Loading } from "../parts/loading.tsx"
import styles from "./picture-view.module.css"
import { RecognisedText } from "./recognised-text.tsx"
import { keepInView, type ScrollTarget } from "./scroll-to.ts"
import { useOriginal } from "./use-source.ts"

interface PictureViewProps {
  readonly document: DocumentSummary
  readonly layout: TextLayout
  readonly quote: Range | undefined
  readonly target: ScrollTarget | undefined
  readonly label: string
  readonly onQuoteShown: (mark: HTMLElement) => void
}

/** Pictures that every browser draws, and in which nothing can run. */
const DRAWN_TYPES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"])

export function isDrawnPicture(mediaType: string): boolean {
  return DRAWN_TYPES.has(mediaType)
}

/** A picture, and under it the text that was recognised. */
export function PictureView({ document, layout, quote, target, label, onQuoteShown }: PictureViewProps) {
  const { source } = useTexts()
  const scroller = useRef<HTMLElement>(null)
  const original = useOriginal(layout)
  const address = usePictureAddress(original.data, document.mediaType)
  const [hasFailed, setHasFailed] = useState(false)
  useEffect(() => {
    const element = scroller.current
    if (element === null || target === undefined) return
    const name = target.isQuote ? "mark[data-quote]" : `[data-start="${target.offset}"]`
    return keepInView(element, () => element.querySelector<HTMLElement>(name), {
      block: target.isQuote ? "center" : "start",
      ...(target.isQuote && { onFound: onQuoteShown }),
    })
  }, [target, onQuoteShown])
  const isBroken = hasFailed || original.error !== null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key
    <section ref={scroller} className={styles.scroller} aria-label={label} tabIndex={0}>
      <div className={styles.pair}>
        {isBroken ? (
          <p className={styles.failed}>{source.pictureFailed}</p>
        ) : address === undefined ? (
          <Loading />
        ) : (
          <img
            className={styles.picture}
            src={address}
            alt={source.pictureOf(document.title)}
            onError={() => setHasFailed(true)}
          />
        )}
        <div className={styles.read}>
          {layout.pages.map(({ page }) => {
            const weak = document.report?.weakPages.find((one) => one.page === page)
            return <RecognisedText key={page} page={page} weak={weak} layout={layout} quote={quote} />
          })}
        </div>
      </div>
    </section>
  )
}

/** The type is ours and not the file's: what calls itself a picture is drawn as one or not at all. */
function usePictureAddress(bytes: ArrayBuffer | undefined, mediaType: string): string | undefined {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    if (bytes === undefined) return
    const made = URL.createObjectURL(new Blob([bytes], { type: mediaType }))
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, mediaType])
  return address
}
