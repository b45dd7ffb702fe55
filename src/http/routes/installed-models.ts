import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { requireAdmin } from "../auth.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { json, pageOf, problemResponses } from "../schemas.ts"
import { streamLines } from "../stream.ts"

const security = [{ key: [] }]
const tags = ["models"]
const progress = z.object({
  doneBytes: z.number(),
  totalBytes: z.number(),
  bytesPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
})
const model = z
  .object({
    ...{ id: z.string(), kind: z.enum(["generator", "embedder", "reader", "nli", "ocr"]) },
    installed: z.boolean(),
    inUse: z.boolean().openapi({ description: "The next start takes it" }),
    isRunning: z.boolean().openapi({ description: "The running program works with it" }),
    ...{ bytes: z.number(), licence: z.string(), openness: z.string() },
    roles: z.array(z.string()).nullable().openapi({ description: "Earned by measurement; null: not measured" }),
    rolesFrom: z.enum(["calibration", "catalogue", "changed", "not-measured"]).nullable(),
    pull: progress.nullable().openapi({ description: "Of a pull that is under way" }),
  })
  .openapi("InstalledModel")
const parameter = z.object({ id: z.string().max(200) })

const list = createRoute({
  ...{ method: "get", path: "/api/models", tags, security },
  summary: "The catalogue with what is installed, licence, openness and the roles earned; administrators",
  responses: { 200: json(pageOf(model), "Models"), ...problemResponses },
})
const pull = createRoute({
  ...{ method: "post", path: "/api/models/{id}/pull", tags, security },
  summary: "Fetch a model, or watch the pull of it that is under way; administrators",
  description:
    "One JSON object a line: `progress` and `note`, last `model-pulled` or `error` with a problem. An empty line is a " +
    "heartbeat. Leaving does not end the pull.",
  request: { params: parameter },
  responses: {
    200: { description: "Lines", content: { "application/x-ndjson": { schema: z.string() } } },
    ...problemResponses,
  },
})
const cancel = createRoute({
  ...{ method: "delete", path: "/api/models/{id}/pull", tags, security },
  summary: "End a pull; what was fetched stays for the next one; administrators",
  request: { params: parameter },
  responses: { 204: { description: "It has ended" }, ...problemResponses },
})
const use = createRoute({
  ...{ method: "post", path: "/api/models/{id}/use", tags, security },
  summary: "Choose the language model of the next start: an id, `none` or `auto`; administrators",
  request: { params: parameter },
  responses: { 204: { description: "It is chosen" }, ...problemResponses },
})

/** Models of this machine, for administrators. */
export function registerInstalledModels(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "listModels" | "pullModel" | "cancelPull" | "useModel">,
  { log }: Pick<HttpOptions, "log">,
): void {
  app.openapi(list, async (context) => {
    const data = await kb.listModels({ principal: context.get("principal") })
    return context.json({ data, hasMore: false, cursor: null } as never, 200)
  })
  app.openapi(pull, async (context) => {
    const principal = context.get("principal")
    requireAdmin(principal)
    const events = kb.pullModel(context.req.valid("param").id, { principal, signal: context.req.raw.signal })
    return (await streamLines(context, events, { log })) as never
  })
  app.openapi(cancel, async (context) => {
    await kb.cancelPull(context.req.valid("param").id, { principal: context.get("principal") })
    return context.body(null, 204)
  })
  app.openapi(use, async (context) => {
    await kb.useModel(context.req.valid("param").id, { principal: context.get("principal") })
    return context.body(null, 204)
  })
}
