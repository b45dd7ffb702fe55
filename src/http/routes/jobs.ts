import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp } from "../environment.ts"
import { idParameter, job, jobState, json, pageOf, pageQuery, problemResponses } from "../schemas.ts"
import { toPage } from "../to-page.ts"

const security = [{ key: [] }]
const list = createRoute({
  ...{ method: "get", path: "/api/jobs", tags: ["jobs"], security, summary: "Ingestion, newest first" },
  request: {
    query: pageQuery.extend({
      state: jobState.optional(),
      unfinished: z.literal("true").optional().openapi({ description: "Only those that wait or are being done" }),
      documentId: z.string().max(100).optional(),
    }),
  },
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
export function registerJobs(app: HttpApp, kb: Pick<KnowledgeBase, "listJobs" | "getJob" | "cancelJob">): void {
  app.openapi(list, async (context) => {
    const { state, unfinished, documentId, ...asked } = context.req.valid("query")
    const call = {
      ...{ principal: context.get("principal"), page: toPage(asked) },
      ...(state === undefined ? {} : { state }),
      ...(unfinished === undefined ? {} : { isUnfinished: true }),
      ...(documentId === undefined ? {} : { documentId }),
    }
    return context.json((await kb.listJobs(call)) as never, 200)
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
}
