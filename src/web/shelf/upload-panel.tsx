import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useState } from "react"
import { Link } from "wouter"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Icon } from "../parts/icon.tsx"
import { useFormat } from "./format.ts"
import { Meter } from "./meter.tsx"
import styles from "./upload-panel.module.css"
import { cancelUpload, clearUploads, repeatUpload, type Upload, useUploads } from "./upload-store.ts"

/** Before the last step, which the server does not tell the length of. */
const WORKING_SHARE = { queued: 0.55, parsing: 0.7, embedding: 0.85, indexed: 1, failed: 1 } as const
const SENT_SHARE = 0.5

/** What became of each file that was given here; in a corner, so that nothing moves when it comes. */
export function UploadPanel() {
  const { shelf } = useTexts()
  const uploads = useUploads()
  const client = useQueryClient()
  const [isOpen, setOpen] = useState(true)
  const ended = uploads.filter(({ state }) => ["searchable", "failed"].includes(state.type)).length
  const stored = uploads.filter(({ state }) => !["waiting", "sending"].includes(state.type)).length
  useEffect(() => {
    if (stored + ended > 0) void client.invalidateQueries({ queryKey: ["documents"] })
  }, [stored, ended, client])
  if (uploads.length === 0) return null
  return (
    <section className={styles.panel} aria-label={shelf.uploads.title}>
      <header className={styles.head}>
        <h2 aria-live="polite">{shelf.uploads.progress(ended, uploads.length)}</h2>
        <Button kind="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? shelf.uploads.fold : shelf.uploads.unfold}
        </Button>
        <Button kind="quiet" disabled={ended === 0} onClick={clearUploads}>
          {shelf.uploads.clear}
        </Button>
      </header>
      {isOpen ? (
        <ul className={styles.list}>
          {uploads.map((upload) => (
            <UploadItem key={upload.id} upload={upload} />
          ))}
        </ul>
      ) : null}
    </section>
  )
}

function UploadItem({ upload }: { readonly upload: Upload }) {
  const { shelf } = useTexts()
  const { bytes } = useFormat()
  const { id, path, file, state } = upload
  const isUnderWay = state.type !== "searchable" && state.type !== "failed"
  return (
    <li className={styles.item}>
      <div className={styles.line}>
        <span className={styles.name} title={path}>
          {path}
        </span>
        <span className={styles.size}>{bytes(file.size)}</span>
        {isUnderWay ? (
          <Button kind="quiet" label={shelf.uploads.cancel(path)} onClick={() => void cancelUpload(id)}>
            <Icon name="close" />
          </Button>
        ) : null}
        {state.type === "failed" ? (
          <Button kind="quiet" label={shelf.uploads.again(path)} onClick={() => repeatUpload(id)}>
            <Icon name="again" />
          </Button>
        ) : null}
      </div>
      {isUnderWay ? <Meter label={path} share={shareOf(upload)} /> : null}
      <UploadState upload={upload} />
    </li>
  )
}

function UploadState({ upload: { state } }: { readonly upload: Upload }) {
  const { shelf, problems } = useTexts()
  switch (state.type) {
    case "waiting":
      return <p>{shelf.uploads.waiting}</p>
    case "sending":
      return <p>{shelf.uploads.sending}</p>
    case "working":
      return <p>{shelf.uploads.working[state.at]}</p>
    case "searchable":
      return (
        <p className={styles.good}>
          {state.isUnchanged ? shelf.uploads.unchanged : shelf.uploads.searchable}{" "}
          <Link href={`/documents/${encodeURIComponent(state.documentId)}`}>{shelf.uploads.open}</Link>
        </p>
      )
    case "failed": {
      const failure = shelf.failures[state.code as keyof typeof shelf.failures]
      const problem = problems.byCode[state.code as keyof typeof problems.byCode]
      const what = failure?.what ?? problem?.title ?? (state.message || problems.unknownTitle)
      return (
        <p className={styles.bad}>
          {`${what}. ${failure?.next ?? problem?.next ?? ""} `}
          {state.documentId === null ? null : (
            <Link href={`/documents/${encodeURIComponent(state.documentId)}`}>{shelf.uploads.open}</Link>
          )}
        </p>
      )
    }
  }
}

/** The first half is the sending, the second what the server does. */
function shareOf({ state, sentBytes, file }: Upload): number {
  if (state.type === "working") return WORKING_SHARE[state.at]
  return state.type === "sending" && file.size > 0 ? (SENT_SHARE * Math.min(sentBytes, file.size)) / file.size : 0
}
