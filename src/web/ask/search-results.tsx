import { useQuery } from "@tanstack/react-query"
import { search } from "../api/answers.ts"
import { useTexts } from "../app/language.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { useOpenSource } from "./open-source.ts"
import { Passages } from "./passage-list.tsx"
import styles from "./search-results.module.css"

interface SearchResultsProps {
  readonly question: string
  readonly collection: string | undefined
}

/** Passages for what was typed, without an answer. */
export function SearchResults({ question, collection }: SearchResultsProps) {
  const { ask } = useTexts()
  const { show } = useOpenSource()
  const { data, error, refetch } = useQuery({
    queryKey: ["search", question, collection],
    queryFn: ({ signal }) => search(question, collection, signal),
  })
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  if (data.passages.length === 0) return <EmptyState title={ask.nothingFound} text={ask.nothingFoundText} />
  return (
    <section className={styles.results}>
      <h2>{ask.searchFor(question)}</h2>
      <p role="status">{ask.found(data.passages.length, data.timings.totalMs)}</p>
      {(data.degraded ?? []).map((part) => (
        <p key={part}>{ask.degraded}</p>
      ))}
      <Passages passages={data.passages} onOpen={show} />
    </section>
  )
}
