import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError, throwIfAborted } from "../../core/errors.ts"
import type { CallOptions } from "../../core/types.ts"
import type { HttpApp } from "../environment.ts"
import { ALL_COLLECTIONS, estimateTokens, unknownModel } from "../openai.ts"
import { json, openAiProblemResponses } from "../schemas.ts"

/** As many as OpenAI takes; the size of the body bounds them further. */
const MOST_TEXTS = 2_048
/** Texts of one call, so that an abort ends the rest. */
const TEXTS_AT_ONCE = 64
/** Requests under way; each may take minutes of the embedder's time. */
const MOST_REQUESTS = 4

const text = z
  .string({ error: "is a text: tokens are not read" })
  .min(1, "is empty")
  .refine((one) => !one.includes("\0"), "holds a NUL")
const body = z
  .object({
    model: z.string().openapi({ description: "The embedder in force by its id, or `ibid`" }),
    input: z.preprocess(
      (given) => (typeof given === "string" ? [given] : given),
      z.array(text).min(1).max(MOST_TEXTS, `holds more than ${MOST_TEXTS} texts`),
    ),
    encoding_format: z.enum(["float", "base64"]).nullish(),
    dimensions: z.int().positive().nullish(),
    input_type: z
      .enum(["query", "passage"])
      .nullish()
      .openapi({ description: "Of Ibid: some models embed questions otherwise than passages, the default" }),
  })
  .loose()
  .openapi("EmbeddingsRequest")
const embeddings = z.object({
  ...{ object: z.literal("list"), model: z.string() },
  data: z.array(
    z.object({
      ...{ object: z.literal("embedding"), index: z.int() },
      embedding: z.union([z.array(z.number()), z.string()]).openapi({ description: "base64: float32, little-endian" }),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
})
const route = createRoute({
  ...{ method: "post", path: "/v1/embeddings", tags: ["openai"], security: [{ key: [] }] },
  summary: "Vectors of texts by the embedder in force; the beginning stands for what is longer than its window",
  request: { body: { required: true, content: { "application/json": { schema: body } } } },
  responses: { 200: json(embeddings, "Vectors of unit length"), ...openAiProblemResponses },
})

/** Embeddings in the shape of OpenAI's API. */
export function registerEmbeddings(app: HttpApp, kb: Pick<KnowledgeBase, "embed" | "models">): void {
  let underWay = 0

  const embedAll = async (texts: readonly string[], kind: "query" | "passage", call: CallOptions) => {
    if (underWay >= MOST_REQUESTS) {
      const context = { waiting: "questions" }
      throw new IbidError("overloaded", "Cannot embed now: too many texts are under way", { context })
    }
    underWay++
    try {
      const vectors: Float32Array[] = []
      for (let start = 0; start < texts.length; start += TEXTS_AT_ONCE) {
        throwIfAborted(call.signal)
        vectors.push(...(await kb.embed(texts.slice(start, start + TEXTS_AT_ONCE), { ...call, kind })))
      }
      return vectors
    } finally {
      underWay--
    }
  }

  app.openapi(route, async (context) => {
    const { model, input, encoding_format, dimensions, input_type } = context.req.valid("json")
    const { embedder } = kb.models()
    if (model !== embedder && model !== ALL_COLLECTIONS) throw unknownModel(model)
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    const vectors = await embedAll(input, input_type ?? "passage", call)
    const [first] = vectors
    if (dimensions != null && first !== undefined && first.length !== dimensions) {
      const errors = [{ pointer: "/dimensions", detail: `is not the model's own number, ${first.length}` }]
      throw new IbidError("invalid-request", `Cannot embed: the model has ${first.length} dimensions`, {
        context: { errors },
      })
    }
    const data = vectors.map((vector, index) => ({
      ...{ object: "embedding" as const, index },
      embedding: encoding_format === "base64" ? toBase64(vector) : [...vector],
    }))
    const tokens = input.reduce((sum, one) => sum + estimateTokens(one), 0)
    const usage = { prompt_tokens: tokens, total_tokens: tokens }
    return context.json({ object: "list" as const, model: embedder, data, usage }, 200)
  })
}

/** Its numbers as float32, little-endian on every machine. */
function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length)
  for (const [position, value] of vector.entries()) bytes.writeFloatLE(value, 4 * position)
  return bytes.toString("base64")
}
