import { IbidError } from "../core/errors.ts"

interface Remembered {
  readonly body: string
  readonly outcome: Promise<unknown>
  readonly until: number
}

const MOST_KEYS = 1_000
const LIFETIME_MS = 24 * 60 * 60 * 1_000

/** The key of a request, or undefined. Throws `invalid-request` for one that is empty, long or not printable ASCII. */
export function readKey(header: string | undefined): string | undefined {
  if (header === undefined || /^[\x21-\x7e]{1,200}$/.test(header)) return header
  throw new IbidError(
    "invalid-request",
    "Cannot read the request: its Idempotency-Key is not 1 to 200 plain characters",
  )
}

/**
 * Remembers what was answered to an `Idempotency-Key`, so that a client may send again without doing twice. The same key
 * with another body throws `conflict`; a failure is not remembered.
 */
export function createIdempotency() {
  const remembered = new Map<string, Remembered>()
  return {
    once: async <Outcome>(key: string, body: string, work: () => Promise<Outcome>): Promise<Outcome> => {
      const known = remembered.get(key)
      if (known !== undefined && known.until > performance.now()) {
        if (known.body !== body) {
          throw new IbidError("conflict", "Cannot do this: the Idempotency-Key was used with another body")
        }
        return (await known.outcome) as Outcome
      }
      const outcome = work()
      remembered.delete(key)
      remembered.set(key, { body, outcome, until: performance.now() + LIFETIME_MS })
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MOST_KEYS) break
        remembered.delete(oldest)
      }
      try {
        return await outcome
      } catch (thrown) {
        remembered.delete(key)
        throw thrown
      }
    },
  }
}
