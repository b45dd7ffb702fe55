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
 * where nothing is searchable yet that a beginning would take the place of. The others are discarded.
 */
export function createBeginningPublisher(
  publish: (beginning: Prepared) => Promise<void>,
  discard: (beginning: Prepared) => Promise<void>,
): BeginningPublisher {
  const discarding: Promise<void>[] = []
  let waiting: Prepared | undefined
  let running: Promise<void> | undefined
  let published = 0

  const leaveOut = (beginning: Prepared | undefined): void => {
    if (beginning === undefined) return
    const done = discard(beginning)
    done.catch(() => undefined) // thrown by `end`
    discarding.push(done)
  }

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
        leaveOut(beginning)
        return
      }
      leaveOut(waiting)
      waiting = beginning
      running ??= run()
      running.catch(() => undefined) // thrown by `end`
    },
    async end() {
      leaveOut(waiting)
      waiting = undefined
      await running
      await Promise.all(discarding)
    },
  }
}
