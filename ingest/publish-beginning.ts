import type { Prepared } from "./prepare.ts"

export interface BeginningPublisher {
  /** Takes the newest beginning of a document; one that still waits gives way to it. */
  offer(beginning: Prepared): void
  /** Resolves when nothing is under way; throws what has failed. */
  end(): Promise<void>
}

/** So much longer than the one before it must a beginning be to be worth the work. */
const GROWTH = 1.5

/**
 * Publishes the beginnings of a long document while its end is still being read: one at a time, the newest, and only
 * where nothing is searchable yet that a beginning would take the place of.
 */
export function createBeginningPublisher(publish: (beginning: Prepared) => Promise<void>): BeginningPublisher {
  let waiting: Prepared | undefined
  let running: Promise<void> | undefined
  let published = 0

  const run = async (): Promise<void> => {
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined
      try {
        await publish(next)
        published = next.chunks.length
      } finally {
        next.release()
      }
    }
    running = undefined
  }

  return {
    offer(beginning) {
      const isWorthIt = beginning.chunks.length > 0 && beginning.chunks.length >= published * GROWTH
      if (!isWorthIt || beginning.document.indexedRevision !== null) {
        beginning.release()
        return
      }
      waiting?.release()
      waiting = beginning
      running ??= run()
      running.catch(() => undefined) // thrown by `end`
    },
    async end() {
      waiting?.release()
      waiting = undefined
      await running
    },
  }
}
