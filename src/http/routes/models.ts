import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { CallOptions } from "../../core/types.ts"
import type { HttpApp } from "../environment.ts"
import { ALL_COLLECTIONS, toModelId, unknownModel } from "../openai.ts"
import { json, openAiProblemResponses } from "../schemas.ts"

const model = z.object({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() })
const common = { tags: ["openai"], security: [{ key: [] }] }
const list = createRoute({
  ...{ method: "get", path: "/v1/models", ...common },
  summary: "`ibid` for all that the key may read, and `ibid/<collection>`",
  responses: {
    200: json(z.object({ object: z.literal("list"), data: z.array(model) }), "Models"),
    ...openAiProblemResponses,
  },
})
const get = createRoute({
  ...{ method: "get", path: "/v1/models/{id}", ...common },
  summary: "One model; the slash of `ibid/<collection>` is written %2F, or as it is",
  request: { params: z.object({ id: z.string().max(200) }) },
  responses: { 200: json(model, "The model"), ...openAiProblemResponses },
})
/** Described as above; OpenAPI has no parameter that holds a slash. */
const getWithSlash = createRoute({ ...get, path: "/v1/models/:id{.+}", hide: true })

/** Models in the shape of OpenAI's API: a model is a collection. */
export function registerModels(app: HttpApp, kb: Pick<KnowledgeBase, "listCollections">): void {
  const modelsOf = async (call: CallOptions) =>
    [ALL_COLLECTIONS, ...(await kb.listCollections(call)).map(toModelId)].map((id) => ({
      ...{ id, object: "model" as const, created: 0, owned_by: "ibid" },
    }))
  app.openapi(list, async (context) =>
    context.json({ object: "list" as const, data: await modelsOf({ principal: context.get("principal") }) }, 200),
  )
  app.openAPIRegistry.registerPath(get)
  app.openapi(getWithSlash, async (context) => {
    const { id } = context.req.valid("param")
    const found = (await modelsOf({ principal: context.get("principal") })).find((one) => one.id === id)
    if (found === undefined) throw unknownModel(id)
    return context.json(found, 200)
  })
}
