import { and, asc, count, desc, eq, lt, sql } from "drizzle-orm"
import { IbidError } from "../core/errors.ts"
import type { Conversation, ConversationTurn, Receipt } from "../core/receipt.ts"
import type { DocumentId, Principal } from "../core/types.ts"
import type { Database, Queries } from "./client.ts"
import { deleteReceipts, toReceipt } from "./receipts.ts"
import { answers, conversations } from "./schema.ts"

/** Conversations are their principal's alone, administrators included: each query has its id in the condition. */

const firstQuestion = sql<string | null>`(SELECT first.question FROM answers AS first
  WHERE first.principal_id = ${conversations.principalId} AND first.conversation_id = ${conversations.id}
  ORDER BY first.created_at, first.id LIMIT 1)`

/** Newest first. */
export async function listConversations(
  queries: Queries,
  query: { readonly principal: Principal; readonly limit: number; readonly after?: string },
): Promise<Conversation[]> {
  const { principal, after } = query
  const cursor =
    after === undefined
      ? undefined
      : lt(
          sql`(${conversations.updatedAt}, ${conversations.id})`,
          sql`(SELECT updated_at, id FROM conversations WHERE principal_id = ${principal.id} AND id = ${after})`,
        )
  const rows = await queries
    .select({ conversation: conversations, turns: count(answers.id), title: firstQuestion })
    .from(conversations)
    .leftJoin(
      answers,
      and(eq(answers.principalId, conversations.principalId), eq(answers.conversationId, conversations.id)),
    )
    .where(and(eq(conversations.principalId, principal.id), cursor))
    .groupBy(conversations.principalId, conversations.id)
    .orderBy(desc(conversations.updatedAt), desc(conversations.id))
    .limit(query.limit)
  return rows.map(({ conversation, turns, title }) => ({
    id: conversation.id,
    createdAt: new Date(conversation.createdAt).toISOString(),
    updatedAt: new Date(conversation.updatedAt).toISOString(),
    ...{ turns, title },
  }))
}

/** In the order of asking. Throws `not-found`. */
export async function listTurns(queries: Queries, principal: Principal, id: string): Promise<ConversationTurn[]> {
  const rows = await queries
    .select({
      ...{ answerId: answers.id, question: answers.question, status: answers.status, createdAt: answers.createdAt },
    })
    .from(answers)
    .where(ofConversation(principal, id))
    .orderBy(asc(answers.createdAt), asc(answers.id))
  if (rows.length === 0) throw conversationNotFound()
  return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt).toISOString() }))
}

/** The newest turn, or undefined where the conversation has none. */
export async function findLastTurn(queries: Queries, principal: Principal, id: string): Promise<Receipt | undefined> {
  const [row] = await queries
    .select()
    .from(answers)
    .where(ofConversation(principal, id))
    .orderBy(desc(answers.createdAt), desc(answers.id))
    .limit(1)
  return row === undefined ? undefined : toReceipt(row)
}

/** The documents that the last turns of a conversation cited, newest turn first, in the order of the markers. */
export async function listCitedDocuments(
  queries: Queries,
  principal: Principal,
  conversation: { readonly id: string; readonly turns: number },
): Promise<DocumentId[]> {
  const rows = await queries
    .select({ answer: answers.answer })
    .from(answers)
    .where(ofConversation(principal, conversation.id))
    .orderBy(desc(answers.createdAt), desc(answers.id))
    .limit(conversation.turns)
  return [...new Set(rows.flatMap(({ answer }) => answer.citations.map(({ documentId }) => documentId)))]
}

/** Deletes a conversation with its questions and receipts. Throws `not-found`. */
export async function deleteConversation(database: Database, principal: Principal, id: string): Promise<void> {
  await database.write(async (transaction) => {
    const gone = await transaction
      .delete(conversations)
      .where(and(eq(conversations.principalId, principal.id), eq(conversations.id, id)))
      .returning({ id: conversations.id })
    if (gone.length === 0) throw conversationNotFound()
    const turns = await transaction.select({ id: answers.id }).from(answers).where(ofConversation(principal, id))
    await deleteReceipts(
      transaction,
      turns.map((turn) => turn.id),
    )
  })
}

function ofConversation(principal: Principal, id: string) {
  return and(eq(answers.principalId, principal.id), eq(answers.conversationId, id))
}

/** The same words for what does not exist and for what is another principal's. */
function conversationNotFound(): IbidError {
  return new IbidError("not-found", "Cannot find the conversation: there is none with this id")
}
