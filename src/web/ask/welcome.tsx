import { useQuery } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { Link } from "wouter"
import { lookAtShelf } from "../api/shelf.ts"
import { useTexts } from "../app/language.tsx"
import { Notice } from "../parts/notice.tsx"
import styles from "./welcome.module.css"

interface WelcomeProps {
  readonly onAsk: (question: string) => void
  /** The box. */
  readonly children: ReactNode
}

/** Before the first question: the box, what it does, and questions to try. */
export function Welcome({ onAsk, children }: WelcomeProps) {
  const { ask } = useTexts()
  const { data: shelf } = useQuery({ queryKey: ["shelf"], queryFn: ({ signal }) => lookAtShelf(signal) })
  return (
    <div className={styles.welcome}>
      <h1>{ask.title}</h1>
      <p className={styles.lead}>{ask.lead}</p>
      {children}
      <div className={styles.next}>
        {shelf === "sample" ? (
          <ul className={styles.examples} aria-label={ask.examplesTitle}>
            {ask.examples.map((question) => (
              <li key={question}>
                <button type="button" onClick={() => onAsk(question)}>
                  {question}
                </button>
              </li>
            ))}
          </ul>
        ) : null}
        {shelf === "empty" ? (
          <Notice tone="info" title={ask.noDocuments}>
            <p>{ask.noDocumentsText}</p>
            <Link href="/documents">{ask.toDocuments}</Link>
          </Notice>
        ) : null}
      </div>
    </div>
  )
}
