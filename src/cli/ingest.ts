import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { bar, createStatusLine, note, print, printJson, shorten } from "./terminal.ts"

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
      if (event.event === "document-failed") {
        status.end()
        note(`failed     ${event.path}: ${event.message} (${event.code})`)
      } else if (event.event === "document-indexed" && event.warnings.length > 0) {
        status.end()
        note(`note       ${event.path}: ${shorten(event.warnings.join(", "), 100)}`)
      } else if (event.event === "summary") {
        status.end()
        const { indexed, unchanged, moved, chunks, seconds } = event
        const counts = `${indexed} indexed, ${unchanged} unchanged, ${moved > 0 ? `${moved} moved, ` : ""}${event.failed} failed`
        print(`${counts}; ${chunks} chunks in ${seconds} s`)
      }
    }
  } finally {
    status.end()
    await kb.dispose()
  }
  return failed === 0 ? 0 : 1
}

export function collectionOf(options: { readonly collection?: string }): { readonly collection?: string } {
  return options.collection === undefined ? {} : { collection: options.collection }
}
