import type { DocumentSummary, Range, TextLayout } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Loading } from "../parts/loading.tsx"
import { Notice } from "../parts/notice.tsx"
import { PdfView } from "./pdf-view.tsx"
import { isDrawnPicture, PictureView } from "./picture-view.tsx"
import type { ScrollTarget } from "./scroll-to.ts"
import styles from "./source-view.module.css"
import { TextView } from "./text-view.tsx"
import { usePdf } from "./use-pdf.ts"
import { useOriginal } from "./use-source.ts"

export interface SourceBodyProps {
  readonly document: DocumentSummary
  readonly layout: TextLayout
  readonly quote: Range | undefined
  readonly target: ScrollTarget | undefined
  readonly zoom: number
  readonly label: string
  readonly onQuoteShown: (mark: HTMLElement) => void
}

/** Formats that are shown as they look; of the others, and of these where it is asked for, the text is. */
export function isDrawn(mediaType: string): boolean {
  return mediaType === "application/pdf" || isDrawnPicture(mediaType)
}

/** The document as it looks. */
export function DrawnSource(props: SourceBodyProps) {
  return isDrawnPicture(props.document.mediaType) ? <PictureView {...props} /> : <DrawnPdf {...props} />
}

/** A PDF; where its bytes are gone or pdf.js cannot read them, its text, and the reason. */
function DrawnPdf(props: SourceBodyProps) {
  const { source } = useTexts()
  const original = useOriginal(props.layout)
  const opened = usePdf(original.data)
  if (original.error !== null || opened.status === "failed") {
    return (
      <div className={styles.fallback}>
        <div className={styles.notices}>
          <Notice tone="warn">
            <p>{original.error === null ? source.pdfFailed : source.originalMissing}</p>
          </Notice>
        </div>
        <TextView {...props} mediaType={props.document.mediaType} />
      </div>
    )
  }
  if (opened.status === "opening") {
    return (
      <div className={styles.opening}>
        <Loading />
      </div>
    )
  }
  return <PdfView {...props} pdf={opened.pdf} />
}
