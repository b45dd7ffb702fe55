import type { ReactNode } from "react"
import styles from "./notice.module.css"

interface NoticeProps {
  readonly tone: "info" | "warn" | "bad"
  readonly title?: string
  readonly children?: ReactNode
}

/** Something that has to be known here: what it is and what to do next. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div role={tone === "bad" ? "alert" : "note"} className={`${styles.notice} ${styles[tone]}`}>
      {title === undefined ? null : <p className={styles.title}>{title}</p>}
      {children}
    </div>
  )
}
