import { useEffect, useRef } from "react"
import { useTexts } from "../app/language.tsx"
import { Loading } from "../parts/loading.tsx"
import { OpenSource } from "./open-source.tsx"
import { neighbours, QuoteSteps, type SourceQuote } from "./quote-steps.tsx"
import { SourceHead } from "./source-head.tsx"
import { SourceProblem } from "./source-problem.tsx"
import styles from "./source-view.module.css"
import { useLayout, useSourceDocument } from "./use-source.ts"
import { useSourceKeys } from "./use-source-keys.ts"

export interface SourceViewProps {
  readonly documentId: string
  /** Of the content that the offsets count in; the newest where it is not given. */
  readonly revision?: string | undefined
  /** The quote, UTF-16 code units of the canonical text. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** What previous and next go through, in their order: the quotes of one answer. */
  readonly quotes?: readonly SourceQuote[] | undefined
  readonly onGoTo?: ((quote: SourceQuote) => void) | undefined
  /** Given where the view stands beside something; Esc calls it too. */
  readonly onClose?: (() => void) | undefined
}

/** A document at a place: the quote is marked where it stands, as the document looks or in its text. */
export function SourceView(props: SourceViewProps) {
  const { documentId, revision, start, end, quotes = NO_QUOTES, onGoTo, onClose } = props
  const { source } = useTexts()
  const root = useRef<HTMLElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const document = useSourceDocument(documentId)
  const layout = useLayout(documentId)
  const current = quotes.find((one) => one.documentId === documentId && one.start === start && one.end === end)
  const [previous, next] = neighbours(quotes, current)
  useSourceKeys(root, { previous, next, onGoTo, onClose })
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const address = addressOf(documentId, { revision: revision ?? layout.data?.revision, start, end })
  const steps = onGoTo === undefined ? null : <QuoteSteps {...{ quotes, current, onGoTo }} />
  const problem = document.error ?? layout.error
  return (
    <article
      ref={root}
      className={onClose === undefined ? styles.page : styles.beside}
      aria-label={document.data?.title ?? source.document}
    >
      {document.data === undefined ? null : (
        <SourceHead {...{ heading, address, onClose }} document={document.data} layout={layout.data} />
      )}
      {problem !== null ? (
        <SourceProblem error={problem} reason={document.data?.message ?? undefined} onClose={onClose} />
      ) : document.data === undefined || layout.data === undefined ? (
        <div className={styles.opening}>
          <Loading />
        </div>
      ) : (
        <OpenSource
          key={`${documentId}:${layout.data.revision}`}
          {...{ document: document.data, layout: layout.data, asked: { revision, start, end }, current, steps }}
          isBeside={onClose !== undefined}
        />
      )}
    </article>
  )
}

const NO_QUOTES: readonly SourceQuote[] = []

/** Opens exactly this place again, also for somebody else who may read the document. */
function addressOf(
  documentId: string,
  place: {
    readonly revision: string | undefined
    readonly start: number | undefined
    readonly end: number | undefined
  },
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(place)) if (value !== undefined) query.set(name, String(value))
  return `${window.location.origin}/#/source/${encodeURIComponent(documentId)}?${query}`
}
