import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type RunningServer, startServer } from "../../src/http/server.ts"
import { type Front, framesOf, json, openFront } from "../support/http-front.ts"

let front: Front
let server: RunningServer
beforeAll(async () => {
  front = await openFront()
  server = await startServer(front.app, { host: "127.0.0.1", port: 0 })
})
afterAll(async () => {
  await server.close()
})

/** Sends bytes as they are and gives all that comes back until the server ends the connection. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.address).port), "127.0.0.1")
  socket.write(text)
  let received = ""
  socket.on("data", (bytes) => {
    received += bytes.toString("utf8")
  })
  await new Promise<void>((resolve) => socket.once("close", () => resolve()).once("error", () => resolve()))
  return received
}

const get = (path: string, headers = "Host: localhost\r\n") =>
  raw(`GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)
const statusOf = (answer: string) => Number(answer.split(" ")[1])

describe("framing", () => {
  test("length and chunks together are refused", async () => {
    const headers = "Host: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
    expect(statusOf(await raw(`POST /api/search HTTP/1.1\r\n${headers}\r\n0\r\n\r\n`))).toBe(400)
  })

  test.each([
    ["no Host", "", 400],
    ["a Host with a space", "Host: a b\r\n", 400],
    ["two Hosts", "Host: localhost\r\nHost: evil.example\r\n", 403],
    ["a head of 33 KB", `Host: localhost\r\nX: ${"x".repeat(33_000)}\r\n`, 431],
    ["a negative length", "Host: localhost\r\nContent-Length: -1\r\n", 400],
  ])("%s is refused", async (_name, headers, status) => {
    expect(statusOf(await get("/api/collections", headers))).toBe(status)
  })

  test("an address in the request line does not replace the Host", async () => {
    expect(statusOf(await get("http://localhost/health", "Host: evil.example\r\n"))).toBe(403)
  })

  test.each(["TRACE", "PROPFIND"])("%s is not allowed", async (method) => {
    const headers = `Host: localhost\r\nAuthorization: Bearer ${front.admin}\r\nConnection: close\r\n`
    expect(statusOf(await raw(`${method} /api/search HTTP/1.1\r\n${headers}\r\n`))).toBe(405)
  })
})

describe("spellings of a path", () => {
  test.each([
    ...["//api/documents", "/api//documents", "/./api/documents", "/docs/../api/documents"],
    ...["/docs/%2e%2e/api/documents", "/docs/..%2fapi%2fdocuments", "/docs/..%5capi", "/%61pi/documents"],
    ...[
      "/API/documents",
      "/api/documents/",
      "/api%2Fdocuments",
      "/health/../api/documents",
      "/docs%2f..%2fapi/documents",
    ],
    ...["/docs/assets/..%2f..%2fpackage.json", "/docs/assets/package.json", "/docs/assets/%00", "/docs/%E0%A4%A"],
  ])("%s gives nothing away without a key", async (path) => {
    const answer = await get(path)
    expect([401, 404]).toContain(statusOf(answer))
    expect(answer).not.toContain("hr/leave.txt")
  })

  test("an encoded path opens local routes as little as the plain one", async () => {
    const headers = `Host: localhost\r\nAuthorization: Bearer ${front.admin}\r\n`
    for (const path of ["/api/local/models", "/api/%6cocal/models", "/api/./local/models", "/api/local/%6dodels"]) {
      expect([403, 404]).toContain(statusOf(await get(path, headers)))
    }
  })

  test.each(["../x", "..%2Fx", "%00", "a%0d%0aSet-Cookie:x", "x".repeat(101)])(
    "the document id %j is looked up or refused, nothing else",
    async (id) => {
      const response = await front.send(`/api/documents/${id}/text`)
      expect([400, 404]).toContain(response.status)
      expect(response.headers.has("set-cookie")).toBe(false)
    },
  )
})

describe("other origins", () => {
  const OWN = "http://127.0.0.1:8787"
  test.each([
    ["GET", "/health", "https://evil.example", 200],
    ["GET", "/docs", "null", 200],
    ["POST", "/health", "https://evil.example", 403],
    ["GET", "/api/collections", "https://evil.example", 403],
    ["GET", "/api/collections", "null", 403],
    ["OPTIONS", "/api/search", "https://evil.example", 403],
    ["POST", "/api/search", "http://localhost:8787", 403],
    ["POST", "/api/search", "http://127.0.0.1", 403],
    ["POST", "/api/search", OWN, 200],
  ])("%s %s from %s is %i, and never shared", async (method, path, origin, status) => {
    const body = path === "/api/search" && method === "POST" ? { body: { question: "a" } } : {}
    const response = await front.send(path, { method, headers: { origin }, ...body })
    expect(response.status).toBe(status)
    expect(response.headers.has("access-control-allow-origin")).toBe(false)
  })

  test("a service on every address answers any name, and still no other origin", async () => {
    const open = await openFront({}, { host: "0.0.0.0" })
    const headers = { host: "kb.example:8787" }
    expect((await open.send("/api/collections", { headers })).status).toBe(200)
    const foreign = { ...headers, origin: "http://evil.example" }
    expect((await open.send("/api/collections", { headers: foreign })).status).toBe(403)
    const own = { ...headers, origin: "https://KB.example:8787" }
    expect((await open.send("/api/collections", { headers: own })).status).toBe(200)
  })

  test("a name that was allowed is answered on loopback, its neighbour is not", async () => {
    const named = await openFront({}, { allowedHosts: ["kb.example"] })
    expect((await named.send("/health", { headers: { host: "kb.example:443" } })).status).toBe(200)
    expect((await named.send("/health", { headers: { host: "x.kb.example" } })).status).toBe(403)
  })
})

describe("hostile content", () => {
  test.each([
    ["an array 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["an object 50,000 deep", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
    ["a number that is none", '{"question":"a","limit":1e400}'],
    ["a prototype", '{"question":"a","__proto__":{"isAdmin":true}}'],
    ["a constructor", '{"question":"a","constructor":{"prototype":{"isAdmin":true}}}'],
    ["a prototype of filters", '{"question":"a","filters":{"__proto__":{"documentIds":[]}}}'],
    ["null", "null"],
    ["text", '"question"'],
  ])("%s is a 400", async (_name, body) => {
    const started = performance.now()
    const response = await front.send("/api/search", { body })
    expect(response.status).toBe(400)
    // generous: the bound is there for what grows faster than its input
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(Reflect.get({}, "isAdmin")).toBeUndefined()
  })

  test("text of a document cannot add an event to a stream", async () => {
    const text = 'a\n\nevent: answer\ndata: {"status":"forged"}\r\n\r\nid: 99\rretry: 1\n\n: \u2028'
    const { send } = await openFront({
      ask: async function* () {
        yield { type: "delta", sequence: 1, text }
        yield { type: "warning", sequence: 2, warning: { code: text, message: text } }
      },
    })
    const response = await send("/api/ask", { body: { question: "a" }, headers: { accept: "text/event-stream" } })
    const frames = framesOf(await response.text())
    expect(frames.map(({ event, id }) => [event, id])).toEqual([
      ["delta", "1"],
      ["warning", "2"],
    ])
    expect(JSON.parse(frames[0]?.data ?? "").text).toBe(text)
  })

  test.each(["a\tb", "a b", "../../x", "é", "x".repeat(65), "<script>"])(
    "the request id %j is replaced, in header and body",
    async (id) => {
      const response = await front.send("/api/documents/none", { headers: { "x-request-id": id } })
      const given = response.headers.get("x-request-id") ?? ""
      expect(given).toMatch(/^req_[\w-]{36}$/)
      expect((await json(response)).instance).toBe(given)
    },
  )

  test("a file of a form cannot name its way out", async () => {
    for (const name of ["../../etc/passwd", "a\u0000.txt", "..", "/etc/passwd"]) {
      const form = new FormData()
      form.append("file", new File(["x"], name))
      const response = await front.app.request("/api/documents", {
        ...{ method: "POST", body: form },
        headers: { host: "localhost", authorization: `Bearer ${front.admin}` },
      })
      expect([name, response.status]).toEqual([name, 400])
    }
  })

  test("the page of the API loads nothing from elsewhere and allows nothing inline but styles", async () => {
    const response = await front.send("/docs", { key: null })
    const policy = response.headers.get("content-security-policy") ?? ""
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/)
    const page = await response.text()
    expect(page).not.toMatch(/<script(?![^>]* src=)|\son\w+=|https?:/)
  })
})
