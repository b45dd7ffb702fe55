import { resolve } from "node:path"
import { growSet } from "../app/grow-set.ts"
import { type CommandContext, withKnowledgeBase } from "./context.ts"
import { note, print, printJson } from "./terminal.ts"

/** Grows a set of questions for `ibid eval` from feedback on answers. */
export async function evalCollectCommand(
  out: string,
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return await withKnowledgeBase(context, async (kb, call) => {
    const grown = await growSet(resolve(out), kb, call)
    if (options.json === true) printJson(grown)
    else {
      print(`${grown.questions} questions, ${grown.added} of them new, over ${grown.documents} documents`)
      const waiting = "wait in unlabelled.jsonl for a person to name their document"
      if (grown.unlabelled > 0) note(`${grown.unlabelled} ${waiting}`)
    }
    return 0
  })
}
