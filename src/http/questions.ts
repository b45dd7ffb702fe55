import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { IbidError } from "../core/errors.ts"
import type { Answer, AnswerEvent, CallOptions, Question } from "../core/types.ts"

/** Questions under way at once; the model takes one at a time, so more would only wait. */
const MOST_QUESTIONS = 16

export type Ask = (
  question: Question,
  call: CallOptions & { readonly signal: AbortSignal },
) => AsyncGenerator<AnswerEvent>

/**
 * The answer flow of one front end, with bounds on how many run at once and how long each may take. Throws `overloaded`
 * and `deadline-exceeded` beside what the flow throws.
 */
export function limitQuestions(kb: Pick<KnowledgeBase, "ask">, options: { readonly timeoutMs: number }): Ask {
  let underWay = 0
  return async function* ask(question, call) {
    if (underWay >= MOST_QUESTIONS) {
      const context = { waiting: "questions" }
      throw new IbidError("overloaded", "Cannot answer now: too many questions are under way", { context })
    }
    underWay++
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(options.timeoutMs)])
    try {
      yield* kb.ask(question, { ...call, signal })
    } catch (thrown) {
      throw toDeadline(thrown, signal)
    } finally {
      underWay--
    }
  }
}

export async function wholeAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  let whole: Answer | undefined
  for await (const event of events) if (event.type === "answer") whole = event.answer
  if (whole === undefined) throw new TypeError("The answer flow ended without an answer")
  return whole
}

/** A cancellation that the clock has caused is a deadline. */
function toDeadline(thrown: unknown, signal: AbortSignal): unknown {
  const isTimeout = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError"
  const isCancelled =
    (thrown instanceof IbidError && thrown.code === "cancelled") || (isTimeout && thrown === signal.reason)
  if (!isTimeout || !isCancelled) return thrown
  return new IbidError("deadline-exceeded", "Cannot answer: it took longer than allowed", { cause: thrown })
}
