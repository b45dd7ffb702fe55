import { type IbidError, throwIfAborted } from "../core/errors.ts"

interface Outcome {
  readonly jobId: string
  readonly willRetry: boolean
  /** Jobs that came of it. */
  readonly spawned: readonly string[]
}

/** What one run waits for, among the outcomes of all jobs. */
export interface Inbox<Item extends Outcome> {
  /** Waits for these jobs and for what comes of them, whether they have ended already or not. */
  expect(jobIds: readonly string[]): void
  /** The expected outcomes that are there and were not taken yet. */
  arrived(): Item[]
  /** The others, until none is expected any more. Throws what has stopped the work, and `cancelled`. */
  rest(signal: AbortSignal): AsyncGenerator<Item>
  close(): void
}

/** Carries the outcomes of jobs from the one flow that does them to those who wait for some of them. */
export interface Outcomes<Item extends Outcome> {
  publish(outcome: Item): void
  /**
   * The queue is worked off: what is expected, has not ended here and is not unfinished by SQL was ended from outside
   * (cancelled, overtaken by a newer content), and is not waited for any more.
   */
  settle(findUnfinished: (jobIds: readonly string[]) => Promise<ReadonlySet<string>>): Promise<void>
  /** The work has stopped: who waits will not get more. */
  fail(error: IbidError): void
  subscribe(): Inbox<Item>
}

export function createOutcomes<Item extends Outcome>(): Outcomes<Item> {
  const inboxes = new Set<Receiver<Item>>()
  return {
    publish: (outcome) => {
      for (const inbox of inboxes) inbox.take(outcome)
    },
    settle: async (findUnfinished) => {
      for (const inbox of inboxes) {
        const pending = inbox.pending()
        const unfinished = await findUnfinished(pending)
        inbox.forget(pending.filter((jobId) => !unfinished.has(jobId)))
      }
    },
    fail: (error) => {
      for (const inbox of inboxes) inbox.fail(error)
    },
    subscribe: () => {
      const { receiver, inbox } = createInbox<Item>(() => inboxes.delete(receiver))
      inboxes.add(receiver)
      return inbox
    },
  }
}

interface Receiver<Item> {
  take(outcome: Item): void
  fail(error: IbidError): void
  /** Expected and not ended here. */
  pending(): readonly string[]
  forget(jobIds: readonly string[]): void
}

function createInbox<Item extends Outcome>(onClose: () => void): { receiver: Receiver<Item>; inbox: Inbox<Item> } {
  const expected = new Set<string>()
  /** Ended, not taken; also those that nobody expects yet. */
  const waiting = new Map<string, Item>()
  let failure: IbidError | undefined
  let wakeUp = (): void => undefined

  const receiver: Receiver<Item> = {
    take(outcome) {
      if (!outcome.willRetry) waiting.set(outcome.jobId, outcome)
      wakeUp()
    },
    fail(error) {
      failure = error
      wakeUp()
    },
    pending: () => [...expected].filter((jobId) => !waiting.has(jobId)),
    forget(jobIds) {
      for (const jobId of jobIds) expected.delete(jobId)
      wakeUp()
    },
  }

  const takeOne = (): Item | undefined => {
    for (const jobId of expected) {
      const outcome = waiting.get(jobId)
      if (outcome === undefined) continue
      waiting.delete(jobId)
      expected.delete(jobId)
      for (const spawned of outcome.spawned) expected.add(spawned)
      return outcome
    }
    return undefined
  }

  const inbox: Inbox<Item> = {
    expect: (jobIds) => {
      for (const jobId of jobIds) expected.add(jobId)
    },
    arrived: () => {
      const items: Item[] = []
      for (let item = takeOne(); item !== undefined; item = takeOne()) items.push(item)
      return items
    },
    rest: async function* (signal) {
      signal.addEventListener("abort", () => wakeUp(), { once: true })
      while (expected.size > 0) {
        throwIfAborted(signal)
        const item = takeOne()
        if (item !== undefined) {
          yield item
          continue
        }
        if (failure !== undefined) {
          const error = failure
          failure = undefined // who waits on is told of the next one
          throw error
        }
        await new Promise<void>((resolve) => {
          wakeUp = resolve
        })
      }
    },
    close: onClose,
  }
  return { receiver, inbox }
}
