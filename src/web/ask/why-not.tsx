import { useMutation } from "@tanstack/react-query"
import { type FormEvent, useId, useState } from "react"
import { getReceipt } from "../api/answers.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import styles from "./why-not.module.css"

/** What became of a document that its reader had expected. */
export function WhyNot({ answerId }: { readonly answerId: string }) {
  const { why } = useTexts()
  const id = useId()
  const [name, setName] = useState("")
  const look = useMutation({
    mutationFn: async (document: string) => (await getReceipt(answerId, { document })).document,
  })
  const send = (event: FormEvent) => {
    event.preventDefault()
    look.mutate(name.trim())
  }
  return (
    <section className={styles.box} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{why.whyNot}</h2>
      <form className={styles.form} onSubmit={send}>
        <input
          aria-labelledby={`${id}-title`}
          aria-describedby={`${id}-help`}
          required
          value={name}
          placeholder={why.whyNotPlaceholder}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" isBusy={look.isPending}>
          {why.whyNotAsk}
        </Button>
      </form>
      <p id={`${id}-help`} className={styles.help}>
        {why.whyNotHelp}
      </p>
      <div role="status">
        {look.data === undefined ? null : (
          <>
            <p className={styles.outcome}>{`${look.data.path}: ${why.outcomes[look.data.outcome]}`}</p>
            <p>{look.data.message}</p>
          </>
        )}
      </div>
      {look.isError ? <ProblemNotice error={look.error} /> : null}
    </section>
  )
}
