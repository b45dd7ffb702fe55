import type { Answer } from "../core/types.ts"
import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { describeSources } from "./describe-passage.ts"
import { createStatusLine, isTerminal, note, print, printJson, shown, shownText, write } from "./terminal.ts"

export interface AskOptions {
  readonly collection?: string
  readonly generate?: boolean
  readonly model?: string
  readonly conversation?: string
  readonly strict?: boolean
  readonly json?: boolean
}

/** One answer; its text streams on a terminal. With `--strict` abstaining is exit code 1. */
export async function askCommand(question: string, options: AskOptions, context: CommandContext): Promise<number> {
  const kb = await openKnowledgeBase(context)
  const status = createStatusLine()
  try {
    const events = kb.ask(
      {
        question,
        ...(options.collection === undefined ? {} : { collections: [options.collection] }),
        ...(options.generate === undefined ? {} : { generate: options.generate }),
        ...(options.model === undefined ? {} : { model: options.model }),
        ...(options.conversation === undefined ? {} : { conversationId: options.conversation }),
      },
      { principal: LOCAL, signal: context.signal },
    )
    let answer: Answer | undefined
    let streamed = false
    status.show("searching …")
    for await (const event of events) {
      if (event.type === "evidence") status.show("evidence found, writing …")
      else if (event.type !== "passages") status.end()
      if (event.type === "delta" && options.json !== true && isTerminal()) {
        write(shownText(event.text))
        streamed = true
      }
      if (event.type === "warning" && options.json !== true) note(`note: ${shown(event.warning.message)}`)
      if (event.type === "answer") answer = event.answer
    }
    if (answer === undefined) throw new TypeError("The answer flow ended without an answer")
    if (options.json === true) printJson(answer)
    else printAnswer(answer, streamed)
    return answer.status === "abstained" && options.strict === true ? 1 : 0
  } finally {
    status.end()
    await kb.dispose()
  }
}

function printAnswer(answer: Answer, streamed: boolean): void {
  print(streamed ? "" : shownText(answer.text))
  const lines = describeSources(answer)
  if (lines.length > 0) print(`\n${lines.join("\n")}`)
  const { totalMs } = answer.timings
  note(`\n${answer.mode}, ${(totalMs / 1000).toFixed(1)} s, ${answer.model.generator ?? "no language model"}`)
  if (answer.receipt !== null) note(`receipt: ibid answers show ${answer.receipt}`)
}
