import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import type { SourceSummary } from "../../core/types.ts"
import { listFolders, resumeFolder } from "../api/service.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Dialog } from "../parts/dialog.tsx"
import { EmptyState } from "../parts/empty-state.tsx"
import { Icon } from "../parts/icon.tsx"
import { Loading } from "../parts/loading.tsx"
import { Notice } from "../parts/notice.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import cards from "./cards.module.css"
import confirm from "./confirm.module.css"
import { useFormat } from "./format.ts"
import { ShelfPage } from "./shelf-page.tsx"

const REFRESH_MS = 5_000

/** Folders of the server's machine; one whose files are suddenly gone asks before anything is removed. */
export function Folders() {
  const { shelf } = useTexts()
  const { data, error, refetch } = useQuery({
    queryKey: ["folders"],
    queryFn: ({ signal }) => listFolders(signal),
    refetchInterval: REFRESH_MS,
  })
  return (
    <ShelfPage title={shelf.folders.title} lead={shelf.folders.lead}>
      {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <Loading /> : null}
      {data?.length === 0 ? (
        <EmptyState title={shelf.folders.emptyTitle} text={shelf.folders.emptyText}>
          <code>{shelf.folders.emptyCommand}</code>
        </EmptyState>
      ) : null}
      <ul className={cards.cards}>
        {data?.map((folder) => (
          <Folder key={folder.id} folder={folder} />
        ))}
      </ul>
    </ShelfPage>
  )
}

function Folder({ folder }: { readonly folder: SourceSummary }) {
  const { shelf } = useTexts()
  const { number, ago } = useFormat()
  const { id, root, collection, documents, isWatched, watchedSince, reconciledAt, pausedAt, ignore } = folder
  const client = useQueryClient()
  const check = useMutation({
    mutationFn: () => resumeFolder(id, { confirmRemoval: false }),
    onSettled: () => client.invalidateQueries({ queryKey: ["folders"] }),
  })
  const state = isWatched
    ? shelf.folders.watched
    : watchedSince === null
      ? shelf.folders.once
      : shelf.folders.notWatchedNow
  return (
    <li className={cards.card}>
      <div className={cards.head}>
        <h2 className={cards.path}>
          <Icon name="folder" />
          {root}
        </h2>
        <p className={cards.quiet}>
          {[
            shelf.folders.documents(number(documents), documents),
            collection,
            state,
            ...(reconciledAt === null ? [] : [shelf.folders.compared(ago(reconciledAt))]),
            ...(ignore.length === 0 ? [] : [shelf.folders.ignores(ignore.join(", "))]),
          ].join(" · ")}
        </p>
      </div>
      {pausedAt === null ? (
        <div className={cards.foot}>
          <Button isBusy={check.isPending} onClick={() => check.mutate()}>
            <Icon name="again" />
            {shelf.folders.compare}
          </Button>
        </div>
      ) : (
        <Brake folder={folder} />
      )}
      {check.error === null || pausedAt !== null ? null : <ProblemNotice error={check.error} />}
    </li>
  )
}

/** The question of the brake, and its two answers. */
function Brake({ folder: { id, root, pauseReason, documents } }: { readonly folder: SourceSummary }) {
  const { shelf } = useTexts()
  const { number } = useFormat()
  const client = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const answer = useMutation({
    mutationFn: (options: { readonly confirmRemoval: boolean }) => resumeFolder(id, options),
    onSettled: async () => {
      setAsking(false)
      await client.invalidateQueries({ queryKey: ["folders"] })
    },
  })
  return (
    <Notice tone="warn" title={shelf.folders.brakeTitle}>
      {pauseReason === null ? null : <p>{pauseReason}</p>}
      <p>{shelf.folders.brakeQuestion}</p>
      <div className={cards.foot}>
        <Button kind="primary" isBusy={answer.isPending} onClick={() => answer.mutate({ confirmRemoval: false })}>
          {shelf.folders.back}
        </Button>
        <Button kind="danger" disabled={answer.isPending} onClick={() => setAsking(true)}>
          {shelf.folders.gone}
        </Button>
      </div>
      {answer.error === null ? null : <p role="alert">{shelf.folders.stillPaused}</p>}
      {isAsking ? (
        <Dialog title={shelf.folders.goneTitle} onClose={() => setAsking(false)}>
          <p>{shelf.folders.goneText(root, number(documents))}</p>
          <div className={confirm.choices}>
            <Button onClick={() => setAsking(false)}>{shelf.keep}</Button>
            <Button kind="danger" isBusy={answer.isPending} onClick={() => answer.mutate({ confirmRemoval: true })}>
              {shelf.folders.goneNow}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </Notice>
  )
}
