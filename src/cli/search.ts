import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { describePassage } from "./describe-passage.ts"
import { note, print, printJson } from "./terminal.ts"

export interface SearchOptions {
  readonly collection?: string
  readonly limit?: number
  readonly json?: boolean
}

/** Passages, without a language model. */
export async function searchCommand(
  question: string,
  options: SearchOptions,
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    const result = await kb.search(
      {
        question,
        ...(options.collection === undefined ? {} : { collections: [options.collection] }),
        ...(options.limit === undefined ? {} : { limit: options.limit }),
      },
      { principal: LOCAL, signal: context.signal },
    )
    if (options.json === true) {
      printJson(result)
      return 0
    }
    for (const passage of result.passages) print(`${describePassage(passage)}\n`)
    note(result.passages.length === 0 ? "Nothing found" : `${result.timings.totalMs} ms`)
    return 0
  } finally {
    await kb.dispose()
  }
}
