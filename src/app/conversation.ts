import { IbidError } from "../core/errors.ts"
import type { Principal, Question } from "../core/types.ts"
import type { Database } from "../db/client.ts"
import { findLastTurn } from "../db/conversations.ts"
import { completeFollowUp } from "../retrieval/follow-up.ts"

/** Letters, digits and what ids are made of; it is the principal's own name, and no other's conversation is found by it. */
const NAME = /^[A-Za-z0-9_.:-]{1,64}$/

/**
 * The question as it is searched with: completed from the turn before it where it belongs to a conversation. Throws
 * `invalid-request` for an id that is none.
 */
export async function completeFromConversation(
  question: Question,
  database: Database,
  principal: Principal,
): Promise<Question> {
  const { conversationId, history = [], ...request } = question
  const former =
    conversationId === undefined
      ? history.reduce(follow, "")
      : await formerQuestion(conversationId, database, principal)
  return { ...request, question: follow(former, question.question) }
}

/** What was searched with last, or nothing. */
async function formerQuestion(conversationId: string, database: Database, principal: Principal): Promise<string> {
  if (!NAME.test(conversationId)) {
    const state = "it has 1 to 64 letters, digits, dots, colons, dashes and underscores"
    throw new IbidError("invalid-request", `Cannot use the id of a conversation: ${state}`)
  }
  return (await findLastTurn(database.read, principal, conversationId))?.request.question ?? ""
}

function follow(former: string, question: string): string {
  return former === "" ? question : completeFollowUp(question, former)
}
