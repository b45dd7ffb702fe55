import { useMutation } from "@tanstack/react-query"
import { type FormEvent, useId, useState } from "react"
import type { Verdict } from "../../core/receipt.ts"
import { type GivenFeedback, giveFeedback } from "../api/answers.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./feedback-form.module.css"

const VERDICTS: readonly Verdict[] = ["useful", "wrong", "missing-document"]

/** What its reader thinks of an answer; it becomes a question of the set that the next versions are measured with. */
export function FeedbackForm({ answerId }: { readonly answerId: string }) {
  const { ask } = useTexts()
  const { feedback } = ask
  const id = useId()
  const [chosen, setChosen] = useState<Verdict>()
  const [text, setText] = useState("")
  const [document, setDocument] = useState("")
  const give = useMutation({ mutationFn: (given: GivenFeedback) => giveFeedback(answerId, given) })

  const choose = (verdict: Verdict) => {
    give.reset()
    setChosen(verdict)
    if (verdict === "useful") give.mutate({ verdict })
  }
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (chosen === undefined) return
    const note = text.trim()
    const name = document.trim()
    give.mutate({
      verdict: chosen,
      ...(note === "" ? {} : { text: note }),
      ...(name === "" || chosen !== "missing-document" ? {} : { document: name }),
    })
  }

  return (
    <div className={styles.feedback}>
      <fieldset className={styles.verdicts}>
        <legend>{feedback.question}</legend>
        {VERDICTS.map((verdict) => (
          <button
            key={verdict}
            type="button"
            className={styles.verdict}
            aria-pressed={chosen === verdict}
            onClick={() => choose(verdict)}
          >
            {feedback.verdicts[verdict]}
          </button>
        ))}
        <span role="status" className={styles.thanks}>
          {give.isSuccess ? feedback.thanks : ""}
        </span>
      </fieldset>
      {chosen === undefined || chosen === "useful" || give.isSuccess ? null : (
        <form className={styles.form} onSubmit={send}>
          <label htmlFor={`${id}-text`}>{chosen === "wrong" ? feedback.whatIsWrong : feedback.whatIsMissing}</label>
          <textarea
            id={`${id}-text`}
            rows={2}
            maxLength={4_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          {chosen === "wrong" ? null : (
            <>
              <label htmlFor={`${id}-document`}>{feedback.document}</label>
              <input
                id={`${id}-document`}
                maxLength={4_096}
                value={document}
                placeholder={feedback.documentPlaceholder}
                onChange={(event) => setDocument(event.target.value)}
              />
            </>
          )}
          <Button type="submit" isBusy={give.isPending}>
            {feedback.send}
          </Button>
        </form>
      )}
      {give.isError ? <ProblemNotice error={give.error} /> : null}
    </div>
  )
}
