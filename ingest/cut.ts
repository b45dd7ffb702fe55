import type { Chunk, ParsedDocument } from "../src/core/types.ts"
import type { NewRevision } from "../src/db/chunks.ts"
import { chunk } from "./chunk.ts"
import { layoutOf } from "./layout.ts"

/** A document as it leaves the parser process: its borders are drawn there, and of its blocks the places are left. */
export interface CutDocument extends Omit<ParsedDocument, "blocks" | "pageLabels"> {
  readonly chunks: readonly Omit<Chunk, "text" | "tableHeader">[]
  readonly pageRanges: NewRevision["pageRanges"]
  /** Of `layoutOf`. */
  readonly layout: string
}

/** parse ─▶ chunk, for the side that parses: to chunk a thousand pages would keep the server from its searches. */
export function cut({ blocks, pageLabels, ...document }: ParsedDocument): CutDocument {
  return {
    ...document,
    chunks: chunk({ ...document, blocks }).map(({ text: _, tableHeader: __, ...range }) => range),
    pageRanges: pageRanges(blocks, pageLabels ?? []),
    layout: layoutOf({ ...document, blocks }),
  }
}

function pageRanges(blocks: ParsedDocument["blocks"], labels: readonly string[]): NewRevision["pageRanges"] {
  const ranges = new Map<number, { page: number; start: number; end: number; label?: string }>()
  for (const { page, start, end } of blocks) {
    if (page === null) continue
    const range = ranges.get(page)
    const label = labels[page - 1]
    if (range !== undefined) range.end = Math.max(range.end, end)
    else ranges.set(page, { page, start, end, ...(label !== undefined && label !== String(page) && { label }) })
  }
  return [...ranges.values()]
}
