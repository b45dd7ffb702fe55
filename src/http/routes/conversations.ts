import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp } from "../environment.ts"
import { idParameter, json, pageOf, pageQuery, problemResponses } from "../schemas.ts"
import { toPage } from "../to-page.ts"

const security = [{ key: [] }]
const tags = ["conversations"]
const conversation = z
  .object({
    id: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    turns: z.int(),
    title: z.string().nullable(),
  })
  .openapi("Conversation")
const turn = z
  .object({ answerId: z.string(), question: z.string(), status: z.string(), createdAt: z.string() })
  .openapi("Turn")
const list = createRoute({
  ...{ method: "get", path: "/api/conversations", tags, security, summary: "One's own conversations, newest first" },
  request: { query: pageQuery },
  responses: { 200: json(pageOf(conversation), "Conversations"), ...problemResponses },
})
const get = createRoute({
  ...{
    method: "get",
    path: "/api/conversations/{id}",
    tags,
    security,
    summary: "Questions and ids of answers, in order",
  },
  request: { params: idParameter },
  responses: { 200: json(pageOf(turn), "Turns"), ...problemResponses },
})
const remove = createRoute({
  ...{ method: "delete", path: "/api/conversations/{id}", tags, security },
  summary: "Delete a conversation with its receipts",
  request: { params: idParameter },
  responses: { 204: { description: "It is gone" }, ...problemResponses },
})

/** Each principal sees its own alone. */
export function registerConversations(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "listConversations" | "listTurns" | "deleteConversation">,
): void {
  app.openapi(list, async (context) => {
    const call = { principal: context.get("principal"), page: toPage(context.req.valid("query")) }
    return context.json((await kb.listConversations(call)) as never, 200)
  })
  app.openapi(get, async (context) => {
    const turns = await kb.listTurns(context.req.valid("param").id, { principal: context.get("principal") })
    return context.json({ data: [...turns], hasMore: false, cursor: null }, 200)
  })
  app.openapi(remove, async (context) => {
    await kb.deleteConversation(context.req.valid("param").id, { principal: context.get("principal") })
    return context.body(null, 204)
  })
}
