import { type CommandContext, withKnowledgeBase } from "./context.ts"
import { print, printJson, shorten, shown, table } from "./terminal.ts"

/** Conversations of this machine's command line, newest first. */
export async function listConversationsCommand(
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const { data } = await kb.listConversations(call)
    if (options.json === true) for (const conversation of data) printJson(conversation)
    else if (data.length > 0) {
      const rows = data.map(({ id, updatedAt, turns }) => [id, updatedAt, String(turns)])
      print(table([["ID", "LAST", "TURNS"], ...rows]))
    }
    return 0
  })
}

export async function showConversationCommand(
  id: string,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const turns = await kb.listTurns(id, call)
    if (options.json === true) for (const turn of turns) printJson(turn)
    else print(table(turns.map((turn) => [turn.answerId, turn.status, shorten(shown(turn.question), 100)])))
    return 0
  })
}

export async function deleteConversationCommand(
  id: string,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    await kb.deleteConversation(id, call)
    if (options.json === true) printJson({ event: "conversation-deleted", id })
    else print(`deleted ${shown(id)}`)
    return 0
  })
}
