import type { DocumentSummary, TextLayout } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Notice } from "../parts/notice.tsx"
import styles from "./source-view.module.css"
import type { QuoteState } from "./use-quote.ts"
import { pagesOf } from "./use-quote-marks.ts"

interface SourceNoticesProps {
  readonly document: DocumentSummary
  readonly layout: TextLayout
  readonly quote: QuoteState
  /** Of the quote, where it is from an older content. */
  readonly isOlder: boolean
  /** The page stands there with a word on how it was read. */
  readonly isDrawn: boolean
}

/** What has to be known before one relies on what is shown. */
export function SourceNotices({ document, layout, quote, isOlder, isDrawn }: SourceNoticesProps) {
  const { source } = useTexts()
  const range = quote.status === "exact" || quote.status === "moved" ? quote.range : undefined
  const pages = range === undefined ? [] : pagesOf(layout, range).map(({ page }) => page)
  const weak = document.report?.weakPages.filter(({ page }) => pages.includes(page)) ?? []
  const sentences = [
    ...(quote.status === "moved" ? [source.changedMoved] : []),
    ...(quote.status === "gone" ? [source.changedGone] : []),
    ...(quote.status === "unknown" ? [isOlder ? source.changedUnknown : source.outside] : []),
    ...(document.revision === layout.revision ? [] : [source.newerWaits]),
    ...(layout.isComplete ? [] : [source.incomplete]),
    ...weak.flatMap(({ reason, confidence }) =>
      reason === "recognised"
        ? isDrawn
          ? []
          : [source.recognised(confidence)]
        : reason === "poor-text"
          ? [source.poorText]
          : [],
    ),
    ...(range !== undefined && (document.report?.hiddenCharacters ?? 0) > 0
      ? [source.hidden(document.report?.hiddenCharacters ?? 0)]
      : []),
  ]
  if (sentences.length === 0) return null
  return (
    <div className={styles.notices}>
      <Notice tone={quote.status === "exact" || quote.status === "none" ? "info" : "warn"}>
        {[...new Set(sentences)].map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </Notice>
    </div>
  )
}
