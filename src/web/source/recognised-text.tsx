import type { Range, TextLayout, WeakPage } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import styles from "./recognised-text.module.css"
import { TextParts } from "./text-parts.tsx"
import { useText } from "./use-source.ts"

interface RecognisedTextProps {
  readonly page: number
  readonly weak: WeakPage | undefined
  readonly layout: TextLayout
  readonly quote: Range | undefined
}

/** What was read on a page whose picture has no text to mark, with how sure that is. */
export function RecognisedText({ page, weak, layout, quote }: RecognisedTextProps) {
  const { source } = useTexts()
  const range = layout.pages.find((one) => one.page === page)
  const { data: text } = useText(layout, range)
  const parts = layout.parts.filter((part) => part.page === page)
  if (range === undefined) return null
  return (
    <section className={styles.text} aria-label={source.textOfPage} data-page={page}>
      <p className={styles.note}>
        {weak?.reason === "recognised" ? source.recognised(weak.confidence) : source.notOnPage}
      </p>
      {text === undefined ? null : <TextParts parts={parts} shown={{ text, start: range.start, quote }} />}
    </section>
  )
}
