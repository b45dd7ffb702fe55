import { useTexts } from "../app/language.tsx"
import { Icon } from "../parts/icon.tsx"
import styles from "./quote-card.module.css"
import type { Quote } from "./quotes.ts"

interface QuoteCardProps {
  readonly quote: Quote
  /** The first of an answer is set large. */
  readonly isBest: boolean
  readonly isOpen: boolean
  readonly onOpen: () => void
}

/** A quote as the thing to read: the words, where they stand, and whether they were checked. Pressed, it opens its source. */
export function QuoteCard({ quote, isBest, isOpen, onOpen }: QuoteCardProps) {
  const { ask } = useTexts()
  const { marker, isChecked, state, text, title, path, warnings } = quote
  const isGone = state === "removed"
  return (
    <li
      className={`${styles.card} ${isBest ? styles.best : ""} ${marker === null ? "" : styles.cited} ${isOpen ? styles.open : ""}`}
    >
      <button
        type="button"
        className={styles.press}
        data-quote
        disabled={isGone}
        aria-expanded={isOpen}
        onClick={onOpen}
      >
        {quote.tableHeader === undefined || isGone ? null : <span className={styles.columns}>{quote.tableHeader}</span>}
        <span className={styles.text}>{isGone ? ask.removedQuote : text}</span>
        <span className={styles.foot}>
          <span className={styles.where}>
            {marker === null ? null : <span className={styles.marker}>{marker}</span>}
            <span className={styles.title}>{title}</span>
            <span>{placeOf(quote, ask.page)}</span>
            {path === title ? null : <span className={styles.path}>{path}</span>}
          </span>
          {/* the room is kept, so that nothing moves when the check is done */}
          <span className={`${styles.mark} ${isChecked ? "" : styles.absent}`}>
            <Icon name="check" />
            {ask.checked}
          </span>
        </span>
      </button>
      {state === "changed" ? <p className={styles.warning}>{ask.changed}</p> : null}
      {warnings.map(({ code, message }) => (
        <p key={`${code} ${message}`} className={styles.warning}>
          <Icon name="warning" />
          {Object.hasOwn(ask.warnings, code) ? ask.warnings[code as keyof typeof ask.warnings] : message}
        </p>
      ))}
    </li>
  )
}

function placeOf({ page, pageLabel }: Quote, toText: (page: string) => string): string {
  if (pageLabel !== undefined) return /^[\divxlc]+$/i.test(pageLabel) ? toText(pageLabel) : pageLabel
  return page === null ? "" : toText(String(page))
}
