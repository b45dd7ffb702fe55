import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useCallback, useEffect, useRef, useState } from "react"
import { getReceipt } from "../api/answers.ts"
import { CONVERSATIONS_KEY, listTurns } from "../api/conversations.ts"
import { goTo, useHashSearch } from "../app/hash-location.ts"
import { useTexts } from "../app/language.tsx"
import { Loading } from "../parts/loading.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { ask, isBegunHere, newConversationId, stop, useTurns, whenEnded } from "./ask-store.ts"
import styles from "./ask-view.module.css"
import { Beside } from "./beside.tsx"
import { useOpenSource } from "./open-source.ts"
import { type Asked, QuestionBox } from "./question-box.tsx"
import { quotesOf } from "./quotes.ts"
import { SearchResults } from "./search-results.tsx"
import { type Turn, toTurn } from "./turn.ts"
import { TurnView } from "./turn-view.tsx"
import { useKeys } from "./use-keys.ts"
import { Welcome } from "./welcome.tsx"

/** The page that people use: the box, and above it what was asked and answered in this conversation. */
export function AskView({ conversationId }: { readonly conversationId?: string }) {
  const { ask: texts } = useTexts()
  const [ownId] = useState(newConversationId)
  const id = conversationId ?? ownId
  const live = useTurns(id)
  const { data: stored = [], error, isLoading, refetch } = useStoredTurns(conversationId)
  const turns = [...stored.filter(({ answerId }) => !live.some((one) => one.answerId === answerId)), ...live]
  const search = new URLSearchParams(useHashSearch())
  const searched = conversationId === undefined ? search.get("q") : null
  const asking = live.find(({ status }) => status === "asking")
  const { place, close } = useOpenSource()
  useTellEnded()
  useScrollToNewest(turns)

  const onEscape = useCallback(() => {
    if (asking !== undefined) stop(asking)
    else if (place !== null) close()
  }, [asking, place, close])
  useKeys({ onEscape })

  const send = ({ question, mode, collection }: Asked) => {
    const chosen = collection === undefined ? {} : { collection }
    if (mode === "search") return goTo(`/?${new URLSearchParams({ q: question, ...chosen })}`)
    ask({ question, conversationId: id, ...chosen, ...(mode === "quotes" ? { generate: false } : {}) })
    if (conversationId === undefined) goTo(`/conversation/${id}`)
  }
  const isNew = conversationId === undefined && searched === null && turns.length === 0
  const box = (
    <QuestionBox
      key={searched ?? ""}
      onAsk={send}
      onStop={asking === undefined ? undefined : () => stop(asking)}
      isFollowUp={turns.length > 0}
      {...(searched === null ? {} : { firstText: searched, firstMode: "search" })}
    />
  )
  if (isNew)
    return <Welcome onAsk={(question) => send({ question, mode: "answer", collection: undefined })}>{box}</Welcome>
  return (
    <Beside quotes={turns.flatMap(quotesOf)}>
      <div className={styles.page}>
        <h1 className={styles.title}>{searched === null ? texts.conversation : texts.searchFor(searched)}</h1>
        {error === null ? null : <ProblemNotice error={error} onRetry={() => void refetch()} />}
        {isLoading ? <Loading /> : null}
        <div className={styles.turns}>
          {searched === null ? null : (
            <SearchResults question={searched} collection={search.get("collection") ?? undefined} />
          )}
          {turns.map((turn) => (
            <TurnView key={turn.key} turn={turn} onAskAgain={() => ask({ ...turn.asked, conversationId: id })} />
          ))}
        </div>
        <div className={styles.box}>{box}</div>
      </div>
    </Beside>
  )
}

/** Answers of before; a conversation that was begun in this page has none that the page does not know. */
function useStoredTurns(conversationId: string | undefined) {
  return useQuery({
    queryKey: [...CONVERSATIONS_KEY, conversationId, "turns"],
    enabled: conversationId !== undefined && !isBegunHere(conversationId),
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<readonly Turn[]> => {
      const turns = await listTurns(conversationId ?? "", signal)
      return await Promise.all(turns.map(async ({ answerId }) => toTurn(await getReceipt(answerId, { signal }))))
    },
  })
}

/** The list of conversations is read anew after each answer. */
function useTellEnded(): void {
  const client = useQueryClient()
  useEffect(() => {
    whenEnded(() => void client.invalidateQueries({ queryKey: CONVERSATIONS_KEY, exact: true }))
  }, [client])
}

/** A new question stands at the top of the window, and what comes for it has its room below. */
function useScrollToNewest(turns: readonly Turn[]): void {
  const last = turns.at(-1)
  const scrolledTo = useRef(last?.status === "asking" ? "" : last?.key)
  useEffect(() => {
    if (last === undefined || last.key === scrolledTo.current) return
    scrolledTo.current = last.key
    if (turns.length > 1) document.querySelector("article:last-of-type")?.scrollIntoView({ block: "start" })
  }, [last, turns.length])
}
