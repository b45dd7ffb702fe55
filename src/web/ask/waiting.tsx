import { useEffect, useState } from "react"
import { useTexts } from "../app/language.tsx"
import styles from "./waiting.module.css"

/** From when on the seconds are told: before, nobody wonders. */
const SHOWN_FROM_SECONDS = 3

/** Says what is being done, and for how long already. */
export function Waiting({ hasEvidence }: { readonly hasEvidence: boolean }) {
  const { ask } = useTexts()
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const started = performance.now()
    const timer = setInterval(() => setSeconds(Math.round((performance.now() - started) / 1_000)), 1_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <p className={styles.waiting}>
      <span className={styles.dot} aria-hidden="true" />
      {hasEvidence ? ask.writing : ask.searching}
      {seconds < SHOWN_FROM_SECONDS ? null : <span className={styles.seconds}>{ask.seconds(seconds)}</span>}
    </p>
  )
}
