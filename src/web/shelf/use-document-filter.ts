import type { StateCounts } from "../../core/shelf.ts"
import type { JobState } from "../../core/types.ts"
import type { DocumentFilter } from "../api/catalogue.ts"
import { goTo, useHashSearch } from "../app/hash-location.ts"

export const STATES = ["indexed", "queued", "parsing", "embedding", "failed"] as const satisfies readonly JobState[]

/** What the list is narrowed to stands in the address, so that a link shows the same list. */
export function useDocumentFilter(): [DocumentFilter, (filter: DocumentFilter) => void] {
  const search = new URLSearchParams(useHashSearch())
  const given = (name: string) => search.get(name) ?? undefined
  const state = STATES.find((one) => one === given("state"))
  const filter = { name: given("name"), collection: given("collection"), state }
  return [filter, (next) => goTo(`/documents${queryOf(next)}`, { replace: true })]
}

/** How many wait or are being read. */
export function unfinishedOf({ queued, parsing, embedding }: StateCounts): number {
  return queued + parsing + embedding
}

function queryOf(filter: DocumentFilter): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filter)) if (value !== undefined && value !== "") query.set(name, value)
  return query.size === 0 ? "" : `?${query}`
}
