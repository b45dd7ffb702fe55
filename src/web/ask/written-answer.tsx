import { useTexts } from "../app/language.tsx"
import type { Quote } from "./quotes.ts"
import styles from "./written-answer.module.css"

interface WrittenAnswerProps {
  /** Sentences with markers, such as `Sixteen weeks. [1]`. */
  readonly text: string
  readonly quotes: readonly Quote[]
  readonly onOpen: (quote: Quote) => void
}

/** What was written, sentence by sentence; each marker opens the source of its quote. */
export function WrittenAnswer({ text, quotes, onOpen }: WrittenAnswerProps) {
  const { ask } = useTexts()
  return (
    <p className={styles.text}>
      {text.split(/(\[\d{1,3}\])/).map((piece, position) => {
        const marker = /^\[(\d+)\]$/.exec(piece)?.[1]
        const quote = marker === undefined ? undefined : quotes.find((one) => one.marker === Number(marker))
        // biome-ignore lint/suspicious/noArrayIndexKey: the text only grows at its end
        if (quote === undefined || marker === undefined) return <span key={position}>{piece}</span>
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the text only grows at its end
            key={position}
            type="button"
            className={styles.marker}
            aria-label={ask.openQuote(marker, quote.title)}
            onClick={() => onOpen(quote)}
          >
            {marker}
          </button>
        )
      })}
    </p>
  )
}
