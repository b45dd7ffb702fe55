import { type Ref, useState } from "react"
import type { DocumentSummary, TextLayout } from "../../core/types.ts"
import { originalAddress } from "../api/source.ts"
import { useLanguage, useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Icon } from "../parts/icon.tsx"
import styles from "./source-head.module.css"

interface SourceHeadProps {
  readonly document: DocumentSummary
  readonly layout: TextLayout | undefined
  readonly heading: Ref<HTMLHeadingElement>
  readonly address: string
  readonly onClose: (() => void) | undefined
}

/** Which document this is, and what can be done with it. */
export function SourceHead({ document, layout, heading, address, onClose }: SourceHeadProps) {
  const { source, app } = useTexts()
  const { language } = useLanguage()
  const day = (iso: string): string => new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(iso))
  const Heading = onClose === undefined ? "h1" : "h2"
  return (
    <header className={styles.head}>
      <div className={styles.names}>
        <Heading ref={heading} tabIndex={-1} className={styles.title}>
          {document.title}
        </Heading>
        <p className={styles.path}>{document.path}</p>
      </div>
      <div className={styles.actions}>
        <CopyLink address={address} />
        <a
          className={styles.action}
          href={originalAddress(document.id, layout?.revision ?? document.revision)}
          download={document.path.split("/").at(-1)}
          aria-label={source.download}
          title={source.download}
        >
          <Icon name="download" />
        </a>
        {onClose === undefined ? null : (
          <Button kind="quiet" label={app.close} onClick={onClose}>
            <Icon name="close" />
          </Button>
        )}
      </div>
      <p className={styles.facts}>
        <span>{source.modified(day(document.modifiedAt))}</span>
        {document.indexedAt === null ? null : <span>{source.indexed(day(document.indexedAt))}</span>}
        {layout === undefined ? null : (
          <span title={layout.revision}>{source.revision(layout.revision.slice(0, 8))}</span>
        )}
      </p>
    </header>
  )
}

/** Where the browser gives no clipboard to this address, the link is shown to be copied by hand. */
function CopyLink({ address }: { readonly address: string }) {
  const { source } = useTexts()
  const [state, setState] = useState<"ready" | "copied" | "refused">("ready")
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address)
      setState("copied")
    } catch {
      setState("refused")
    }
  }
  return (
    <>
      <Button kind="quiet" label={source.copyLink} onClick={() => void copy()} onBlur={() => setState("ready")}>
        <Icon name={state === "copied" ? "check" : "link"} />
      </Button>
      <span role="status" className={styles.copied}>
        {state === "copied" ? source.copied : ""}
      </span>
      {state === "refused" ? (
        <input className={styles.link} readOnly value={address} aria-label={source.copyByHand} />
      ) : null}
    </>
  )
}
