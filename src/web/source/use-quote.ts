import type { Range, TextLayout } from "../../core/types.ts"
import { useText } from "./use-source.ts"

/** Where a quote stands in the text that is searchable now. */
export type QuoteState =
  | { readonly status: "none" | "waiting" }
  /** At its offsets: the text is the one that was quoted. */
  | { readonly status: "exact"; readonly range: Range }
  /** The document has changed and still says it, elsewhere perhaps. */
  | { readonly status: "moved"; readonly range: Range }
  /** The document has changed: the quote is no longer in it, or its words are not known here. */
  | { readonly status: "gone" | "unknown" }

export interface AskedPlace {
  readonly revision: string | undefined
  readonly start: number | undefined
  readonly end: number | undefined
}

/** In a longer text a quote is not looked for. */
const MOST_SEARCHED_CHARACTERS = 2_000_000

/** A quote by its offsets, or in a document that has changed since by its words, where they are known. */
export function useQuote(
  layout: TextLayout | undefined,
  { revision, start, end }: AskedPlace,
  words: string | undefined,
): QuoteState {
  const isAsked = start !== undefined && end !== undefined && end > start
  const isSame = layout !== undefined && (revision === undefined || revision === layout.revision)
  const isSearched =
    isAsked && layout !== undefined && !isSame && words !== undefined && layout.length <= MOST_SEARCHED_CHARACTERS
  const { data: text } = useText(layout, isSearched ? { start: 0, end: layout.length } : undefined)
  if (!isAsked) return { status: "none" }
  if (layout === undefined) return { status: "waiting" }
  if (isSame) return end <= layout.length ? { status: "exact", range: { start, end } } : { status: "unknown" }
  if (!isSearched) return { status: "unknown" }
  if (text === undefined) return { status: "waiting" }
  const at = nearestPlace(text, words, start)
  return at < 0 ? { status: "gone" } : { status: "moved", range: { start: at, end: at + words.length } }
}

function nearestPlace(text: string, quote: string, wanted: number): number {
  const before = text.lastIndexOf(quote, wanted)
  const behind = text.indexOf(quote, wanted)
  if (before < 0 || behind < 0) return Math.max(before, behind)
  return wanted - before <= behind - wanted ? before : behind
}
