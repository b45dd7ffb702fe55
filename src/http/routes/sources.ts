import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp } from "../environment.ts"
import { idParameter, json, pageOf, problemResponses } from "../schemas.ts"

const security = [{ key: [] }]
const tags = ["sources"]
const source = z
  .object({
    ...{ id: z.string(), collection: z.string(), root: z.string(), documents: z.int(), isWatched: z.boolean() },
    ...{ ignore: z.array(z.string()), maxFileBytes: z.int().nullable(), watchedSince: z.string().nullable() },
    ...{ reconciledAt: z.string().nullable(), pausedAt: z.string().nullable(), pauseReason: z.string().nullable() },
  })
  .openapi("Source")
const list = createRoute({
  ...{ method: "get", path: "/api/sources", tags, security, summary: "Folders that documents come from" },
  responses: { 200: json(pageOf(source), "Folders by path"), ...problemResponses },
})
const resume = createRoute({
  ...{ method: "post", path: "/api/sources/{id}/resume", tags, security },
  summary: "Compare a folder again; with confirmRemoval the documents of missing files are removed",
  request: {
    params: idParameter,
    body: {
      required: true,
      content: { "application/json": { schema: z.strictObject({ confirmRemoval: z.boolean() }).openapi("Resume") } },
    },
  },
  responses: { 200: json(source, "The folder, in step"), ...problemResponses },
})

/** Folders of the machine, for administrators. */
export function registerSources(app: HttpApp, kb: Pick<KnowledgeBase, "listSources" | "resumeSource">): void {
  app.openapi(list, async (context) => {
    const data = await kb.listSources({ principal: context.get("principal") })
    return context.json({ data: data.map(writable), hasMore: false, cursor: null }, 200)
  })
  app.openapi(resume, async (context) => {
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    const { id } = context.req.valid("param")
    return context.json(writable(await kb.resumeSource(id, context.req.valid("json"), call)), 200)
  })
}

function writable(summary: Awaited<ReturnType<KnowledgeBase["resumeSource"]>>) {
  return { ...summary, ignore: [...summary.ignore] }
}
