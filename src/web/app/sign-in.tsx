import { useQueryClient } from "@tanstack/react-query"
import { type FormEvent, useState } from "react"
import { ApiProblem } from "../api/request.ts"
import { SESSION_KEY, signIn } from "../api/session.ts"
import { Button } from "../parts/button.tsx"
import { useTexts } from "./language.tsx"
import { Settings } from "./settings.tsx"
import styles from "./sign-in.module.css"

/** One field, and where its content is found. */
export function SignIn() {
  const { app } = useTexts()
  const client = useQueryClient()
  const [key, setKey] = useState("")
  const [failure, setFailure] = useState<string>()
  const [isSending, setSending] = useState(false)

  const send = async (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    setFailure(undefined)
    try {
      client.setQueryData(SESSION_KEY, await signIn(key.trim()))
    } catch (thrown) {
      const isRefused = thrown instanceof ApiProblem && [400, 401].includes(thrown.status)
      setFailure(isRefused ? app.keyRefused : app.unreachable)
      setSending(false)
    }
  }

  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <p className={styles.brand} aria-hidden="true">
          Ibid
        </p>
        <h1>{app.signInTitle}</h1>
        <form onSubmit={(event) => void send(event)}>
          <label htmlFor="key">{app.key}</label>
          <input
            id="key"
            type="password"
            autoComplete="current-password"
            required
            value={key}
            onChange={(event) => setKey(event.target.value)}
            aria-describedby={failure === undefined ? "key-help" : "key-help key-failure"}
            aria-invalid={failure !== undefined}
          />
          {failure === undefined ? null : (
            <p id="key-failure" role="alert" className={styles.failure}>
              {failure}
            </p>
          )}
          <Button type="submit" kind="primary" isBusy={isSending}>
            {app.signIn}
          </Button>
        </form>
        <p id="key-help" className={styles.help}>
          {app.keyHelp}
        </p>
        <Settings />
      </div>
    </main>
  )
}
