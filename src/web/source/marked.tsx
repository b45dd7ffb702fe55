import type { Range } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import styles from "./marked.module.css"

/** The quote in the canonical text, and the text that is shown. */
export interface Shown {
  readonly text: string
  /** Where the text begins in the canonical text. */
  readonly start: number
  readonly quote: Range | undefined
}

/** A range of the text, with what belongs to the quote marked; a reader of the screen hears where it begins and ends. */
export function Marked({ shown, range }: { readonly shown: Shown; readonly range: Range }) {
  const { source } = useTexts()
  const { text, start, quote } = shown
  const cut = (from: number, to: number): string => text.slice(Math.max(0, from - start), Math.max(0, to - start))
  const from = Math.max(range.start, quote?.start ?? range.end)
  const to = Math.min(range.end, quote?.end ?? range.start)
  if (quote === undefined || from >= to) return cut(range.start, range.end)
  return (
    <>
      {cut(range.start, from)}
      {from === quote.start ? <span className={styles.spoken}>{source.quoteBegins}</span> : null}
      <mark className={styles.mark} data-quote="" tabIndex={from === quote.start ? -1 : undefined}>
        {cut(from, to)}
      </mark>
      {to === quote.end ? <span className={styles.spoken}>{source.quoteEnds}</span> : null}
      {cut(to, range.end)}
    </>
  )
}
