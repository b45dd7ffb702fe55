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

/** Names and their values, a line each. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
