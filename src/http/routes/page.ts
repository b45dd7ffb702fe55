import { readFile } from "node:fs/promises"
import { extname, join } from "node:path"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { IbidError } from "../../core/errors.ts"
import { packageRoot } from "../../core/package-root.ts"
import type { HttpApp, HttpOptions } from "../environment.ts"

const TYPES: Readonly<Record<string, string>> = {
  ".bcmap": "application/octet-stream",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".pfb": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
}
/** These are small already. */
const COMPRESSED = [".woff2", ".bcmap", ".pfb"]
/** A file of the build, or one of those that pdf.js asks for by name, below the version of the package. */
const FILE = /^(?:pdfjs-[\d.]+\/\w+\/)?\w[\w.-]*$/
/** The name of a file changes with its content. */
const FOR_EVER = "public, max-age=31536000, immutable"
const ABSENT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Ibid</title></head>
<body>
<h1>Ibid</h1>
<p>The page has not been built: run <code>npm run build</code>, then load this again.</p>
<p>The command line (<code>ibid ask "…"</code>) and the <a href="/docs">API</a> work without it.</p>
</body>
</html>
`

interface Asset {
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzipped: Uint8Array<ArrayBuffer> | undefined
}

/** The page that people use: one document and the files that it is built of, from the folder of the build. */
export function registerPage(
  app: HttpApp,
  { page = join(packageRoot, "dist", "web") }: Pick<HttpOptions, "page">,
): void {
  const assets = new Map<string, Promise<Asset>>()
  const find = async (name: string): Promise<Asset> => {
    const known = assets.get(name) ?? readAsset(join(page, "assets", name))
    assets.set(name, known)
    return await known.catch((thrown: unknown) => {
      assets.delete(name)
      throw thrown
    })
  }

  app.get("/", async (context) => {
    const html = await readFile(join(page, "index.html"), "utf8").catch(() => undefined)
    context.header("Cache-Control", "no-cache")
    return html === undefined ? context.html(ABSENT, 503) : context.html(html)
  })
  app.get("/assets/:file{.+}", async (context) => {
    const file = context.req.param("file")
    const type = FILE.test(file) ? TYPES[extname(file)] : undefined
    if (type === undefined) throw new IbidError("not-found", "Cannot answer: there is no such file")
    const { plain, gzipped } = await find(file)
    const isZipped = gzipped !== undefined && context.req.header("accept-encoding")?.includes("gzip") === true
    return context.body(isZipped ? gzipped : plain, 200, {
      ...{ "content-type": type, "cache-control": FOR_EVER, vary: "accept-encoding" },
      ...(isZipped ? { "content-encoding": "gzip" } : {}),
    })
  })
}

async function readAsset(path: string): Promise<Asset> {
  const plain = await readFile(path).catch((cause: unknown) => {
    throw new IbidError("not-found", "Cannot answer: there is no such file", { cause })
  })
  const isSmall = COMPRESSED.includes(extname(path))
  return { plain: new Uint8Array(plain), gzipped: isSmall ? undefined : new Uint8Array(await promisify(gzip)(plain)) }
}
