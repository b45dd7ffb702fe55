import { useQuery } from "@tanstack/react-query"
import { useEffect, useId, useState } from "react"
import type { StateCounts } from "../../core/shelf.ts"
import { type DocumentFilter, listCollections } from "../api/catalogue.ts"
import { useTexts } from "../app/language.tsx"
import { Hidden } from "../parts/hidden.tsx"
import styles from "./document-filters.module.css"
import { useFormat } from "./format.ts"
import { STATES } from "./use-document-filter.ts"

const TYPING_MS = 250

interface DocumentFiltersProps {
  readonly filter: DocumentFilter
  readonly totals: StateCounts | undefined
  readonly onChange: (filter: DocumentFilter) => void
}

/** Search by name, one state, one collection. The numbers of the states are those of what the rest lets through. */
export function DocumentFilters({ filter, totals, onChange }: DocumentFiltersProps) {
  const { shelf } = useTexts()
  const { number } = useFormat()
  const id = useId()
  const [typed, setTyped] = useState(filter.name ?? "")
  const { data: collections = [] } = useQuery({
    queryKey: ["collections"],
    queryFn: ({ signal }) => listCollections(signal),
  })
  const name = typed.trim() === "" ? undefined : typed.trim()
  useEffect(() => {
    if (name === filter.name) return
    const timer = setTimeout(() => onChange({ ...filter, name }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [name, filter, onChange])
  return (
    <search className={styles.filters}>
      <label htmlFor={`${id}-name`}>
        <Hidden>{shelf.documents.search}</Hidden>
      </label>
      <input
        id={`${id}-name`}
        type="search"
        value={typed}
        placeholder={shelf.documents.search}
        onChange={({ target }) => setTyped(target.value)}
      />
      <label htmlFor={`${id}-state`}>
        <Hidden>{shelf.documents.state}</Hidden>
      </label>
      <select
        id={`${id}-state`}
        value={filter.state ?? ""}
        onChange={({ target }) => onChange({ ...filter, state: STATES.find((one) => one === target.value) })}
      >
        <option value="">{shelf.documents.anyState}</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {shelf.states[state]}
            {totals === undefined ? "" : ` (${number(totals[state])})`}
          </option>
        ))}
      </select>
      {collections.length < 2 && filter.collection === undefined ? null : (
        <>
          <label htmlFor={`${id}-collection`}>
            <Hidden>{shelf.documents.collection}</Hidden>
          </label>
          <select
            id={`${id}-collection`}
            value={filter.collection ?? ""}
            onChange={({ target }) => onChange({ ...filter, collection: target.value || undefined })}
          >
            <option value="">{shelf.documents.anyCollection}</option>
            {collections.map((collection) => (
              <option key={collection.id}>{collection.id}</option>
            ))}
          </select>
        </>
      )}
    </search>
  )
}
