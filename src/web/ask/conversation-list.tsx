import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { Link, useLocation } from "wouter"
import type { Conversation } from "../../core/receipt.ts"
import { CONVERSATIONS_KEY, deleteConversation, listConversations } from "../api/conversations.ts"
import { goTo } from "../app/hash-location.ts"
import { useTexts } from "../app/language.tsx"
import { Button } from "../parts/button.tsx"
import { Dialog } from "../parts/dialog.tsx"
import { Icon } from "../parts/icon.tsx"
import { ProblemNotice } from "../parts/problem-notice.tsx"
import { forgetConversation } from "./ask-store.ts"
import styles from "./conversation-list.module.css"

/** What was asked before, newest first. */
export function ConversationList() {
  const { ask } = useTexts()
  const [path] = useLocation()
  const [deleting, setDeleting] = useState<Conversation>()
  const { data = [] } = useQuery({ queryKey: CONVERSATIONS_KEY, queryFn: ({ signal }) => listConversations(signal) })
  if (data.length === 0) return null
  return (
    <section className={styles.conversations} aria-label={ask.conversations}>
      <h2 className={styles.title}>{ask.conversations}</h2>
      <ul>
        {data.map((conversation) => (
          <li key={conversation.id} className={styles.entry}>
            <Link
              href={`/conversation/${conversation.id}`}
              className={styles.link}
              aria-current={path === `/conversation/${conversation.id}` ? "page" : undefined}
            >
              {conversation.title ?? ask.untitled}
            </Link>
            <button
              type="button"
              className={styles.delete}
              aria-label={ask.deleteConversation(conversation.title ?? ask.untitled)}
              onClick={() => setDeleting(conversation)}
            >
              <Icon name="trash" />
            </button>
          </li>
        ))}
      </ul>
      {deleting === undefined ? null : <DeleteDialog conversation={deleting} onClose={() => setDeleting(undefined)} />}
    </section>
  )
}

interface DeleteDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

function DeleteDialog({ conversation, onClose }: DeleteDialogProps) {
  const { ask, app } = useTexts()
  const [path] = useLocation()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deleteConversation(conversation.id),
    onSuccess: async () => {
      forgetConversation(conversation.id)
      if (path === `/conversation/${conversation.id}`) goTo("/", { replace: true })
      onClose()
      await client.invalidateQueries({ queryKey: CONVERSATIONS_KEY, exact: true })
    },
  })
  return (
    <Dialog title={ask.deleteTitle} onClose={onClose}>
      <p>{ask.deleteText(conversation.title ?? ask.untitled, conversation.turns)}</p>
      {remove.isError ? <ProblemNotice error={remove.error} /> : null}
      <div className={styles.choices}>
        <Button onClick={onClose}>{app.close}</Button>
        <Button kind="danger" isBusy={remove.isPending} onClick={() => remove.mutate()}>
          {ask.delete}
        </Button>
      </div>
    </Dialog>
  )
}
