import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { requireAdmin } from "../auth.ts"
import type { HttpApp } from "../environment.ts"
import { json, pageOf, problemResponses, stateCounts } from "../schemas.ts"

const security = [{ key: [] }]
const tags = ["collections"]
const collection = z
  .object({ id: z.string(), createdAt: z.string(), documents: stateCounts })
  .openapi("Collection", { description: "A named set of documents that shares its access rules" })
const parameter = z.object({ id: z.string().max(64) })

const list = createRoute({
  ...{ method: "get", path: "/api/collections", tags, security },
  summary: "Collections that the key may read, with the numbers of their documents",
  responses: { 200: json(pageOf(collection), "Collections by name"), ...problemResponses, stateCounts },
})
const create = createRoute({
  ...{ method: "post", path: "/api/collections", tags, security, summary: "Make a collection; administrators" },
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: z.strictObject({ id: z.string().min(1).max(64) }).openapi("NewCollection") },
      },
    },
  },
  responses: { 201: json(collection, "It is there"), ...problemResponses, stateCounts },
})
const remove = createRoute({
  ...{ method: "delete", path: "/api/collections/{id}", tags, security },
  summary: "Remove a collection with its documents; administrators",
  description: "One that holds documents needs `confirm` with its name. The default one stays.",
  request: { params: parameter, query: z.object({ confirm: z.string().max(64).optional() }) },
  responses: { 204: { description: "It is gone" }, ...problemResponses, stateCounts },
})

export function registerCollections(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "describeCollections" | "createCollection" | "removeCollection">,
): void {
  app.openapi(list, async (context) => {
    const data = await kb.describeCollections({ principal: context.get("principal") })
    return context.json({ data: [...data], hasMore: false, cursor: null }, 200)
  })
  app.use("/api/collections", async (context, next) => {
    if (context.req.method === "POST") requireAdmin(context.get("principal"))
    await next()
  })
  app.openapi(create, async (context) => {
    const call = { principal: context.get("principal") }
    return context.json(await kb.createCollection(context.req.valid("json").id, call), 201)
  })
  app.openapi(remove, async (context) => {
    const { confirm } = context.req.valid("query")
    const call = { principal: context.get("principal"), ...(confirm === undefined ? {} : { confirm }) }
    await kb.removeCollection(context.req.valid("param").id, call)
    return context.body(null, 204)
  })
}
