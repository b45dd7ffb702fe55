import { useTexts } from "../app/language.tsx"
import styles from "./loading.module.css"

/** Says that something is on its way; what is there at once never shows it. */
export function Loading() {
  const { parts } = useTexts()
  return (
    <p role="status" className={styles.loading}>
      {parts.loading}
    </p>
  )
}
