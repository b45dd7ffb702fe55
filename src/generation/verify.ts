import { tableHeaderAt } from "../core/table-header.ts"
import type { Citation, Warning } from "../core/types.ts"

export interface Verified {
  readonly citations: readonly Citation[]
  readonly warnings: readonly Warning[]
}

/**
 * Compares each quote with the canonical text at its place. `verified` is true only where they are equal; what differs
 * is dropped with a warning. A row of a table gets the names of its columns, which the quote alone does not say. `loadText`
 * gives the stored canonical text of a citation's revision, or undefined where it is missing or damaged.
 */
export async function verify(
  citations: readonly Omit<Citation, "verified">[],
  loadText: (citation: Omit<Citation, "verified">) => Promise<string | undefined>,
): Promise<Verified> {
  const verified: Citation[] = []
  const warnings: Warning[] = []
  for (const citation of citations) {
    const text = await loadText(citation)
    if (text?.slice(citation.start, citation.end) === citation.quote && citation.quote !== "") {
      verified.push({ ...citation, ...columnsOf(text, citation.start), verified: true })
      continue
    }
    const state = text === undefined ? "its stored text is missing or damaged" : "it differs from the stored text"
    warnings.push({ code: "quote-refused", message: `Cannot cite "${citation.path}": ${state}` })
  }
  return { citations: verified, warnings }
}

function columnsOf(text: string, start: number): Pick<Citation, "tableHeader"> {
  const header = tableHeaderAt(text, text.lastIndexOf("\n", start) + 1)
  return header === undefined ? {} : { tableHeader: text.slice(header.start, header.end) }
}
