import { ApiProblem } from "../api/request.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./source-view.module.css"

interface SourceProblemProps {
  readonly error: unknown
  /** Why it could not be read, where that is why there is no text. */
  readonly reason: string | undefined
  readonly onClose: (() => void) | undefined
}

/** A document that is gone and one that may not be read look the same: the server does not say which. */
export function SourceProblem({ error, reason, onClose }: SourceProblemProps) {
  const { source, app } = useTexts()
  const code = error instanceof ApiProblem ? error.code : undefined
  const close = onClose === undefined ? null : <Button onClick={onClose}>{app.close}</Button>
  if (code === "document-not-found") {
    return (
      <EmptyState title={source.goneTitle} text={source.goneText}>
        {close}
      </EmptyState>
    )
  }
  if (code === "not-found") {
    return <EmptyState title={source.unreadTitle} text={reason ?? source.unreadText} />
  }
  return (
    <div className={styles.notices}>
      <ProblemNotice error={error} />
    </div>
  )
}
