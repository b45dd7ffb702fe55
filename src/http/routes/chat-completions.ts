import { randomUUID } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../../core/errors.ts"
import type { CallOptions, Question } from "../../core/types.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { createEventLog, type Frame } from "../event-log.ts"
import { ALL_COLLECTIONS, estimateTokens, toChunks, toCompletion, toModelId, unknownModel } from "../openai.ts"
import { toOpenAiError } from "../problem.ts"
import { type Ask, wholeAnswer } from "../questions.ts"
import { json, openAiProblemResponses, questionText } from "../schemas.ts"
import { logLateFailure, streamFrames } from "../stream.ts"

const part = z.object({ type: z.string(), text: z.string().optional() }).loose()
const message = z
  .object({
    role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
    // null in an assistant's message that called a tool; history may hold any part
    content: z.union([z.string(), z.array(part)]).nullish(),
  })
  .loose()
const body = z
  .object({
    model: z.string(),
    messages: z.array(message).min(1),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().optional() }).loose().nullish(),
    n: z.int().min(1).max(1, "only one choice is written").nullish(),
    response_format: z
      .object({ type: z.literal("text", { error: "an answer is text" }) })
      .loose()
      .nullish(),
    tools: z.array(z.unknown()).max(0, "tools are not supported").nullish(),
    functions: z.array(z.unknown()).max(0, "functions are not supported").nullish(),
  })
  .loose()
  .openapi("ChatCompletionRequest")

const complete = createRoute({
  ...{ method: "post", path: "/v1/chat/completions", tags: ["openai"], security: [{ key: [] }] },
  summary: "An answer in the shape of OpenAI's chat completions; a model is a collection",
  request: { body: { required: true, content: { "application/json": { schema: body } } } },
  responses: { 200: json(z.object({}).loose(), "A completion, or chunks of it as events"), ...openAiProblemResponses },
})
/** Earlier questions of the user that a follow-up may lean on, and characters of each. */
const MOST_EARLIER = 10
const LONGEST_EARLIER = 1_000

export function registerChatCompletions(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "listCollections">,
  { ask, log }: Pick<HttpOptions, "log"> & { readonly ask: Ask },
): void {
  app.openapi(complete, async (context) => {
    const request = context.req.valid("json")
    const principal = context.get("principal")
    const { signal } = context.req.raw
    const question = await toQuestion(request, kb, { principal, signal })
    const common = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: request.model }
    const tokens = promptTokens(request.messages)
    if (request.stream !== true) {
      return context.json(toCompletion(common, await wholeAnswer(ask(question, { principal, signal })), tokens), 200)
    }
    const flow = (stopped: AbortSignal) =>
      toChunks(ask(question, { principal, signal: stopped }), common, {
        promptTokens: tokens,
        includeUsage: request.stream_options?.include_usage === true,
      })
    // the protocol has no way to come back to a stream
    const stream = createEventLog(flow, {
      graceMs: 0,
      toLastFrame: (thrown, sequence, isStopped) => {
        const error = isStopped ? toIbidError(thrown) : logLateFailure(context, thrown, log)
        return { sequence, type: "", data: JSON.stringify(toOpenAiError(error)) }
      },
    })
    const toMessage = ({ data }: Frame) => ({ data })
    return (await streamFrames(context, (gone) => stream.read(0, gone), { toMessage })) as never
  })
}

/** The last message of the user is the question, the ones before complete it; the model names the collection. */
async function toQuestion(
  request: z.infer<typeof body>,
  kb: Pick<KnowledgeBase, "listCollections">,
  call: CallOptions,
): Promise<Question> {
  const position = request.messages.findLastIndex((candidate) => candidate.role === "user")
  const content = request.messages[position]?.content ?? []
  if (typeof content !== "string" && content.some(({ type }) => type !== "text")) {
    throw refused(`/messages/${position}/content`, "only text parts are read")
  }
  const parsed = questionText.safeParse(textOf(content))
  if (!parsed.success) {
    const pointer = position < 0 ? "/messages" : `/messages/${position}/content`
    throw refused(pointer, parsed.error.issues[0]?.message ?? "is not a question")
  }
  const earlier = request.messages.slice(0, position).filter(({ role }) => role === "user")
  const history = earlier.map((one) => textOf(one.content).slice(0, LONGEST_EARLIER)).slice(-MOST_EARLIER)
  const asked = { question: parsed.data, ...(history.length === 0 ? {} : { history }) }
  if (request.model === ALL_COLLECTIONS) return asked
  const readable = await kb.listCollections(call)
  const collection = readable.find((name) => toModelId(name) === request.model)
  if (collection === undefined) throw unknownModel(request.model)
  return { ...asked, collections: [collection] }
}

function refused(pointer: string, detail: string): IbidError {
  const errors = [{ pointer, detail }]
  return new IbidError("invalid-request", `Cannot read the request: ${pointer} ${detail}`, { context: { errors } })
}

function textOf(content: z.infer<typeof message>["content"]): string {
  return typeof content === "string" ? content : (content ?? []).map((piece) => piece.text ?? "").join("\n")
}

/** An estimate, four characters a token: the answer may hold no token of a model at all. */
function promptTokens(messages: z.infer<typeof body>["messages"]): number {
  return messages.reduce((sum, one) => sum + estimateTokens(textOf(one.content)), 0)
}
