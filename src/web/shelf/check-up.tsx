import { useQueryClient } from "@tanstack/react-query"
import { useEffect, useRef, useState } from "react"
import type { DoctorReport, DoctorStep } from "../../core/doctor-report.ts"
import type { ServerStatus } from "../../core/shelf.ts"
import { checkUp } from "../api/service.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Icon } from "../parts/icon.tsx"
import { Notice } from "../parts/notice.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { useFormat } from "./format.ts"
import styles from "./health.module.css"

/** The check of every invariant, on request: its steps as they come, then what was found. */
export function CheckUp({ last }: { readonly last: ServerStatus["doctor"] }) {
  const { shelf } = useTexts()
  const { dateTime } = useFormat()
  const client = useQueryClient()
  const [steps, setSteps] = useState<readonly DoctorStep[]>([])
  const [isRunning, setRunning] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const leaving = useRef(new AbortController())
  useEffect(() => {
    const here = new AbortController()
    leaving.current = here
    return () => here.abort()
  }, [])

  const run = async (repair: boolean) => {
    const { signal } = leaving.current
    setSteps([])
    setProblem(null)
    setRunning(true)
    try {
      for await (const event of checkUp({ repair, signal })) {
        if (event.event === "step") setSteps((former) => [...former, event.step])
      }
      await client.invalidateQueries({ queryKey: ["system"] })
    } catch (thrown) {
      if (!signal.aborted) setProblem(thrown)
    } finally {
      setRunning(false)
    }
  }
  return (
    <section className={styles.section} aria-labelledby="doctor">
      <h2 id="doctor">{shelf.health.doctor}</h2>
      <p>{shelf.health.doctorText}</p>
      {isRunning ? (
        <ul className={styles.steps} aria-live="polite">
          {steps.map((step, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step may come twice, the order stays
            <li key={at}>
              <Icon name={at === steps.length - 1 ? "again" : "check"} />
              {shelf.health.steps[step]}
            </li>
          ))}
        </ul>
      ) : last === null ? null : (
        <>
          <p>{shelf.health.lastCheck(dateTime(last.finishedAt))}</p>
          <Report report={last.report} />
        </>
      )}
      {problem === null ? null : <ProblemNotice error={problem} />}
      <div>
        <Button isBusy={isRunning} onClick={() => void run(false)}>
          {shelf.health.check}
        </Button>{" "}
        {(last?.report.violations.length ?? 0) > 0 ? (
          <Button kind="primary" isBusy={isRunning} onClick={() => void run(true)}>
            {shelf.health.repair}
          </Button>
        ) : null}
      </div>
    </section>
  )
}

function Report({ report: { violations, documents, chunks } }: { readonly report: DoctorReport }) {
  const { shelf } = useTexts()
  const { number } = useFormat()
  if (violations.length === 0) return <p>{shelf.health.sound(number(documents), number(chunks))}</p>
  return (
    <Notice tone="bad" title={shelf.health.broken(number(violations.length), violations.length)}>
      <ul className={styles.violations}>
        {violations.slice(0, MOST_SHOWN).map(({ invariant, message, documentId }) => (
          <li key={`${invariant} ${message} ${documentId ?? ""}`}>
            {invariant}: {message}
          </li>
        ))}
      </ul>
      {violations.length > MOST_SHOWN ? <p>{shelf.health.more(number(violations.length - MOST_SHOWN))}</p> : null}
    </Notice>
  )
}

const MOST_SHOWN = 20
