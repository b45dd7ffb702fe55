import { useQuery } from "@tanstack/react-query"
import type { DocumentSummary, Range, TextLayout } from "../../core/types.ts"
import { getLayout, getOriginal, getSourceDocument, getText } from "../api/source.ts"
import type { TextGroup } from "./text-groups.ts"

const NEVER_STALE = { staleTime: Number.POSITIVE_INFINITY } as const
const KEPT_MS = 60_000

export function useSourceDocument(id: string) {
  return useQuery<DocumentSummary>({
    queryKey: ["document", id],
    queryFn: ({ signal }) => getSourceDocument(id, signal),
  })
}

export function useLayout(id: string) {
  return useQuery<TextLayout>({ queryKey: ["layout", id], queryFn: ({ signal }) => getLayout(id, signal) })
}

/** A part of the text of one revision; nothing is asked for while there is no range. */
export function useText(layout: TextLayout | undefined, range: Range | undefined) {
  return useQuery({
    ...NEVER_STALE,
    queryKey: ["source-text", layout?.documentId, layout?.revision, range?.start, range?.end],
    queryFn: ({ signal }) =>
      layout === undefined || range === undefined ? "" : getText(layout.documentId, range, signal),
    enabled: layout !== undefined && range !== undefined && range.end <= layout.length,
  })
}

/** The text of a group; it comes with its slice. */
export function useGroupText(layout: TextLayout, { slice, start, end }: TextGroup) {
  const { data, ...rest } = useText(layout, slice)
  return { ...rest, text: data?.slice(start - slice.start, end - slice.start) }
}

/** The stored bytes; they are large, and forgotten soon after the view is closed. */
export function useOriginal(layout: TextLayout) {
  return useQuery({
    ...NEVER_STALE,
    gcTime: KEPT_MS,
    queryKey: ["original", layout.documentId, layout.revision],
    queryFn: ({ signal }) => getOriginal(layout.documentId, layout.revision, signal),
  })
}
