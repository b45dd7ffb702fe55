import { useQuery } from "@tanstack/react-query"
import { useRef } from "react"
import { countDocuments } from "../api/catalogue.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { Button } from "../parts/button.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Icon } from "../parts/icon.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { DocumentFilters } from "./document-filters.tsx"
import { DocumentList } from "./document-list.tsx"
import styles from "./documents.module.css"
import { DropZone } from "./drop-zone.tsx"
import { useFormat } from "./format.ts"
import { UploadPanel } from "./upload-panel.tsx"
import { addUploads } from "./upload-store.ts"
import { unfinishedOf, useDocumentFilter } from "./use-document-filter.ts"

const QUICK_MS = 1_500
const SLOW_MS = 15_000

/** The documents, with what became of each; files dropped anywhere on it are added. */
export function Documents() {
  const { shelf } = useTexts()
  const { number } = useFormat()
  const isAdmin = useSession().role === "admin"
  const [filter, narrow] = useDocumentFilter()
  const picker = useRef<HTMLInputElement>(null)
  const { name, collection } = filter
  const {
    data: totals,
    error,
    refetch,
  } = useQuery({
    queryKey: ["documents", "totals", { name, collection }],
    queryFn: ({ signal }) => countDocuments({ name, collection }, signal),
    placeholderData: (former) => former,
    refetchInterval: ({ state: { data } }) => (data !== undefined && unfinishedOf(data) > 0 ? QUICK_MS : SLOW_MS),
  })
  const all = totals === undefined ? undefined : Object.values(totals).reduce((sum, one) => sum + one, 0)
  const isNarrowed = name !== undefined || collection !== undefined || filter.state !== undefined
  const add = (files: readonly { readonly file: File; readonly path: string }[]) => addUploads(files, collection)
  const pick = (
    <Button kind="primary" onClick={() => picker.current?.click()}>
      <Icon name="upload" />
      {shelf.documents.add}
    </Button>
  )
  return (
    <DropZone isActive={isAdmin} onFiles={add}>
      <div className={styles.view}>
        <header className={styles.head}>
          <div>
            <h1>{shelf.documents.title}</h1>
            <p aria-live="polite">{all === undefined ? " " : shelf.documents.count(number(all), all)}</p>
          </div>
          {isAdmin ? pick : null}
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label={shelf.documents.add}
            onChange={({ target }) => {
              add([...(target.files ?? [])].map((file) => ({ file, path: file.name })))
              target.value = ""
            }}
          />
        </header>
        <DocumentFilters filter={filter} totals={totals} onChange={narrow} />
        {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {all === 0 && !isNarrowed ? (
          <EmptyState
            title={shelf.documents.emptyTitle}
            text={isAdmin ? shelf.documents.emptyText : shelf.documents.emptyTextReader}
          >
            {isAdmin ? <code>{shelf.documents.emptyCommand}</code> : null}
          </EmptyState>
        ) : totals === undefined ? null : (
          <DocumentList filter={filter} totals={totals} onClear={() => narrow({})} />
        )}
      </div>
      <UploadPanel />
    </DropZone>
  )
}
