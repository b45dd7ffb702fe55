import { IbidError } from "../core/errors.ts"
import type { Principal, Question } from "../core/types.ts"
import type { Database } from "../db/client.ts"
import { findLastTurn, listCitedDocuments } from "../db/conversations.ts"
import { completeFollowUp } from "../retrieval/follow-up.ts"
import { asExclusion, wordingOf } from "../retrieval/phrases.ts"

/** Letters, digits and what ids are made of; it is the principal's own name, and no other's conversation is found by it. */
const NAME = /^[A-Za-z0-9_.:-]{1,64}$/

/** So many turns back, what was cited stays at hand. */
const TURNS = 5
const MOST_DOCUMENTS = 8

/**
 * The question as it is searched with: completed from the turn before it, and with the documents that the last turns
 * cited, where it belongs to a conversation. Throws `invalid-request` for an id that is none.
 */
export async function completeFromConversation(
  question: Question,
  database: Database,
  principal: Principal,
): Promise<Question> {
  const { conversationId, history = [], ...request } = question
  if (conversationId === undefined)
    return { ...request, question: follow(history.reduce(follow, ""), question.question) }
  const former = await formerQuestion(conversationId, database, principal)
  const cited = await listCitedDocuments(database.read, principal, { id: conversationId, turns: TURNS })
  return {
    ...{ ...request, question: follow(former, question.question) },
    ...(cited.length === 0 ? {} : { earlierDocuments: cited.slice(0, MOST_DOCUMENTS) }),
  }
}

/** What was searched with last, or nothing. */
async function formerQuestion(conversationId: string, database: Database, principal: Principal): Promise<string> {
  if (!NAME.test(conversationId)) {
    const state = "it has 1 to 64 letters, digits, dots, colons, dashes and underscores"
    throw new IbidError("invalid-request", `Cannot use the id of a conversation: ${state}`)
  }
  return (await findLastTurn(database.read, principal, conversationId))?.request.question ?? ""
}

/** What either question excludes completes nothing; what this one excludes stays at its end. */
function follow(former: string, question: string): string {
  if (former === "") return question
  const { text, excluded } = wordingOf(flat(question))
  const completed = completeFollowUp(text, wordingOf(flat(former)).text)
  return [completed, ...excluded.map(asExclusion)].join(" ")
}

function flat(question: string): string {
  return question.replace(/\s+/g, " ").trim()
}
