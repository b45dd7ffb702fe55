import { z } from "@hono/zod-openapi"
import { stream } from "hono/streaming"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../../core/errors.ts"
import { requireLocal } from "../auth.ts"
import type { HttpApp } from "../environment.ts"
import { toProblem } from "../problem.ts"

const ingestBody = z.strictObject({ paths: z.array(z.string().min(1)).max(10_000), collection: z.string().optional() })
const doctorBody = z.strictObject({ repair: z.boolean() })

/**
 * What the commands of this machine ask of the server that holds their data folder. Not part of the public interface:
 * only the token of the 0600 file opens it.
 */
export function registerLocal(app: HttpApp, kb: Pick<KnowledgeBase, "ingest" | "doctor" | "models">): void {
  app.use("/api/local/*", async (context, next) => {
    requireLocal(context.get("principal"))
    await next()
  })
  app.use("/api/ingest", async (context, next) => {
    requireLocal(context.get("principal"))
    await next()
  })
  app.post("/api/ingest", async (context) => {
    const { paths, collection } = await readBody(context.req.raw, ingestBody)
    const call = { principal: context.get("principal"), signal: context.req.raw.signal }
    const events = kb.ingest(paths, { ...call, ...(collection === undefined ? {} : { collection }) })
    context.header("Content-Type", "application/x-ndjson")
    const requestId = context.get("requestId")
    return stream(context, async (output) => {
      try {
        for await (const event of events) await output.writeln(JSON.stringify(event))
      } catch (thrown) {
        await output.writeln(JSON.stringify({ event: "error", problem: toProblem(toIbidError(thrown), requestId) }))
      }
    })
  })
  app.post("/api/local/doctor", async (context) =>
    context.json(await kb.doctor(await readBody(context.req.raw, doctorBody))),
  )
  app.get("/api/local/models", (context) => context.json(kb.models()))
}

async function readBody<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(await request.json().catch(() => undefined))
  if (!parsed.success)
    throw new IbidError("invalid-request", "Cannot read the request: its body is not of the right form")
  return parsed.data
}
