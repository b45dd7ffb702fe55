import type { ReactNode } from "react"
import styles from "./shelf-page.module.css"

interface ShelfPageProps {
  readonly title: string
  /** What is seen here, in a sentence. */
  readonly lead?: ReactNode
  /** What can be done here. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** Title, sentence and actions of a view, and its content below. */
export function ShelfPage({ title, lead, actions, children }: ShelfPageProps) {
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.words}>
          <h1>{title}</h1>
          {lead === undefined ? null : <div className={styles.lead}>{lead}</div>}
        </div>
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}
