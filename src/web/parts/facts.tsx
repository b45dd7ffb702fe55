import type { ReactNode } from "react"
import styles from "./facts.module.css"

interface FactsProps {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[]
  /** Without lines between them, for a few among other text. */
  readonly isPlain?: boolean
}

/** Names and values, one a line. */
export function Facts({ facts, isPlain = false }: FactsProps) {
  return (
    <dl className={isPlain ? styles.plain : styles.ruled}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
