import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { requireAdmin } from "../auth.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { json, problemResponses, readiness } from "../schemas.ts"
import { streamLines } from "../stream.ts"

const security = [{ key: [] }]
const tags = ["operations"]
const report = z
  .object({
    violations: z.array(z.object({ invariant: z.string(), message: z.string(), documentId: z.string().optional() })),
    notes: z.array(z.string()),
    ...{ documents: z.int(), chunks: z.int() },
  })
  .openapi("DoctorReport")
const server = z
  .object({
    ...{ build: z.string(), node: z.string(), startedAt: z.string(), generation: z.string() },
    models: z.object({ generator: z.string().nullable(), reader: z.string().nullable(), embedder: z.string() }),
    disk: z.object({
      freeBytes: z.number(),
      totalBytes: z.number(),
      neededBytes: z.number().openapi({ description: "Below this ingestion is paused" }),
    }),
    doctor: z.object({ finishedAt: z.string(), report }).nullable().openapi({ description: "Since the start" }),
  })
  .openapi("ServerStatus")
const status = z
  .object({
    version: z.string(),
    readiness,
    server: server.nullable().openapi({ description: "For administrators" }),
  })
  .openapi("SystemStatus")

const get = createRoute({
  ...{ method: "get", path: "/api/system", tags, security },
  summary: "Readiness and version; for administrators models, disk and the last check of the invariants",
  responses: { 200: json(status, "What the service is and stands on"), ...problemResponses },
})
const doctor = createRoute({
  ...{ method: "post", path: "/api/doctor", tags, security },
  summary: "Check every invariant, and mend with `repair`; administrators",
  description: "One JSON object a line: `step` as each begins, last `report` or `error` with a problem.",
  request: {
    body: {
      required: true,
      content: { "application/json": { schema: z.strictObject({ repair: z.boolean() }).openapi("CheckUp") } },
    },
  },
  responses: {
    200: { description: "Lines", content: { "application/x-ndjson": { schema: z.string() } } },
    ...problemResponses,
  },
})

export function registerSystem(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "systemStatus" | "checkUp">,
  { log, version }: Pick<HttpOptions, "log" | "version">,
): void {
  app.openapi(get, async (context) => {
    const found = await kb.systemStatus({ principal: context.get("principal") })
    return context.json({ version, ...found } as never, 200)
  })
  app.use("/api/doctor", async (context, next) => {
    requireAdmin(context.get("principal"))
    await next()
  })
  app.openapi(doctor, async (context) => {
    const principal = context.get("principal")
    const { repair } = context.req.valid("json")
    return (await streamLines(context, kb.checkUp({ principal, repair }), { log })) as never
  })
}
