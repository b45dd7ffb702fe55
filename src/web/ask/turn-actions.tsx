import { useState } from "react"
import { Link } from "wouter"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Icon } from "../parts/icon.tsx"
import { copyText } from "./copy-text.ts"
import { FeedbackForm } from "./feedback-form.tsx"
import type { Quote } from "./quotes.ts"
import { toPlainText } from "./to-plain-text.ts"
import type { Turn } from "./turn.ts"
import styles from "./turn-actions.module.css"

interface TurnActionsProps {
  readonly turn: Turn
  readonly quotes: readonly Quote[]
  readonly onAskAgain: () => void
}

export function TurnActions({ turn, quotes, onAskAgain }: TurnActionsProps) {
  const { ask } = useTexts()
  const [copied, setCopied] = useState<"answer" | "link" | "failed">()
  const { answer } = turn
  const isKept = answer !== null && answer.receipt !== null
  const copy = async (what: "answer" | "link", text: string) => setCopied((await copyText(text)) ? what : "failed")
  return (
    <div className={styles.actions}>
      <div className={styles.row}>
        {answer === null ? null : (
          <Button kind="quiet" onClick={() => void copy("answer", toPlainText(turn, quotes, ask))}>
            <Icon name="copy" />
            {ask.copy}
          </Button>
        )}
        {isKept ? (
          <Button kind="quiet" onClick={() => void copy("link", linkOf(answer.id))}>
            <Icon name="link" />
            {ask.copyLink}
          </Button>
        ) : null}
        <Button kind="quiet" onClick={onAskAgain}>
          <Icon name="again" />
          {ask.again}
        </Button>
        {isKept ? (
          <Link href={`/answer/${answer.id}/why`} className={styles.why}>
            {ask.why}
          </Link>
        ) : null}
        <span role="status" className={styles.said}>
          {copied === undefined ? "" : ask.copied[copied]}
        </span>
      </div>
      {isKept ? <FeedbackForm answerId={answer.id} /> : null}
    </div>
  )
}

function linkOf(answerId: string): string {
  const { origin, pathname } = window.location
  return `${origin}${pathname}#/answer/${answerId}`
}
