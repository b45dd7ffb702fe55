import type { Conversation, ConversationTurn } from "../../core/receipt.ts"
import { requestJson } from "./request.ts"

export const CONVERSATIONS_KEY = ["conversations"] as const

interface List<Item> {
  readonly data: readonly Item[]
}

/** One's own, newest first. */
export async function listConversations(signal?: AbortSignal): Promise<readonly Conversation[]> {
  const { data } = await requestJson<List<Conversation>>("/api/conversations?limit=50", { signal })
  return data
}

/** In the order of asking. */
export async function listTurns(id: string, signal?: AbortSignal): Promise<readonly ConversationTurn[]> {
  const path = `/api/conversations/${encodeURIComponent(id)}`
  return (await requestJson<List<ConversationTurn>>(path, { signal })).data
}

export async function deleteConversation(id: string): Promise<void> {
  await requestJson(`/api/conversations/${encodeURIComponent(id)}`, { method: "DELETE" })
}
