import { useQuery } from "@tanstack/react-query"
import { useCallback } from "react"
import { Link } from "wouter"
import { getReceipt } from "../api/answers.ts"
import { goTo } from "../app/hash-location.ts"
import { useLanguage, useTexts } from "../app/language.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { ask, newConversationId } from "./ask-store.ts"
import { Beside } from "./beside.tsx"
import { useOpenSource } from "./open-source.ts"
import { quotesOf } from "./quotes.ts"
import styles from "./stored-answer.module.css"
import { toTurn } from "./turn.ts"
import { TurnView } from "./turn-view.tsx"
import { useKeys } from "./use-keys.ts"

/** An answer of before, from its receipt: as it was given, with what has become of its documents. */
export function StoredAnswer({ answerId }: { readonly answerId: string }) {
  const { ask: texts } = useTexts()
  const { language } = useLanguage()
  const { place, close } = useOpenSource()
  const { data, error, refetch } = useQuery({
    queryKey: ["receipt", answerId],
    queryFn: ({ signal }) => getReceipt(answerId, { signal }),
  })
  const onEscape = useCallback(() => {
    if (place !== null) close()
  }, [place, close])
  useKeys({ onEscape })
  if (error !== null) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading />
  const turn = toTurn(data)
  const askAgain = () => {
    const conversationId = data.conversationId ?? newConversationId()
    ask({ question: data.question, conversationId })
    goTo(`/conversation/${conversationId}`)
  }
  return (
    <Beside quotes={quotesOf(turn)}>
      <div className={styles.page}>
        <h1 className={styles.when}>
          {texts.answeredAt(
            new Date(data.createdAt).toLocaleString(language, { dateStyle: "long", timeStyle: "short" }),
          )}
        </h1>
        <TurnView turn={turn} onAskAgain={askAgain} />
        {data.conversationId === null ? null : (
          <p>
            <Link href={`/conversation/${data.conversationId}`}>{texts.toConversation}</Link>
          </p>
        )}
      </div>
    </Beside>
  )
}
