import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { createRoute, z } from "@hono/zod-openapi"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError } from "../../core/errors.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"
import { json } from "../schemas.ts"

const health = createRoute({
  ...{ method: "get", path: "/health", tags: ["operations"], summary: "The process is alive" },
  responses: { 200: json(z.object({ status: z.literal("ok"), version: z.string() }), "Alive") },
})
const readiness = z.object({ ready: z.boolean(), components: z.record(z.string(), z.string()) })
const ready = createRoute({
  ...{ method: "get", path: "/ready", tags: ["operations"], summary: "The service can answer" },
  responses: { 200: json(readiness, "Ready"), 503: json(readiness, "Not ready") },
})

const DOCS_ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ibid API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`
const DOCS_START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", validatorUrl: null, deepLinking: true })\n`
const ROOT_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Ibid</title></head>
<body>
<h1>Ibid</h1>
<p>This service answers questions from your documents, with quotes that it has checked.</p>
<p>Ask from the command line (<code>ibid ask "…"</code>) or through the <a href="/docs">API</a>.</p>
</body>
</html>
`

export function registerOperations(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "readiness">,
  options: Pick<HttpOptions, "version">,
): void {
  app.openapi(health, (context) => context.json({ status: "ok" as const, version: options.version }, 200))
  app.openapi(ready, async (context) => {
    const state = await kb.readiness()
    return context.json({ ready: state.ready, components: { ...state.components } }, state.ready ? 200 : 503)
  })
  app.get("/", (context) => context.html(ROOT_PAGE))

  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "ibid_…",
  })
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Ibid",
      version: options.version,
      description: "Answers from your documents, with quotes that are compared with the stored text.",
    },
  })
  app.get("/docs", (context) => context.html(DOCS_PAGE))
  app.get("/docs/start.js", (context) =>
    context.body(DOCS_START, 200, { "content-type": "text/javascript; charset=utf-8" }),
  )
  app.get("/docs/:file", async (context) => {
    const file = context.req.param("file")
    const type = DOCS_ASSETS[file]
    if (type === undefined) throw new IbidError("not-found", "Cannot answer: there is no such file")
    const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"))
    return context.body(new Uint8Array(await readFile(join(folder, file))), 200, { "content-type": type })
  })
}
