import { createRoute } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../../core/errors.ts"
import type { Answer, AnswerEvent, CallOptions, Question } from "../../core/types.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { toProblem } from "../problem.ts"
import { answer, askBody, json, problemResponses } from "../schemas.ts"
import { deadline, streamEvents, toDeadline } from "../stream.ts"
import { toQuestion } from "../to-question.ts"

const route = createRoute({
  method: "post",
  path: "/api/ask",
  tags: ["questions"],
  summary: "One answer with checked quotes",
  description:
    "With `Accept: text/event-stream` the events `passages`, `evidence`, `delta`, `citation`, `warning`, and last " +
    "`answer` or `error`, numbered by `id`.",
  security: [{ key: [] }],
  request: { body: { required: true, content: { "application/json": { schema: askBody } } } },
  responses: {
    200: {
      description: "The answer; abstaining is one too",
      content: { ...json(answer, "").content, "text/event-stream": { schema: { type: "string" as const } } },
    },
    ...problemResponses,
  },
})

/** Questions under way at once; the model takes one at a time, so more would only wait. */
const MOST_QUESTIONS = 16
let underWay = 0

export function registerAsk(app: HttpApp, kb: Pick<KnowledgeBase, "ask">, options: HttpOptions): void {
  app.openapi(route, async (context) => {
    const signal = deadline(context.req.raw.signal, options.answerTimeoutMs)
    const events = askWithin(kb, toQuestion(context.req.valid("json")), { principal: context.get("principal"), signal })
    if (!context.req.header("accept")?.includes("text/event-stream")) {
      return context.json((await wholeAnswer(events)) as never, 200)
    }
    const requestId = context.get("requestId")
    let sequence = 0
    const response = await streamEvents(
      context,
      events,
      async (stream, event) => {
        sequence = event.sequence
        await stream.writeSSE({ event: event.type, id: String(sequence), data: JSON.stringify(payload(event)) })
      },
      async (stream, thrown) => {
        const error = toIbidError(thrown)
        if (error.code === "cancelled") return
        options.log("error", "an answer failed in mid-stream", {
          requestId,
          code: error.code,
          error: error.cause ?? error,
        })
        const data = JSON.stringify(toProblem(error, requestId))
        await stream.writeSSE({ event: "error", id: String(sequence + 1), data })
      },
    )
    return response as never
  })
}

/** The answer flow with a bound on how many run at once. Throws `overloaded`, `deadline-exceeded`. */
export async function* askWithin(
  kb: Pick<KnowledgeBase, "ask">,
  question: Question,
  call: CallOptions & { readonly signal: AbortSignal },
): AsyncGenerator<AnswerEvent> {
  if (underWay >= MOST_QUESTIONS)
    throw new IbidError("overloaded", "Cannot answer now: too many questions are under way")
  underWay++
  try {
    yield* kb.ask(question, call)
  } catch (thrown) {
    throw toDeadline(thrown, call.signal)
  } finally {
    underWay--
  }
}

export async function wholeAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  let whole: Answer | undefined
  for await (const event of events) if (event.type === "answer") whole = event.answer
  if (whole === undefined) throw new TypeError("The answer flow ended without an answer")
  return whole
}

/** What goes over the wire for an event (INTERFACES, "Events of POST /api/ask"). */
function payload(event: AnswerEvent): unknown {
  switch (event.type) {
    case "passages":
      return { passages: event.passages }
    case "evidence":
      return { evidence: event.evidence }
    case "delta":
      return { text: event.text }
    case "citation":
      return event.citation
    case "warning":
      return event.warning
    case "answer":
      return event.answer
  }
}
