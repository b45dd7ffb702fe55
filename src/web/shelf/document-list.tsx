import { useInfiniteQuery } from "@tanstack/react-query"
import { useVirtualizer } from "@tanstack/react-virtual"
import { useEffect, useRef } from "react"
import type { StateCounts } from "../../core/shelf.ts"
import { type DocumentFilter, listDocuments } from "../api/catalogue.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./document-list.module.css"
import { DocumentRow } from "./document-row.tsx"
import { unfinishedOf } from "./use-document-filter.ts"
import { useIsNarrow } from "./use-is-narrow.ts"
import { useListKeys } from "./use-list-keys.ts"

/** Fits a line, and two of them where the window is narrow. */
const ROW_PX = 56
const NARROW_ROW_PX = 72
/** So many rows before the end of what is there the next page is fetched. */
const AHEAD = 100
/** While something is being read; a long list is asked for again less often. */
const REFRESH_MS_A_PAGE = 2_000

interface DocumentListProps {
  readonly filter: DocumentFilter
  readonly totals: StateCounts
  readonly onClear: () => void
}

/** Draws the rows that are seen, of as many as there are; rows that have not come yet keep their place. */
export function DocumentList({ filter, totals, onClear }: DocumentListProps) {
  const { shelf } = useTexts()
  const isNarrow = useIsNarrow()
  const scroller = useRef<HTMLDivElement>(null)
  const isWorking = unfinishedOf(totals) > 0
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, isPending, refetch } = useInfiniteQuery({
    queryKey: ["documents", "list", filter],
    queryFn: ({ pageParam, signal }) => listDocuments(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor ?? undefined,
    // to compare all that is there with each new page takes longer the more there is
    structuralSharing: false,
    refetchInterval: ({ state }) => (isWorking ? REFRESH_MS_A_PAGE * (state.data?.pages.length ?? 1) : false),
  })
  // when the last one has been read there is nothing left to ask for: once more, for how it ended
  useEffect(() => {
    if (!isWorking) void refetch()
  }, [isWorking, refetch])

  const rows = data?.pages.flatMap((page) => page.data) ?? []
  const known = filter.state === undefined ? Object.values(totals).reduce((a, b) => a + b, 0) : totals[filter.state]
  const count = hasNextPage ? Math.max(known, rows.length + 1) : rows.length
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isNarrow ? NARROW_ROW_PX : ROW_PX),
    overscan: 8,
    useFlushSync: false,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height of a row hangs on it
  useEffect(() => virtualizer.measure(), [virtualizer, isNarrow])
  const shown = virtualizer.getVirtualItems()
  const lastShown = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown >= rows.length - AHEAD) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, lastShown, rows.length, fetchNextPage])
  const { active, onKeyDown, onFocusRow } = useListKeys({ count: rows.length, scroller, virtualizer })

  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (!isPending && rows.length === 0) {
    return (
      <EmptyState title={shelf.documents.noneTitle} text={shelf.documents.noneText}>
        <Button onClick={onClear}>{shelf.documents.showAll}</Button>
      </EmptyState>
    )
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows that are not drawn have no place in a <table>
    <div role="table" aria-label={shelf.documents.title} aria-rowcount={count + 1} className={styles.table}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the links in it take the focus */}
      <div role="row" aria-rowindex={1} className={`${styles.row} ${styles.header}`}>
        {(["name", "state", "pages", "chunks", "size", "collection", "changed"] as const).map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <span key={column} role="columnheader">
            {shelf.documents.columns[column]}
          </span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above; arrow keys go from link to link */}
      <div ref={scroller} role="rowgroup" className={styles.scroller} onKeyDown={onKeyDown} data-testid="document-rows">
        <div className={styles.space} style={{ height: virtualizer.getTotalSize() }} role="presentation">
          {shown.map(({ index, start, size }) => (
            <DocumentRow
              key={index}
              document={rows[index]}
              rowIndex={index}
              isActive={index === active}
              onFocus={onFocusRow}
              style={{ top: start, height: size }}
            />
          ))}
        </div>
      </div>
    </div>
  )
}
