import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { serve } from "./local-server.ts"

export interface Served {
  readonly path: string
  readonly range: string | undefined
  /** Bytes of the body that left. */
  bytes: number
}

export interface IndexBehaviour {
  /** The simple API's form. */
  readonly form?: "json" | "html"
  readonly ignoresRange?: boolean
  /** Cuts the first so many answers with a file in their middle. */
  readonly cuts?: number
  /** A name and password without which nothing is served. */
  readonly credentials?: string
  /** Called when the first half of a file has been sent; the rest, or the cut, waits for it. */
  onHalf?(halfBytes: number): void | Promise<void>
}

/** Plays a Python package index, an npm registry and a model hub from memory. */
export async function servePackages(files: Readonly<Record<string, Buffer>>, behaviour: IndexBehaviour = {}) {
  const requests: Served[] = []
  let cutsLeft = behaviour.cuts ?? 0
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname
    const served: Served = { path, range: request.headers.range, bytes: 0 }
    requests.push(served)
    const wanted = behaviour.credentials
    if (wanted !== undefined && request.headers.authorization !== `Basic ${Buffer.from(wanted).toString("base64")}`) {
      response.writeHead(401).end()
      return
    }
    const name = path.split("/").at(-1) ?? ""
    const content = files[name]
    if (path.startsWith("/simple/")) sendPage(path, response)
    else if (path.startsWith("/npm/")) sendDescription(path, response)
    else if (content === undefined) response.writeHead(404).end()
    else sendFile(content, request, response, served)
  })

  function sendPage(path: string, response: ServerResponse): void {
    const project = path.split("/")[2] ?? ""
    const names = Object.keys(files).filter((file) => file.startsWith(`${project.replaceAll("-", "_")}-`))
    if (names.length === 0) return void response.writeHead(404).end()
    if (behaviour.form === "html") {
      const links = names.map((file) => `<a href="../../files/${file}#sha256=0">${file}</a><br>`)
      return void response.writeHead(200, { "content-type": "text/html" }).end(`<!DOCTYPE html>${links.join("")}`)
    }
    const body = {
      meta: { "api-version": "1.0" },
      files: names.map((file) => ({ filename: file, url: `/files/${file}` })),
    }
    response.writeHead(200, { "content-type": "application/vnd.pypi.simple.v1+json" }).end(JSON.stringify(body))
  }

  function sendDescription(path: string, response: ServerResponse): void {
    const project = decodeURIComponent(path.slice("/npm/".length)).split("/").at(-1) ?? ""
    const archives = Object.keys(files).filter((file) => file.startsWith(`${project}-`) && file.endsWith(".tgz"))
    if (archives.length === 0) return void response.writeHead(404).end()
    const version = (file: string): string => file.slice(project.length + 1, -".tgz".length)
    const versions = archives.map((file) => [version(file), { dist: { tarball: `/files/${file}` } }])
    const body = JSON.stringify({ versions: Object.fromEntries(versions) })
    response.writeHead(200, { "content-type": "application/json" }).end(body)
  }

  function sendFile(content: Buffer, request: IncomingMessage, response: ServerResponse, served: Served): void {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0)
    const isRanged = from > 0 && behaviour.ignoresRange !== true
    if (isRanged && from >= content.length) {
      return void response.writeHead(416, { "content-range": `bytes */${content.length}` }).end()
    }
    const body = isRanged ? content.subarray(from) : content
    const range = isRanged ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}
    response.writeHead(isRanged ? 206 : 200, { "content-length": body.length, ...range })
    const half = body.subarray(0, Math.ceil(body.length / 2))
    served.bytes = half.length
    response.write(half, async () => {
      await behaviour.onHalf?.(half.length)
      if (cutsLeft-- > 0) return void response.destroy()
      served.bytes = body.length
      response.end(body.subarray(half.length))
    })
  }

  return {
    ...(await serve(server)),
    requests,
    filesServed: () => requests.filter(({ path }) => path.includes("/files/")),
  }
}

export function sha256Of(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex")
}
