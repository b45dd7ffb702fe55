import { createRoute } from "@hono/zod-openapi"
import type { AnswerEvent } from "../../core/types.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { toProblem } from "../problem.ts"
import { type Ask, wholeAnswer } from "../questions.ts"
import { answer, askBody, json, problemResponses } from "../schemas.ts"
import { streamEvents } from "../stream.ts"
import { toQuestion } from "../to-question.ts"

const route = createRoute({
  ...{ method: "post", path: "/api/ask", tags: ["questions"], security: [{ key: [] }] },
  summary: "One answer with checked quotes",
  description:
    "With `Accept: text/event-stream` the events `passages`, `evidence`, `delta`, `citation`, `warning`, and last " +
    "`answer` or `error`, numbered by `id`.",
  request: { body: { required: true, content: { "application/json": { schema: askBody } } } },
  responses: {
    200: {
      description: "The answer; abstaining is one too",
      content: { ...json(answer, "").content, "text/event-stream": { schema: { type: "string" as const } } },
    },
    ...problemResponses,
  },
})

export function registerAsk(app: HttpApp, ask: Ask, { log }: Pick<HttpOptions, "log">): void {
  app.openapi(route, async (context) => {
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    const events = ask(toQuestion(context.req.valid("json")), call)
    if (!context.req.header("accept")?.includes("text/event-stream")) {
      return context.json((await wholeAnswer(events)) as never, 200)
    }
    let sequence = 0
    const response = await streamEvents(context, events, {
      log,
      write: async (output, event) => {
        sequence = event.sequence
        await output.writeSSE({ event: event.type, id: String(sequence), data: JSON.stringify(payload(event)) })
      },
      fail: async (output, error) => {
        const data = JSON.stringify(toProblem(error, context.get("requestId")))
        await output.writeSSE({ event: "error", id: String(sequence + 1), data })
      },
    })
    return response as never
  })
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
