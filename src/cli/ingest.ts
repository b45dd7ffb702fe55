import type { IngestEvent } from "../core/types.ts"
import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { describeEvent } from "./describe-event.ts"
import { bar, createStatusLine, note, print, printJson, shorten, shown } from "./terminal.ts"

/** Indexes files and folders once. Exit code 1 when a document failed. */
export async function ingestCommand(
  paths: readonly string[],
  options: { readonly collection?: string; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  const status = createStatusLine()
  let failed = 0
  try {
    const call = { principal: LOCAL, signal: context.signal, ...collectionOf(options) }
    for await (const event of kb.ingest(paths, call)) {
      if (event.event === "progress") {
        status.show(`${bar(event.done, event.total)} ${event.done} of ${event.total} documents`)
        continue
      }
      if (event.event === "document-failed") failed++
      if (options.json === true) {
        printJson(event)
        continue
      }
      const line = noteOf(event)
      if (line !== undefined) {
        status.end()
        note(line)
      } else if (event.event === "summary") {
        status.end()
        const { indexed, unchanged, moved, removed, chunks, seconds } = event
        const further = [...(moved > 0 ? [`${moved} moved`] : []), ...(removed > 0 ? [`${removed} removed`] : [])]
        const counts = [`${indexed} indexed`, `${unchanged} unchanged`, ...further, `${event.failed} failed`].join(", ")
        print(`${counts}; ${chunks} chunks in ${seconds} s`)
      }
    }
  } finally {
    status.end()
    await kb.dispose()
  }
  return failed === 0 ? 0 : 1
}

/** What is worth a line of its own on a terminal; what was indexed without a remark is in the summary. */
function noteOf(event: IngestEvent): string | undefined {
  if (event.event !== "document-indexed") return event.event === "summary" ? undefined : describeEvent(event)
  if (event.warnings.length === 0) return undefined
  return `note       ${shown(event.path)}: ${shorten(event.warnings.map(shown).join(", "), 100)}`
}

export function collectionOf(options: { readonly collection?: string }): { readonly collection?: string } {
  return options.collection === undefined ? {} : { collection: options.collection }
}
