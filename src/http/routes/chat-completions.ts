import { randomUUID } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../../core/errors.ts"
import type { Answer, CallOptions, Question } from "../../core/types.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { toAnnotations } from "../openai.ts"
import { toOpenAiError } from "../problem.ts"
import { json } from "../schemas.ts"
import { deadline, streamEvents } from "../stream.ts"
import { askWithin, wholeAnswer } from "./ask.ts"

const part = z.object({ type: z.literal("text"), text: z.string() }).loose()
const message = z
  .object({
    role: z.enum(["system", "developer", "user", "assistant", "tool"]),
    content: z.union([z.string(), z.array(part)]),
  })
  .loose()
const body = z
  .object({
    model: z.string(),
    messages: z.array(message).min(1),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().optional() }).loose().nullish(),
    n: z.int().max(1, "only one choice is written").nullish(),
    tools: z.array(z.unknown()).max(0, "tools are not supported").nullish(),
  })
  .loose()
  .openapi("ChatCompletionRequest")

const openAiProblem = {
  default: {
    description: "An error in OpenAI's shape",
    content: {
      "application/json": {
        schema: z.object({
          error: z.object({ message: z.string(), type: z.string(), code: z.string(), param: z.string().nullable() }),
        }),
      },
    },
  },
}
const complete = createRoute({
  ...{ method: "post", path: "/v1/chat/completions", tags: ["openai"], security: [{ key: [] }] },
  summary: "An answer in the shape of OpenAI's chat completions; a model is a collection",
  request: { body: { required: true, content: { "application/json": { schema: body } } } },
  responses: { 200: json(z.object({}).loose(), "A completion, or chunks of it as events"), ...openAiProblem },
})
const models = createRoute({
  ...{ method: "get", path: "/v1/models", tags: ["openai"], security: [{ key: [] }] },
  summary: "`ibid` for all that the key may read, and `ibid/<collection>`",
  responses: { 200: json(z.object({}).loose(), "Models"), ...openAiProblem },
})

const ALL = "ibid"

export function registerChatCompletions(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "ask" | "listCollections">,
  options: HttpOptions,
): void {
  app.openapi(models, async (context) => {
    const names = await kb.listCollections({ principal: context.get("principal") })
    const data = [ALL, ...names.map((name) => `${ALL}/${name}`)].map((id) => ({
      ...{ id, object: "model", created: 0, owned_by: "ibid" },
    }))
    return context.json({ object: "list", data }, 200)
  })

  app.openapi(complete, async (context) => {
    const request = context.req.valid("json")
    const signal = deadline(context.req.raw.signal, options.answerTimeoutMs)
    const call: CallOptions & { readonly signal: AbortSignal } = { principal: context.get("principal"), signal }
    const events = askWithin(kb, await toQuestion(request, kb, call), call)
    const common = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: request.model }
    if (request.stream !== true) return context.json(completion(common, await wholeAnswer(events)), 200)

    const chunk = (delta: object, finish: string | null, more: object = {}) =>
      JSON.stringify({
        ...common,
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
        ...more,
      })
    let isOpen = false
    const response = await streamEvents(
      context,
      events,
      async (stream, event) => {
        if (!isOpen) await stream.writeSSE({ data: chunk({ role: "assistant", content: "" }, null) })
        isOpen = true
        if (event.type === "delta") await stream.writeSSE({ data: chunk({ content: event.text }, null) })
        if (event.type !== "answer") return
        const { answer } = event
        if (answer.status === "abstained") await stream.writeSSE({ data: chunk({ content: answer.text }, null) })
        await stream.writeSSE({
          data: chunk({ annotations: toAnnotations(answer) }, "stop", { ibid: ibidFields(answer) }),
        })
        if (request.stream_options?.include_usage === true) {
          const usage = {
            ...common,
            object: "chat.completion.chunk",
            choices: [],
            usage: usageOf(request.messages, answer),
          }
          await stream.writeSSE({ data: JSON.stringify(usage) })
        }
        await stream.writeSSE({ data: "[DONE]" })
      },
      async (stream, thrown) => {
        const error = toIbidError(thrown)
        if (error.code !== "cancelled") await stream.writeSSE({ data: JSON.stringify(toOpenAiError(error)) })
      },
    )
    return response as never

    function completion(head: typeof common, answer: Answer) {
      return {
        ...head,
        object: "chat.completion",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: answer.text, refusal: null, annotations: toAnnotations(answer) },
            logprobs: null,
            finish_reason: "stop",
          },
        ],
        usage: usageOf(request.messages, answer),
        ibid: ibidFields(answer),
      }
    }
  })
}

/** The last message of the user is the question; the model names the collection. */
async function toQuestion(
  request: z.infer<typeof body>,
  kb: Pick<KnowledgeBase, "listCollections">,
  call: CallOptions,
): Promise<Question> {
  const last = request.messages.findLast((candidate) => candidate.role === "user")
  const question = last === undefined ? "" : textOf(last.content).trim()
  if (question === "") {
    throw new IbidError("invalid-request", "Cannot answer: no message of the user holds a question", {
      context: { errors: [{ pointer: "/messages", detail: "needs a user message with text" }] },
    })
  }
  if (request.model === ALL) return { question }
  const collection = request.model.startsWith(`${ALL}/`) ? request.model.slice(ALL.length + 1) : undefined
  const readable = await kb.listCollections(call)
  if (collection === undefined || !readable.includes(collection)) {
    throw new IbidError("model-not-found", `Cannot find the model "${request.model}": ask GET /v1/models`)
  }
  return { question, collections: [collection] }
}

function textOf(content: z.infer<typeof message>["content"]): string {
  return typeof content === "string" ? content : content.map((piece) => piece.text).join("\n")
}

function ibidFields({ id, status, mode, reason, citations, confidence, warnings }: Answer) {
  return { id, status, mode, reason, citations, confidence, warnings }
}

/** An estimate, four characters a token: the answer may hold no token of a model at all. */
function usageOf(messages: z.infer<typeof body>["messages"], answer: Answer) {
  const tokens = (text: string) => Math.ceil(text.length / 4)
  const prompt = messages.reduce((sum, one) => sum + tokens(textOf(one.content)), 0)
  const written = tokens(answer.text)
  return { prompt_tokens: prompt, completion_tokens: written, total_tokens: prompt + written }
}
