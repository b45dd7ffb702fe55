import { useQuery } from "@tanstack/react-query"
import type { DocumentSummary } from "../../core/types.ts"
import { requestJson } from "../api/request.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"

/** A place in a source that can be gone to, in the canonical text. */
export interface SourceQuote {
  readonly documentId: string
  readonly revision?: string | undefined
  readonly start: number
  readonly end: number
}

export interface SourceViewProps {
  readonly documentId: string
  /** Absent means the newest. */
  readonly revision?: string | undefined
  /** Range that is highlighted and gone to. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** Where it stands beside something else. */
  readonly onClose?: () => void
  /** What previous and next go through, in their order. */
  readonly quotes?: readonly SourceQuote[]
  readonly onGoTo?: (quote: SourceQuote) => void
}

/** A document as it is read, with one place of it highlighted. */
export function SourceView({ documentId, onClose }: SourceViewProps) {
  const { app } = useTexts()
  const { data, error, refetch } = useQuery({
    queryKey: ["document", documentId],
    queryFn: ({ signal }) =>
      requestJson<DocumentSummary>(`/api/documents/${encodeURIComponent(documentId)}`, { signal }),
  })
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  return (
    <article>
      <h1>{data.title}</h1>
      {onClose === undefined ? null : <Button onClick={onClose}>{app.close}</Button>}
    </article>
  )
}
