import { useLocation } from "wouter"
import { goTo, useHashSearch } from "../app/hash-location.ts"

/** The place in a source that stands open beside an answer. */
export interface SourcePlace {
  readonly documentId: string
  readonly revision?: string | undefined
  readonly start?: number | undefined
  readonly end?: number | undefined
}

export interface OpenSource {
  readonly place: SourcePlace | null
  show(place: SourcePlace): void
  close(): void
}

/** It stands in the address, so that a link opens exactly this view again, and "back" closes it. */
export function useOpenSource(): OpenSource {
  const [path] = useLocation()
  const query = new URLSearchParams(useHashSearch())
  const documentId = query.get("source")
  const place =
    documentId === null
      ? null
      : {
          ...{ documentId, revision: query.get("revision") ?? undefined },
          ...{ start: wholeNumber(query.get("start")), end: wholeNumber(query.get("end")) },
        }
  const others = [...query].filter(([name]) => !["source", "revision", "start", "end"].includes(name))
  return {
    place,
    show: (shown) => goTo(addressOf(path, others, shown), { replace: place !== null }),
    close: () => goTo(addressOf(path, others, null), { replace: true }),
  }
}

function addressOf(path: string, others: [string, string][], place: SourcePlace | null): string {
  const query = new URLSearchParams(others)
  if (place !== null) {
    query.set("source", place.documentId)
    if (place.revision !== undefined) query.set("revision", place.revision)
    if (place.start !== undefined) query.set("start", String(place.start))
    if (place.end !== undefined) query.set("end", String(place.end))
  }
  const text = query.toString()
  return text === "" ? path : `${path}?${text}`
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
