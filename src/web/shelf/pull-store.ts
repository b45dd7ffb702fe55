import { useSyncExternalStore } from "react"
import type { PullProgress } from "../../core/models.ts"
import { cancelPull, pullModel } from "../api/service.ts"

/** Pulls that this window watches; they go on in the server, also when it is closed. */

export interface WatchedPull {
  readonly progress: PullProgress | null
  /** The last line of the server, such as why a source was left. */
  readonly note: string | undefined
  /** Why it has ended without the model. */
  readonly problem: unknown
}

let pulls: ReadonlyMap<string, WatchedPull> = new Map()
const tellers = new Set<() => void>()

export function usePulls(): ReadonlyMap<string, WatchedPull> {
  return useSyncExternalStore(
    (tell) => {
      tellers.add(tell)
      return () => tellers.delete(tell)
    },
    () => pulls,
  )
}

/** Begins a pull, or watches the one that is under way. Resolves when it has ended. */
export async function joinPull(id: string): Promise<void> {
  let watched: WatchedPull = { progress: null, note: undefined, problem: null }
  const change = (news: Partial<WatchedPull>) => {
    watched = { ...watched, ...news }
    set(new Map([...pulls, [id, watched]]))
  }
  change({})
  try {
    for await (const event of pullModel(id)) {
      if (event.event === "progress") change({ progress: event })
      else if (event.event === "note") change({ note: event.note })
    }
    set(new Map([...pulls].filter(([other]) => other !== id)))
  } catch (problem) {
    change({ problem })
  }
}

export async function stopPull(id: string): Promise<void> {
  // it may have ended just now
  await cancelPull(id).catch(() => undefined)
}

function set(next: ReadonlyMap<string, WatchedPull>): void {
  pulls = next
  for (const tell of tellers) tell()
}
