import { Link } from "wouter"
import type { IngestionState } from "../../core/shelf.ts"
import { useTexts } from "../app/language.tsx"
import { useSession } from "../app/session.tsx"
import { Notice } from "../parts/notice.tsx"

/** Why nothing is being read, and what ends that. */
export function PauseNotice({ ingestion: { pausedBy, pausedSources } }: { readonly ingestion: IngestionState }) {
  const { shelf } = useTexts()
  const { role } = useSession()
  const reason = pausedBy === null ? undefined : shelf.pauses[pausedBy as keyof typeof shelf.pauses]
  return (
    <>
      {pausedBy === null ? null : (
        <Notice tone="bad" title={shelf.queue.paused}>
          <p>{reason ?? shelf.queue.pausedBy(pausedBy)}</p>
        </Notice>
      )}
      {pausedSources === 0 ? null : (
        <Notice tone="warn" title={shelf.queue.foldersPaused(pausedSources)}>
          <p>{role === "admin" ? <Link href="/folders">{shelf.queue.toFolders}</Link> : shelf.queue.askAdmin}</p>
        </Notice>
      )}
    </>
  )
}
