import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { requireAdmin } from "../auth.ts"
import type { HttpApp } from "../environment.ts"
import { comparison, evaluation, evaluationSummary, keptEvaluation } from "../evaluation-schemas.ts"
import { idParameter, json, pageOf, pageQuery, problemResponses } from "../schemas.ts"
import { toPage } from "../to-page.ts"

const security = [{ key: [] }]
const tags = ["evaluations"]

const list = createRoute({
  ...{ method: "get", path: "/api/evaluations", tags, security, summary: "Runs that were kept; administrators" },
  request: { query: pageQuery },
  responses: { 200: json(pageOf(evaluationSummary), "Newest first"), ...problemResponses },
})
const keep = createRoute({
  ...{ method: "post", path: "/api/evaluations", tags, security },
  summary: "Keep what `ibid eval --json` has printed; administrators",
  request: { body: { required: true, content: { "application/json": { schema: evaluation } } } },
  responses: { 201: json(z.object({ id: z.string() }), "Kept"), ...problemResponses },
})
const get = createRoute({
  ...{ method: "get", path: "/api/evaluations/{id}", tags, security, summary: "One run; administrators" },
  request: { params: idParameter },
  responses: { 200: json(keptEvaluation, "With its values by question"), ...problemResponses },
})
const compare = createRoute({
  ...{ method: "get", path: "/api/evaluations/{id}/comparison", tags, security },
  summary: "What has changed since an earlier run, with intervals; administrators",
  request: { params: idParameter, query: z.object({ earlier: z.string().max(100) }) },
  responses: { 200: json(comparison, "Metric by metric, over the questions that both have"), ...problemResponses },
})

export function registerEvaluations(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "keepEvaluation" | "listEvaluations" | "getEvaluation" | "compareRuns">,
): void {
  app.openapi(list, async (context) => {
    const call = { principal: context.get("principal"), page: toPage(context.req.valid("query")) }
    return context.json((await kb.listEvaluations(call)) as never, 200)
  })
  app.use("/api/evaluations", async (context, next) => {
    if (context.req.method === "POST") requireAdmin(context.get("principal"))
    await next()
  })
  app.openapi(keep, async (context) => {
    const call = { principal: context.get("principal") }
    return context.json({ id: await kb.keepEvaluation(context.req.valid("json") as never, call) }, 201)
  })
  app.openapi(get, async (context) => {
    const call = { principal: context.get("principal") }
    return context.json((await kb.getEvaluation(context.req.valid("param").id, call)) as never, 200)
  })
  app.openapi(compare, async (context) => {
    const [{ id }, { earlier }] = [context.req.valid("param"), context.req.valid("query")]
    return context.json((await kb.compareRuns(id, earlier, { principal: context.get("principal") })) as never, 200)
  })
}
