import type { ReactNode } from "react"
import styles from "./hidden.module.css"

/** Words for who does not see what stands around them. */
export function Hidden({ children }: { readonly children: ReactNode }) {
  return <span className={styles.hidden}>{children}</span>
}
