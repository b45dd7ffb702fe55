import type { JobState } from "../../core/types.ts"
import { useTexts } from "../app/language.tsx"
import styles from "./state-mark.module.css"

/** What a document or job stands at, in a word; the dot only helps to find it. */
export function StateMark({ state, text }: { readonly state: JobState; readonly text?: string }) {
  const { shelf } = useTexts()
  return <span className={`${styles.mark} ${styles[state]}`}>{text ?? shelf.states[state]}</span>
}
