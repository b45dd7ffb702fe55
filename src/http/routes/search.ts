import { createRoute } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp } from "../environment.ts"
import { json, problemResponses, searchBody, searchResult } from "../schemas.ts"
import { toQuestion } from "../to-question.ts"

const route = createRoute({
  method: "post",
  path: "/api/search",
  tags: ["questions"],
  summary: "Passages for a question, without a language model",
  security: [{ key: [] }],
  request: { body: { required: true, content: { "application/json": { schema: searchBody } } } },
  responses: { 200: json(searchResult, "Passages, best first"), ...problemResponses },
})

export function registerSearch(app: HttpApp, kb: Pick<KnowledgeBase, "search">): void {
  app.openapi(route, async (context) => {
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    const result = await kb.search(toQuestion(context.req.valid("json")), call)
    return context.json(result as never, 200)
  })
}
