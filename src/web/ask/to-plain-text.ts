import type { Texts } from "../texts/en.ts"
import type { Quote } from "./quotes.ts"
import type { Turn } from "./turn.ts"

/** The answer with its quotes and where they stand, for a mail or a document. */
export function toPlainText({ asked, text }: Turn, quotes: readonly Quote[], ask: Texts["ask"]): string {
  const cited = quotes
    .filter(({ marker }) => marker !== null)
    .sort((left, right) => (left.marker ?? 0) - (right.marker ?? 0))
    .map((quote) => {
      const page = quote.page === null ? "" : `, ${ask.page(quote.pageLabel ?? String(quote.page))}`
      const mark = quote.isChecked ? ` (${ask.checked})` : ""
      const columns = quote.tableHeader === undefined ? "" : `\n    (${quote.tableHeader})`
      return `[${quote.marker}] “${quote.text.replace(/\s+/g, " ")}”${columns}\n    ${quote.title}, ${quote.path}${page}${mark}`
    })
  return [asked.question, text, ...cited].join("\n\n")
}
