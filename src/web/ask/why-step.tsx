import type { ReactNode } from "react"
import styles from "./why-step.module.css"

interface StepProps {
  readonly title: string
  readonly text?: string
  readonly children: ReactNode
}

/** One stage of an answer in the timeline. */
export function Step({ title, text, children }: StepProps) {
  return (
    <li className={styles.step}>
      <h2>{title}</h2>
      {text === undefined ? null : <p className={styles.text}>{text}</p>}
      {children}
    </li>
  )
}
