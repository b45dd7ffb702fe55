import type { ReactNode } from "react"
import styles from "./empty-state.module.css"

interface EmptyStateProps {
  readonly title: string
  readonly text: string
  /** What to do about it. */
  readonly children?: ReactNode
}

/** Nothing is here yet: what would be, and how it comes. */
export function EmptyState({ title, text, children }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  )
}
