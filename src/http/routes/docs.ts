import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { IbidError } from "../../core/errors.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"

const STYLE = "text/css; charset=utf-8"
const SCRIPT = "text/javascript; charset=utf-8"
/** Files of swagger-ui-dist that the page needs; nothing else of the package is served. */
const ASSETS: Readonly<Record<string, string>> = { "swagger-ui.css": STYLE, "swagger-ui-bundle.js": SCRIPT }
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ibid API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
`
const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", validatorUrl: null, deepLinking: true })\n`

/** The description of the API and a page that shows it; all its parts come from this server. */
export function registerDocs(app: HttpApp, options: Pick<HttpOptions, "version">): void {
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
  app.get("/docs", (context) => context.html(PAGE))
  app.get("/docs/assets/start.js", (context) => context.body(START, 200, { "content-type": SCRIPT }))
  app.get("/docs/assets/:file", async (context) => {
    const file = context.req.param("file")
    const type = Object.hasOwn(ASSETS, file) ? ASSETS[file] : undefined
    if (type === undefined) throw new IbidError("not-found", "Cannot answer: there is no such file")
    const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"))
    return context.body(new Uint8Array(await readFile(join(folder, file))), 200, { "content-type": type })
  })
}
