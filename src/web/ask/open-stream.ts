/** The answer that is being written for this tab; it stands until the answer has ended. */
export interface OpenStream {
  readonly conversationId: string
  readonly answerId: string
  readonly question: string
  /** The server does not know the conversation before this answer. */
  readonly isNew: boolean
}

const NAME = "ibid-open-stream"

export function keepOpenStream(open: OpenStream): void {
  try {
    window.sessionStorage.setItem(NAME, JSON.stringify(open))
  } catch {
    // without storage an answer does not survive a reload
  }
}

/** Called when an answer has ended; that of another conversation stays kept. */
export function forgetOpenStream(answerId: string | null): void {
  try {
    if (takeOpenStream()?.answerId === answerId) window.sessionStorage.removeItem(NAME)
  } catch {
    // nothing was kept
  }
}

/** What was kept when the page was left. */
export function takeOpenStream(): OpenStream | undefined {
  try {
    const kept: unknown = JSON.parse(window.sessionStorage.getItem(NAME) ?? "null")
    if (typeof kept !== "object" || kept === null) return undefined
    const { conversationId, answerId, question, isNew } = kept as Readonly<Record<string, unknown>>
    if (typeof conversationId !== "string" || typeof answerId !== "string" || typeof question !== "string")
      return undefined
    return { conversationId, answerId, question, isNew: isNew === true }
  } catch {
    return undefined
  }
}
