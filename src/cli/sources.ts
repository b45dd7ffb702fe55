import type { SourceSummary } from "../core/types.ts"
import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { note, print, printJson, shown, table } from "./terminal.ts"

/** Folders that documents come from, and why one is paused. */
export async function listSourcesCommand(
  options: { readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    const sources = await kb.listSources({ principal: LOCAL, signal: context.signal })
    if (options.json === true) for (const source of sources) printJson(source)
    else {
      const rows = sources.map((source) => [
        ...[source.id, source.collection, String(source.documents), stateOf(source), shown(source.root)],
        source.pauseReason ?? "",
      ])
      if (rows.length > 0) print(table([["ID", "COLLECTION", "DOCUMENTS", "STATE", "FOLDER", ""], ...rows]))
      note(`${rows.length} folders`)
    }
    return 0
  } finally {
    await kb.dispose()
  }
}

/** Compares a folder again; a person confirms that what is missing is to be removed. */
export async function resumeSourceCommand(
  id: string,
  options: { readonly confirm?: boolean; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  try {
    const confirmRemoval = options.confirm === true
    const source = await kb.resumeSource(id, { confirmRemoval }, { principal: LOCAL, signal: context.signal })
    if (options.json === true) printJson(source)
    else print(`${shown(source.root)} is in step: ${source.documents} documents`)
    return 0
  } finally {
    await kb.dispose()
  }
}

function stateOf({ pausedAt, isWatched, watchedSince }: SourceSummary): string {
  if (pausedAt !== null) return "paused"
  if (isWatched) return "watched"
  return watchedSince === null ? "indexed once" : "not watched now"
}
