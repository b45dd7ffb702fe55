import { useMutation, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { useLocation } from "wouter"
import type { DocumentSummary } from "../../core/types.ts"
import { cancelJob, listJobs, removeDocument, retryDocument } from "../api/catalogue.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Dialog } from "../parts/dialog.tsx"
import { Icon } from "../parts/icon.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./confirm.module.css"

interface DocumentActionsProps {
  readonly document: DocumentSummary
  readonly isAdmin: boolean
}

/** Read it, fetch it, try again, cancel, remove: what makes sense as the document stands. */
export function DocumentActions({ document, isAdmin }: DocumentActionsProps) {
  const { shelf } = useTexts()
  const client = useQueryClient()
  const [, go] = useLocation()
  const [isRemoving, setRemoving] = useState(false)
  const { id, state, chunks, path } = document
  const isUnderWay = state !== "indexed" && state !== "failed"
  const settle = async () => {
    await client.invalidateQueries({ queryKey: ["document", id] })
    await client.invalidateQueries({ queryKey: ["documents"] })
  }
  const retry = useMutation({ mutationFn: () => retryDocument(id), onSettled: settle })
  const cancel = useMutation({ mutationFn: () => cancelJobOf(id), onSettled: settle })
  const error = retry.error ?? cancel.error
  return (
    <>
      {chunks > 0 ? (
        <Button kind="primary" onClick={() => go(`/source/${encodeURIComponent(id)}`)}>
          {shelf.document.open}
        </Button>
      ) : null}
      {isAdmin && (state === "failed" || hasUnreadPages(document)) ? (
        <Button isBusy={retry.isPending} onClick={() => retry.mutate()}>
          <Icon name="again" />
          {shelf.document.retry}
        </Button>
      ) : null}
      {isAdmin && isUnderWay ? (
        <Button isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          <Icon name="stop" />
          {shelf.document.cancel}
        </Button>
      ) : null}
      <a className={styles.link} href={`/api/documents/${encodeURIComponent(id)}/original`} download>
        <Icon name="download" />
        {shelf.document.download}
      </a>
      {isAdmin ? (
        <Button kind="danger" onClick={() => setRemoving(true)}>
          <Icon name="trash" />
          {shelf.document.remove}
        </Button>
      ) : null}
      {error === null ? null : <ProblemNotice error={error} />}
      {isRemoving ? <RemoveDialog id={id} path={path} onClose={() => setRemoving(false)} /> : null}
    </>
  )
}

function RemoveDialog(props: { readonly id: string; readonly path: string; readonly onClose: () => void }) {
  const { id, path, onClose } = props
  const { shelf } = useTexts()
  const client = useQueryClient()
  const [, go] = useLocation()
  const [erase, setErase] = useState(false)
  const remove = useMutation({
    mutationFn: () => removeDocument(id, { erase }),
    onSuccess: async () => {
      client.removeQueries({ queryKey: ["document", id] })
      go("/documents")
      await client.invalidateQueries({ queryKey: ["documents"] })
    },
  })
  return (
    <Dialog title={shelf.document.removeTitle} onClose={onClose}>
      <p>{shelf.document.removeText(path)}</p>
      <label className={styles.check}>
        <input type="checkbox" checked={erase} onChange={({ target }) => setErase(target.checked)} />
        <span>
          {shelf.document.erase}
          <small>{shelf.document.eraseText}</small>
        </span>
      </label>
      {remove.error === null ? null : <ProblemNotice error={remove.error} />}
      <div className={styles.choices}>
        <Button onClick={onClose}>{shelf.keep}</Button>
        <Button kind="danger" isBusy={remove.isPending} onClick={() => remove.mutate()}>
          {erase ? shelf.document.eraseNow : shelf.document.removeNow}
        </Button>
      </div>
    </Dialog>
  )
}

function hasUnreadPages({ report, state }: DocumentSummary): boolean {
  return state === "indexed" && (report?.weakPages ?? []).some(({ code }) => code !== undefined)
}

async function cancelJobOf(documentId: string): Promise<void> {
  const jobs = await listJobs({ documentId, isUnfinished: true }, undefined, new AbortController().signal)
  for (const { id } of jobs.data) await cancelJob(id)
}
