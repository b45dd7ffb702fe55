import { z } from "@hono/zod-openapi"
import type { Context } from "hono"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import type { DoctorReport } from "../../core/doctor-report.ts"
import { IbidError } from "../../core/errors.ts"
import { requireLocal } from "../auth.ts"
import type { HttpApp, HttpEnvironment, HttpOptions } from "../environment.ts"
import { streamLines } from "../stream.ts"
import { invalidRequest } from "../validation.ts"

const ingestBody = z.strictObject({
  paths: z.array(z.string().min(1)).min(1).max(10_000),
  collection: z.string().optional(),
})
const watchBody = z.strictObject({
  path: z.string().min(1),
  collection: z.string().optional(),
  ignore: z.array(z.string()).max(1_000).optional(),
  maxFileBytes: z.int().positive().optional(),
})
const doctorBody = z.strictObject({ repair: z.boolean() })

/**
 * What the commands of this machine ask of the server that holds their data folder. Not part of the public interface:
 * only the token of the 0600 file opens it. Long work answers in lines, so that no client takes silence for a hang.
 */
export function registerLocal(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "ingest" | "watch" | "doctor" | "models">,
  { log }: Pick<HttpOptions, "log">,
): void {
  for (const path of ["/api/local/*", "/api/ingest"]) {
    app.use(path, async (context, next) => {
      requireLocal(context.get("principal"))
      await next()
    })
  }
  const lines = (context: Context<HttpEnvironment>, events: AsyncIterable<unknown>) =>
    streamLines(context, events, { log })

  app.post("/api/ingest", async (context) => {
    const { paths, collection } = await readBody(context.req.raw, ingestBody)
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    return await lines(context, kb.ingest(paths, { ...call, ...(collection === undefined ? {} : { collection }) }))
  })
  app.post("/api/local/watch", async (context) => {
    const { path, collection, ignore, maxFileBytes } = await readBody(context.req.raw, watchBody)
    const folder = {
      ...(collection === undefined ? {} : { collection }),
      ...(ignore === undefined ? {} : { ignore }),
      ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
    }
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    return await lines(context, kb.watch({ path, ...folder }, call))
  })
  app.post("/api/local/doctor", async (context) =>
    lines(context, reportOf(kb, await readBody(context.req.raw, doctorBody))),
  )
  app.get("/api/local/models", (context) => context.json(kb.models()))
}

/** Begins with a line at once: checking every invariant of a large folder takes minutes. */
async function* reportOf(
  kb: Pick<KnowledgeBase, "doctor">,
  options: { readonly repair: boolean },
): AsyncGenerator<{ readonly event: "started" } | { readonly event: "report"; readonly report: DoctorReport }> {
  yield { event: "started" }
  yield { event: "report", report: await kb.doctor(options) }
}

async function readBody<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.infer<Schema>> {
  let body: unknown
  try {
    body = await request.json()
  } catch (cause) {
    throw new IbidError("invalid-request", "Cannot read the body: it is not valid JSON", { cause })
  }
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw invalidRequest(parsed.error)
  return parsed.data
}
