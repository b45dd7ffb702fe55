/** Carries items from who has them to the one who reads them, in order. */
export interface Channel<Item> {
  send(item: Item): void
  /** Ends the reading after what has been sent, with an error where one is given. */
  close(error?: unknown): void
  items(): AsyncGenerator<Item>
}

export function createChannel<Item>(): Channel<Item> {
  const waiting: Item[] = []
  let end: { readonly error: unknown } | undefined
  let wakeUp = (): void => undefined
  return {
    send: (item) => {
      if (end !== undefined) return
      waiting.push(item)
      wakeUp()
    },
    close: (error) => {
      end ??= { error }
      wakeUp()
    },
    items: async function* () {
      for (;;) {
        for (const item of waiting.splice(0)) yield item
        if (waiting.length > 0) continue
        if (end !== undefined) {
          if (end.error !== undefined) throw end.error
          return
        }
        await new Promise<void>((resolve) => {
          wakeUp = resolve
        })
      }
    },
  }
}
