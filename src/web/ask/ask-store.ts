import { useSyncExternalStore } from "react"
import { type AnswerStream, type AskOptions, getReceipt, openStream, resumeStream, stopStream } from "../api/answers.ts"
import { ApiProblem } from "../api/request.ts"
import { forgetOpenStream, keepOpenStream, type OpenStream, takeOpenStream } from "./open-stream.ts"
import { advance, beginTurn, type Turn, toTurn } from "./turn.ts"

/** Breaks of a connection that are gone over; the server says meanwhile when it has stopped. */
const MOST_RESUMES = 5
const RESUME_AFTER_MS = 300
const NONE: readonly Turn[] = []

interface Running {
  readonly abort: AbortController
  /** Stopping was asked for before the answer had a name. */
  isUnwanted: boolean
}

/** Questions of this page, by conversation: they go on while their reader looks at another place. */
const turnsOf = new Map<string, readonly Turn[]>()
const running = new Map<string, Running>()
/** Conversations that were begun here: the server does not know them before their first answer. */
const begun = new Set<string>()
const listeners = new Set<() => void>()
let serial = 0

export function useTurns(conversationId: string): readonly Turn[] {
  return useSyncExternalStore(subscribe, () => turnsOf.get(conversationId) ?? NONE)
}

/** Told when an answer has ended: the list of conversations is not what it was. */
let onEnded: () => void = () => undefined
export function whenEnded(tell: () => void): void {
  onEnded = tell
}

export function isBegunHere(conversationId: string): boolean {
  return begun.has(conversationId)
}

export function newConversationId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return `chat_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`
}

/** Asks within a conversation, which it begins where the id is new. */
export function ask(options: AskOptions & { readonly conversationId: string }): void {
  const { conversationId } = options
  const turn = beginTurn(`turn-${++serial}`, options)
  const isFirst = !turnsOf.has(conversationId)
  if (isFirst && options.conversationId.startsWith("chat_")) begun.add(conversationId)
  put(conversationId, turn)
  performance.mark("ibid-asked")
  void follow(turn, (signal) => openStream(options, signal))
}

/** The server stops too; what has been found stays. */
export function stop(turn: Turn): void {
  const found = running.get(turn.key)
  if (found === undefined) return
  found.isUnwanted = true
  if (turn.answerId !== null) void end(turn.answerId, found)
}

/** Goes on with the answer that was being written when the page was left. */
export function resumeOpenStream(): void {
  const open = takeOpenStream()
  if (open === undefined) return
  const { conversationId, answerId, question, isNew } = open
  if (isNew) begun.add(conversationId)
  const turn = beginTurn(`turn-${++serial}`, { question, conversationId }, answerId)
  put(conversationId, turn)
  void follow(turn, (signal) => resumeStream(answerId, null, signal))
}

async function follow(first: Turn, open: (signal: AbortSignal) => Promise<AnswerStream>): Promise<void> {
  const conversationId = first.asked.conversationId ?? ""
  const mine: Running = { abort: new AbortController(), isUnwanted: false }
  running.set(first.key, mine)
  let turn = first
  const show = (next: Turn) => {
    turn = next
    put(conversationId, turn)
  }
  try {
    let last: string | null = null
    let stream = await open(mine.abort.signal)
    const { answerId } = stream
    show({ ...turn, answerId })
    keep(turn, conversationId)
    if (mine.isUnwanted) void end(answerId, mine)
    for (let breaks = 0; turn.status === "asking"; breaks++) {
      try {
        for await (const event of stream.events) {
          last = event.id
          // what comes before this is the server's time, what comes after is the page's
          if (event.type === "evidence") performance.mark("ibid-received")
          show(advance(turn, event))
        }
      } catch (thrown) {
        if (mine.abort.signal.aborted || breaks >= MOST_RESUMES) throw thrown
      }
      if (turn.status !== "asking") break
      if (breaks >= MOST_RESUMES) throw unreachable()
      await new Promise((resolve) => setTimeout(resolve, RESUME_AFTER_MS * 2 ** breaks))
      stream = await resumeStream(answerId, last, mine.abort.signal)
    }
  } catch (thrown) {
    if (mine.isUnwanted) show({ ...turn, status: "stopped" })
    else show((await storedAnswer(turn, thrown)) ?? { ...turn, status: "failed", error: thrown })
  } finally {
    running.delete(first.key)
    forgetOpenStream(turn.answerId)
    onEnded()
  }
}

/** A stream that is not kept any more may have ended well. */
async function storedAnswer(turn: Turn, thrown: unknown): Promise<Turn | undefined> {
  if (turn.answerId === null || !(thrown instanceof ApiProblem) || thrown.status !== 404) return undefined
  return await getReceipt(turn.answerId).then(
    (receipt) => ({ ...toTurn(receipt), key: turn.key }),
    () => ({ ...turn, status: "stopped" as const }),
  )
}

async function end(answerId: string, { abort }: Running): Promise<void> {
  await stopStream(answerId).catch(() => undefined)
  abort.abort()
}

function keep({ answerId, asked, status }: Turn, conversationId: string): void {
  if (answerId === null || status !== "asking") return
  const open: OpenStream = { conversationId, answerId, question: asked.question, isNew: begun.has(conversationId) }
  keepOpenStream(open)
}

function put(conversationId: string, turn: Turn): void {
  const turns = turnsOf.get(conversationId) ?? []
  const at = turns.findIndex(({ key }) => key === turn.key)
  turnsOf.set(conversationId, at < 0 ? [...turns, turn] : turns.with(at, turn))
  for (const tell of listeners) tell()
}

/** Forgets what a deleted conversation has said. */
export function forgetConversation(conversationId: string): void {
  for (const turn of turnsOf.get(conversationId) ?? []) stop(turn)
  turnsOf.delete(conversationId)
  begun.delete(conversationId)
  for (const tell of listeners) tell()
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

function unreachable(): ApiProblem {
  return new ApiProblem({ status: 0, code: "unreachable", detail: "The connection broke", requestId: undefined })
}
