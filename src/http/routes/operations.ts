import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { json, readiness } from "../schemas.ts"

const health = createRoute({
  ...{ method: "get", path: "/health", tags: ["operations"], summary: "The process is alive" },
  responses: {
    200: json(
      z.object({ status: z.literal("ok"), version: z.string(), components: z.record(z.string(), z.string()) }),
      "Alive",
    ),
  },
})
const ready = createRoute({
  ...{ method: "get", path: "/ready", tags: ["operations"], summary: "The service can answer" },
  responses: { 200: json(readiness, "Ready"), 503: json(readiness, "Not ready") },
})

export function registerOperations(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "readiness" | "pausedBy">,
  options: Pick<HttpOptions, "version">,
): void {
  app.openapi(health, (context) => {
    const pausedBy = kb.pausedBy()
    const components = { ingestion: pausedBy === null ? "ok" : `paused: ${pausedBy}` }
    return context.json({ status: "ok" as const, version: options.version, components }, 200)
  })
  app.openapi(ready, async (context) => {
    const state = await kb.readiness()
    return context.json({ ...state, components: { ...state.components } }, state.ready ? 200 : 503)
  })
}
