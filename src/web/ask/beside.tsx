import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react"
import { useTexts } from "../app/language.tsx"
import { Dialog } from "../parts/dialog.tsx"
import { Loading } from "../parts/loading.tsx"
import styles from "./beside.module.css"
import { useOpenSource } from "./open-source.ts"
import type { Quote } from "./quotes.ts"

const SourceView = lazy(async () => ({ default: (await import("../source/source-view.tsx")).SourceView }))
/** Two columns that can be read stand beside each other from here on. */
const WIDE = "(width >= 1100px)"

interface BesideProps {
  /** What previous and next go through in the source. */
  readonly quotes: readonly Quote[]
  readonly children: ReactNode
}

/** An answer, and the source of one of its quotes beside it; on a narrow window the source covers the answer. */
export function Beside({ quotes, children }: BesideProps) {
  const { ask } = useTexts()
  const { place, show, close } = useOpenSource()
  const isWide = useSyncExternalStore(onWidthChange, () => window.matchMedia(WIDE).matches)
  if (place === null) return <div className={styles.alone}>{children}</div>
  const source = (
    <Suspense fallback={<Loading />}>
      <SourceView {...place} quotes={quotes} onGoTo={show} onClose={close} />
    </Suspense>
  )
  if (!isWide) {
    return (
      <div className={styles.alone}>
        {children}
        <Dialog kind="sheet" title={ask.source} onClose={close}>
          {source}
        </Dialog>
      </div>
    )
  }
  return (
    <div className={styles.both}>
      <div className={styles.answer}>{children}</div>
      <section className={styles.source} aria-label={ask.source}>
        {source}
      </section>
    </div>
  )
}

function onWidthChange(tell: () => void): () => void {
  const query = window.matchMedia(WIDE)
  query.addEventListener("change", tell)
  return () => query.removeEventListener("change", tell)
}
