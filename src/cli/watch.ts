import { existsSync } from "node:fs"
import type { WatchedFolder } from "../app/knowledge-base.ts"
import { type CommandContext, LOCAL, openKnowledgeBase } from "./context.ts"
import { describeEvent } from "./describe-event.ts"
import { bar, createStatusLine, note, print, printJson } from "./terminal.ts"

export interface WatchCommandOptions {
  readonly collection?: string
  readonly ignore?: readonly string[]
  readonly maxFileSize?: number
  readonly json?: boolean
}

/** Keeps a folder indexed until a signal stops it. */
export async function watchCommand(
  path: string,
  options: WatchCommandOptions,
  context: CommandContext,
): Promise<number> {
  const kb = await openKnowledgeBase(context)
  const status = createStatusLine()
  try {
    const call = { principal: LOCAL, signal: context.signal }
    if (options.json !== true) note(`Watching ${path}; Ctrl-C stops it`)
    for await (const event of kb.watch(toWatched(path, options), call)) {
      if (event.event === "progress") {
        if (event.done < event.total)
          status.show(`${bar(event.done, event.total)} ${event.done} of ${event.total} files`)
        else status.end()
      } else if (options.json === true) printJson(event)
      else {
        status.end()
        const line = describeEvent(event)
        if (line !== undefined) print(line)
      }
    }
  } catch (thrown) {
    if (!context.signal.aborted) throw thrown
  } finally {
    status.end()
    await kb.dispose()
  }
  return 0
}

/** `FOLDER` or `FOLDER=COLLECTION`; a folder whose own name has such an end is taken for what it is. */
export function parseWatched(text: string, options: Omit<WatchCommandOptions, "collection">): WatchedFolder {
  const place = text.lastIndexOf("=")
  if (place <= 0 || existsSync(text)) return toWatched(text, options)
  return toWatched(text.slice(0, place), { ...options, collection: text.slice(place + 1) })
}

function toWatched(path: string, { collection, ignore, maxFileSize }: WatchCommandOptions): WatchedFolder {
  return {
    path,
    ...(collection === undefined ? {} : { collection }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(maxFileSize === undefined ? {} : { maxFileBytes: maxFileSize }),
  }
}
