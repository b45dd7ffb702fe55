import { randomUUID } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import type { Context } from "hono"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../../core/errors.ts"
import type { AnswerEvent, CallOptions } from "../../core/types.ts"
import { createAnswerStreams, unknownStream } from "../answer-streams.ts"
import type { HttpApp, HttpEnvironment, HttpOptions } from "../environment.ts"
import type { EventLog, Frame } from "../event-log.ts"
import { toProblem } from "../problem.ts"
import { type Ask, wholeAnswer } from "../questions.ts"
import { answer, askBody, idParameter, json, problemResponses } from "../schemas.ts"
import { logLateFailure, streamFrames } from "../stream.ts"
import { toQuestion } from "../to-question.ts"

const eventStream = { "text/event-stream": { schema: { type: "string" as const } } }
const security = [{ key: [] }]
const route = createRoute({
  ...{ method: "post", path: "/api/ask", tags: ["questions"], security },
  summary: "One answer with checked quotes",
  description:
    "With `Accept: text/event-stream` the events `passages`, `evidence`, `delta`, `citation`, `warning`, and last " +
    "`answer` or `error`, numbered by `id`. `Content-Location` is where a broken stream is resumed.",
  request: {
    headers: z.object({
      "x-resume-within": z
        .string()
        .regex(/^(?:[1-9]|10)$/, "is 1 to 10 seconds")
        .optional()
        .openapi({
          description: "Seconds that a stream is written on without a reader, 1 to 10; absent means half a one",
        }),
    }),
    body: { required: true, content: { "application/json": { schema: askBody } } },
  },
  responses: {
    200: {
      description: "The answer; abstaining is one too",
      headers: z.object({
        "Content-Location": z
          .string()
          .optional()
          .openapi({ description: "Of a stream: `/api/ask/{id of the answer}`" }),
      }),
      content: { ...json(answer, "").content, ...eventStream },
    },
    ...problemResponses,
  },
})
const resume = createRoute({
  ...{ method: "get", path: "/api/ask/{id}", tags: ["questions"], security },
  summary: "What a broken stream of POST /api/ask has missed",
  description:
    "The events after `Last-Event-ID` (all of them without it), those that are still to be written too; the question is " +
    "not answered twice. For who has asked alone, and while every document of the answer may be read. An answer is " +
    "written on for half a second without a reader (`X-Resume-Within`), then it is stopped, and its last event is the `error` `cancelled`: " +
    "ask again. Streams are kept for a minute after their end, the newest 64 with 16 MB together; then, and for an " +
    "unknown id, 404, and `GET /api/answers/{id}` has what was answered. One reader at a time: a new one ends the former.",
  request: {
    params: idParameter,
    headers: z.object({
      "last-event-id": z
        .string()
        .regex(/^\d{1,9}$/, "is the number of an event")
        .optional(),
    }),
  },
  responses: {
    200: { description: "The events", content: eventStream },
    204: { description: "Nothing is left to send" },
    ...problemResponses,
  },
})

const stop = createRoute({
  ...{ method: "delete", path: "/api/ask/{id}", tags: ["questions"], security },
  summary: "Stop an answer that is being written",
  description:
    "For who has asked alone. The last event of its stream is the `error` `cancelled`; one that has ended stays.",
  request: { params: idParameter },
  responses: { 204: { description: "Nothing more is written" }, ...problemResponses },
})

export function registerAsk(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "getDocument">,
  { ask, log }: Pick<HttpOptions, "log"> & { readonly ask: Ask },
): void {
  const streams = createAnswerStreams()

  app.openapi(route, async (context) => {
    const principal = context.get("principal")
    const question = toQuestion(context.req.valid("json"))
    if (!context.req.header("accept")?.includes("text/event-stream")) {
      const events = ask(question, { principal, signal: context.req.raw.signal })
      return context.json((await wholeAnswer(events)) as never, 200)
    }
    const answerId = `ans_${randomUUID()}`
    const flow = (signal: AbortSignal) => toFrames(ask(question, { principal, signal, answerId }))
    const toLastFrame = (thrown: unknown, sequence: number, isStopped: boolean): Frame => {
      const error = isStopped ? toIbidError(thrown) : logLateFailure(context, thrown, log)
      return { sequence, type: "error", data: JSON.stringify(toProblem(error, context.get("requestId"))) }
    }
    const seconds = context.req.valid("header")["x-resume-within"]
    const grace = seconds === undefined ? {} : { graceMs: 1_000 * Number(seconds) }
    const stream = streams.start(answerId, principal, flow, { toLastFrame, ...grace })
    return (await send(context, stream, { answerId, after: 0, isResumed: false })) as never
  })

  app.openapi(resume, async (context) => {
    const principal = context.get("principal")
    const { id: answerId } = context.req.valid("param")
    const stream = streams.find(answerId, principal)
    const after = Number(context.req.valid("header")["last-event-id"] ?? 0)
    if (after > stream.last()) {
      const errors = [{ pointer: "/last-event-id", detail: "is later than the last event" }]
      const state = "Last-Event-ID is later than the last event"
      throw new IbidError("invalid-request", `Cannot resume the stream: ${state}`, { context: { errors } })
    }
    const missed = stream.kept().filter(({ sequence }) => sequence > after)
    if ((missed[0]?.sequence ?? after + 1) !== after + 1) throw unknownStream()
    await checkDocuments(stream.kept(), kb, { principal })
    if (stream.hasEnded() && after === stream.last()) return context.body(null, 204)
    return (await send(context, stream, { answerId, after, isResumed: true })) as never
  })

  app.openapi(stop, (context) => {
    streams.find(context.req.valid("param").id, context.get("principal")).stop()
    return context.body(null, 204)
  })
}

function send(
  context: Context<HttpEnvironment>,
  stream: EventLog,
  options: { readonly answerId: string; readonly after: number; readonly isResumed: boolean },
): Promise<Response> {
  return streamFrames(context, (signal) => stream.read(options.after, signal), {
    toMessage: ({ type, sequence, data }) => ({ event: type, id: String(sequence), data }),
    headers: { "Content-Location": `/api/ask/${options.answerId}` },
    isResumed: options.isResumed,
  })
}

async function* toFrames(events: AsyncIterable<AnswerEvent>): AsyncGenerator<Frame> {
  for await (const event of events) {
    yield { sequence: event.sequence, type: event.type, data: JSON.stringify(payload(event)) }
  }
}

/**
 * A document may have been removed, or its collection closed to the principal, since the events were written. Those that
 * are missed need not name it: the text of an answer comes without ids, behind the passages.
 */
async function checkDocuments(
  frames: readonly Frame[],
  kb: Pick<KnowledgeBase, "getDocument">,
  call: CallOptions,
): Promise<void> {
  const ids = new Set(frames.flatMap(({ data }) => documentIdsOf(JSON.parse(data))))
  for (const id of ids) {
    try {
      await kb.getDocument(id, call)
    } catch (thrown) {
      throw toIbidError(thrown).code === "document-not-found" ? unknownStream() : thrown
    }
  }
}

function documentIdsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, field]) =>
    name === "documentId" && typeof field === "string" ? [field] : documentIdsOf(field),
  )
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
