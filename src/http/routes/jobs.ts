import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp } from "../environment.ts"
import { idParameter, job, jobState, json, pageOf, pageQuery, problemResponses } from "../schemas.ts"
import { toPage } from "../to-page.ts"

const security = [{ key: [] }]
const list = createRoute({
  ...{ method: "get", path: "/api/jobs", tags: ["jobs"], security, summary: "Ingestion, newest first" },
  request: { query: pageQuery.extend({ state: jobState.optional() }) },
  responses: { 200: json(pageOf(job), "Jobs"), ...problemResponses },
})
const get = createRoute({
  ...{ method: "get", path: "/api/jobs/{id}", tags: ["jobs"], security, summary: "State of one job" },
  request: { params: idParameter },
  responses: { 200: json(job, "The job"), ...problemResponses },
})
const cancel = createRoute({
  ...{ method: "post", path: "/api/jobs/{id}/cancel", tags: ["jobs"], security },
  summary: "End a job that waits or is being done; what was searchable stays so",
  request: { params: idParameter },
  responses: { 200: json(job, "The job, ended"), ...problemResponses },
})
const collections = createRoute({
  ...{ method: "get", path: "/api/collections", tags: ["collections"], security },
  summary: "Collections that the key may read",
  responses: { 200: json(pageOf(z.object({ id: z.string() })), "Collections"), ...problemResponses },
})

export function registerJobs(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "listJobs" | "getJob" | "cancelJob" | "listCollections">,
): void {
  app.openapi(list, async (context) => {
    const { state, ...asked } = context.req.valid("query")
    const call = { principal: context.get("principal"), page: toPage(asked) }
    return context.json((await kb.listJobs({ ...call, ...(state === undefined ? {} : { state }) })) as never, 200)
  })
  app.openapi(get, async (context) => {
    const call = { principal: context.get("principal") }
    return context.json((await kb.getJob(context.req.valid("param").id, call)) as never, 200)
  })
  app.openapi(cancel, async (context) => {
    const [{ id }, call] = [context.req.valid("param"), { principal: context.get("principal") }]
    await kb.cancelJob(id, call)
    return context.json((await kb.getJob(id, call)) as never, 200)
  })
  app.openapi(collections, async (context) => {
    const names = await kb.listCollections({ principal: context.get("principal") })
    return context.json({ data: names.map((id) => ({ id })), hasMore: false, cursor: null }, 200)
  })
}
