import { useQuery } from "@tanstack/react-query"
import { Link } from "wouter"
import type { DocumentSummary } from "../../core/types.ts"
import { getDocument, listEmbedded } from "../api/catalogue.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { Facts } from "../parts/facts.tsx"
import { Loading } from "../parts/loading.tsx"
import { Notice } from "../parts/notice.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./document.module.css"
import { DocumentActions } from "./document-actions.tsx"
import { useFormat } from "./format.ts"
import { ReadingReportWords } from "./reading-report.tsx"
import { ShelfPage } from "./shelf-page.tsx"
import { StateMark } from "./state-mark.tsx"

const WORKING_MS = 1_000

/** One document: what it is, what was read of it and what was not, and what can be done about it. */
export function DocumentView({ documentId }: { readonly documentId: string }) {
  const {
    data: document,
    error,
    refetch,
  } = useQuery({
    queryKey: ["document", documentId],
    queryFn: ({ signal }) => getDocument(documentId, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && isWaiting(state.data) ? WORKING_MS : false),
  })
  const { data: embedded = [] } = useQuery({
    queryKey: ["document", documentId, "embedded"],
    queryFn: ({ signal }) => listEmbedded(documentId, signal),
    enabled: (document?.report?.embeddedFiles.length ?? 0) > 0,
  })
  const { shelf } = useTexts()
  if (document === undefined) {
    return (
      <ShelfPage title={shelf.documents.title}>
        {error === null ? <Loading /> : <ProblemNotice error={error} onRetry={() => void refetch()} />}
        <p>
          <Link href="/documents">{shelf.document.back}</Link>
        </p>
      </ShelfPage>
    )
  }
  return <Shown document={document} embedded={embedded} />
}

function Shown({
  document,
  embedded,
}: {
  readonly document: DocumentSummary
  readonly embedded: readonly DocumentSummary[]
}) {
  const { shelf } = useTexts()
  const { number, bytes, dateTime } = useFormat()
  const { role } = useSession()
  const { title, path, collection, mediaType, sizeBytes, state, pages, chunks, report, parentId } = document
  const place = (
    <p className={styles.place}>
      <Link href="/documents">{shelf.documents.title}</Link>
      <span aria-hidden="true">/</span>
      <span>{path}</span>
      <StateMark state={state} />
    </p>
  )
  return (
    <ShelfPage title={title} lead={place} actions={<DocumentActions document={document} isAdmin={role === "admin"} />}>
      {parentId === null ? null : (
        <p>
          <Link href={`/documents/${encodeURIComponent(parentId)}`}>{shelf.document.parent}</Link>
        </p>
      )}
      <Failure document={document} />
      {document.isComplete ? null : (
        <Notice tone="info" title={shelf.document.beginningTitle}>
          <p>{shelf.document.beginningText}</p>
        </Notice>
      )}
      <div className={styles.columns}>
        <section aria-labelledby="read">
          <h2 id="read">{shelf.document.readTitle}</h2>
          {report === null ? (
            <p>{state === "failed" ? shelf.document.readNothing : shelf.document.notReadYet}</p>
          ) : (
            <ReadingReportWords document={document} report={report} embedded={embedded} />
          )}
        </section>
        <section aria-labelledby="facts">
          <h2 id="facts">{shelf.document.factsTitle}</h2>
          <Facts
            facts={[
              [shelf.documents.columns.collection, collection],
              [shelf.document.type, mediaType],
              [shelf.documents.columns.size, bytes(sizeBytes)],
              [
                shelf.documents.columns.pages,
                report === null || pages === null ? (report === null ? "–" : shelf.document.noPages) : number(pages),
              ],
              [shelf.documents.columns.chunks, number(chunks)],
              [shelf.document.modified, dateTime(document.modifiedAt)],
              [shelf.document.indexed, document.indexedAt === null ? "–" : dateTime(document.indexedAt)],
            ]}
          />
        </section>
      </div>
    </ShelfPage>
  )
}

/** Why it is not searchable, and what helps. */
function Failure({ document: { code, message, state, indexedAt } }: { readonly document: DocumentSummary }) {
  const { shelf } = useTexts()
  if (state !== "failed" || code === null) return null
  const known = shelf.failures[code as keyof typeof shelf.failures]
  return (
    <Notice tone="bad" title={known?.what ?? shelf.document.failed}>
      <p>{known?.next ?? shelf.document.failedNext}</p>
      {message === null ? null : <p className={styles.message}>{message}</p>}
      {indexedAt === null ? null : <p>{shelf.document.formerStays}</p>}
    </Notice>
  )
}

function isWaiting({ state, report, isComplete }: DocumentSummary): boolean {
  const isDone = state === "indexed" || state === "failed"
  return !isDone || !isComplete || (report?.pagesToRecognise.length ?? 0) > 0
}
