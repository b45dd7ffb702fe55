import type { Range } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Icon } from "../parts/icon.tsx"
import styles from "./quote-steps.module.css"

/** A place in a source that can be gone to, in the canonical text of its revision. */
export interface SourceQuote extends Range {
  readonly documentId: string
  readonly revision?: string | undefined
  /** Its words, to find it again where the document has changed since. */
  readonly text?: string | undefined
}

interface QuoteStepsProps {
  readonly quotes: readonly SourceQuote[]
  readonly current: SourceQuote | undefined
  readonly onGoTo: (quote: SourceQuote) => void
}

/** From quote to quote of one answer. */
export function QuoteSteps({ quotes, current, onGoTo }: QuoteStepsProps) {
  const { source } = useTexts()
  const [previous, next] = neighbours(quotes, current)
  if (quotes.length < 2) return null
  return (
    <fieldset className={styles.steps} aria-label={source.quotes}>
      <Button
        kind="quiet"
        label={source.previous}
        disabled={previous === undefined}
        onClick={() => previous !== undefined && onGoTo(previous)}
      >
        <Icon name="previous" />
      </Button>
      <span aria-live="polite">
        {source.quoteOf(current === undefined ? 0 : quotes.indexOf(current) + 1, quotes.length)}
      </span>
      <Button
        kind="quiet"
        label={source.next}
        disabled={next === undefined}
        onClick={() => next !== undefined && onGoTo(next)}
      >
        <Icon name="next" />
      </Button>
    </fieldset>
  )
}

/** The quotes before and behind one; from none, the first is the next. */
export function neighbours(
  quotes: readonly SourceQuote[],
  current: SourceQuote | undefined,
): readonly [previous: SourceQuote | undefined, next: SourceQuote | undefined] {
  const at = current === undefined ? -1 : quotes.indexOf(current)
  return [quotes[at - 1], quotes[at + 1]]
}
