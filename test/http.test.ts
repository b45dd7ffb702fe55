import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { KnowledgeBase } from "../src/app/knowledge-base.ts"
import { ERROR_CODES, IbidError } from "../src/core/errors.ts"
import { createHttpApp } from "../src/http/app.ts"
import { connectToServer } from "../src/http/client.ts"
import type { HttpApp } from "../src/http/environment.ts"
import { PROBLEMS, toOpenAiError, toProblem } from "../src/http/problem.ts"
import { startServer } from "../src/http/server.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { ADMIN, type Models, openBundledModels, openTestBase, type TestBase } from "./support/knowledge-base.ts"
import { pdf } from "./support/pdf.ts"

const TOKEN = "local-token"
const QUESTION = "How many weeks of paid leave do parents get?"
const OPTIONS = {
  ...{ host: "127.0.0.1", maxBodyBytes: 100_000, answerTimeoutMs: 30_000, localToken: TOKEN, version: "1.2.3" },
  log: () => undefined,
}

let models: Models
let folder: string
let base: TestBase
let app: HttpApp
let admin: string
let reader: string
let stranger: string

beforeAll(async () => {
  models = openBundledModels()
  folder = mkdtempSync(join(tmpdir(), "ibid-http-"))
  const docs = join(folder, "docs")
  mkdirSync(docs)
  writeFileSync(join(docs, "leave.md"), "# Leave\n\nParents get 16 weeks of paid leave, counted from a birth.\n")
  writeFileSync(
    join(docs, "guide.pdf"),
    await pdf([[{ text: "Page one is about filters.", y: 700 }], [{ text: "Page two is about hoses.", y: 700 }]]),
  )
  base = await openTestBase(join(folder, "data"), models, {
    generator: createFakeGenerator(["Parents get 16 weeks", " of paid leave."]),
  })
  await base.ingest(docs)
  admin = await base.kb.createKey({ name: "admin", role: "admin", collections: "all" })
  reader = await base.kb.createKey({ name: "reader", role: "reader", collections: "all" })
  stranger = await base.kb.createKey({ name: "stranger", role: "reader", collections: ["other"] })
  app = createHttpApp(base.kb, OPTIONS)
}, 60_000)

afterAll(async () => {
  await base.kb.dispose()
  await models.dispose()
  rmSync(folder, { recursive: true, force: true })
})

interface Sent {
  readonly key?: string | null
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly method?: string
}

async function send(path: string, { key = admin, body, headers = {}, method }: Sent = {}): Promise<Response> {
  return await app.request(path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      host: "127.0.0.1:8787",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  })
}

// biome-ignore lint/suspicious/noExplicitAny: the shapes are what is tested
const json = async (response: Response): Promise<any> => await response.json()

async function idOf(path: string): Promise<string> {
  const { data } = await base.kb.listDocuments({ principal: ADMIN })
  return data.find((document) => document.path === path)?.id ?? ""
}

/** Events of a server-sent stream. */
async function events(response: Response): Promise<{ event: string; id: string; data: string }[]> {
  const blocks = (await response.text()).split("\n\n").filter(Boolean)
  return blocks.map((block) => {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? ""
    return { event: field("event"), id: field("id"), data: field("data") }
  })
}

describe("keys", () => {
  test.each([
    "/api/search",
    "/api/ask",
    "/api/documents",
    "/api/jobs",
    "/v1/models",
    "/api/collections",
    "/api/local/models",
  ])("a request to %s without a key is refused with a challenge", async (path) => {
    const response = await send(path, { key: null })
    expect(response.status).toBe(401)
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/)
  })

  test("an unknown key is refused like a missing one, without naming it", async () => {
    const response = await send("/api/documents", { key: "ibid_wrong" })
    expect(response.status).toBe(401)
    expect(await response.text()).not.toContain("ibid_wrong")
  })

  test("a key for reading may search and may not upload or remove", async () => {
    expect((await send("/api/search", { key: reader, body: { question: "leave" } })).status).toBe(200)
    const upload = await send("/api/documents?path=a.txt", {
      key: reader,
      body: "text",
      headers: { "content-type": "text/plain" },
    })
    expect(upload.status).toBe(403)
    expect((await send(`/api/documents/${await idOf("leave.md")}`, { key: reader, method: "DELETE" })).status).toBe(403)
  })

  test("a document that may not be read answers like one that does not exist", async () => {
    const hidden = await json(
      await send(`/api/documents/${await idOf("leave.md")}`, { key: stranger, headers: { "x-request-id": "same" } }),
    )
    const missing = await json(
      await send("/api/documents/doc_missing", { key: admin, headers: { "x-request-id": "same" } }),
    )
    expect(hidden).toEqual(missing)
    expect(hidden).toMatchObject({ status: 404, code: "document-not-found" })
  })

  test("the local token opens the routes of this machine's commands, and no key does", async () => {
    expect((await send("/api/local/models", { key: TOKEN })).status).toBe(200)
    expect((await send("/api/local/models", { key: admin })).status).toBe(403)
    expect((await send("/api/ingest", { key: admin, body: { paths: ["/etc"] } })).status).toBe(403)
  })
})

describe("the guard", () => {
  test.each([
    ["evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost:8787", 200],
    ["127.0.0.1:8787", 200],
    ["[::1]:8787", 200],
  ])("a request for host %s on loopback gets %i", async (host, status) => {
    expect((await send("/health", { key: null, headers: { host } })).status).toBe(status)
  })

  test.each([
    ["http://evil.example", 403],
    ["null", 403],
    ["http://127.0.0.1:8787", 200],
    ["http://127.0.0.1:9999", 403],
  ])("a request from origin %s gets %i", async (origin, status) => {
    expect((await send("/api/collections", { headers: { origin } })).status).toBe(status)
  })

  test("every answer carries a request id; a plain one that was sent is kept, another is replaced", async () => {
    expect((await send("/health", { headers: { "x-request-id": "abc-1" } })).headers.get("x-request-id")).toBe("abc-1")
    const replaced = (await send("/health", { headers: { "x-request-id": "a b<script>" } })).headers.get("x-request-id")
    expect(replaced).toMatch(/^req_[\w-]+$/)
    expect((await send("/nowhere")).headers.get("x-request-id")).toMatch(/^req_/)
  })

  test("answers carry headers that keep a browser from guessing, framing and caching", async () => {
    const { headers } = await send("/api/collections")
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'")
    expect(headers.get("cache-control")).toBe("no-store")
    expect(headers.get("referrer-policy")).toBe("no-referrer")
  })

  test("a body over the limit is refused, with and without a stated length", async () => {
    const large = JSON.stringify({ question: "x".repeat(1_100_000) })
    expect((await send("/api/search", { body: large })).status).toBe(413)
    const chunked = new ReadableStream({
      start: (controller) => {
        for (let piece = 0; piece < 20; piece++) controller.enqueue(new Uint8Array(10_000))
        controller.close()
      },
    })
    const response = await app.request("/api/documents?path=big.txt", {
      ...{ method: "POST", body: chunked, duplex: "half" },
      headers: { host: "localhost", authorization: `Bearer ${admin}`, "content-type": "text/plain" },
    } as RequestInit)
    expect(response.status).toBe(413)
    expect(await json(response)).toMatchObject({ code: "payload-too-large" })
  })
})

describe("POST /api/search", () => {
  test("answers in the shape of the contract", async () => {
    const body = await json(await send("/api/search", { body: { question: QUESTION, limit: 1 } }))
    expect(Object.keys(body)).toEqual(["question", "passages", "timings", "generation"])
    expect(Object.keys(body.timings)).toEqual(["embedMs", "denseMs", "lexicalMs", "totalMs"])
    expect(Object.keys(body.passages[0]).sort()).toEqual(
      [
        "rank",
        "documentId",
        "path",
        "title",
        "revision",
        "page",
        "start",
        "end",
        "headingPath",
        "text",
        "scores",
      ].sort(),
    )
    expect(Object.keys(body.passages[0].scores)).toEqual(["fused", "dense", "lexical", "reader"])
    expect(body.passages[0].path).toBe("leave.md")
  })

  test.each([
    [{ question: "" }, "/question"],
    [{ question: "   " }, "/question"],
    [{ question: "x".repeat(100_000) }, "/question"],
    [{ question: "a\0b" }, "/question"],
    [{}, "/question"],
    [{ question: "a", limit: 0 }, "/limit"],
    [{ question: "a", limit: "3" }, "/limit"],
    [{ question: "a", unknown: 1 }, "/unknown"],
    [{ question: "a", filters: { modifiedAfter: "yesterday" } }, "/filters/modifiedAfter"],
  ])("refuses body %# with a pointer to what is wrong", async (body, pointer) => {
    const response = await send("/api/search", { body })
    expect(response.status).toBe(400)
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    const problem = await json(response)
    expect(problem).toMatchObject({ type: "urn:ibid:problem:invalid-request", status: 400, code: "invalid-request" })
    expect(problem.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
  })

  test("refuses what is not JSON", async () => {
    expect((await send("/api/search", { body: "{" })).status).toBe(400)
    expect((await send("/api/search", { body: "[]" })).status).toBe(400)
    const plain = await send("/api/search", { body: '{"question":"a"}', headers: { "content-type": "text/plain" } })
    expect(plain.status).toBeGreaterThanOrEqual(400)
  })

  test("narrows to the type of document", async () => {
    const body = { question: "page about filters", filters: { mediaTypes: ["application/pdf"] } }
    const { passages } = await json(await send("/api/search", { body }))
    expect(new Set(passages.map((passage: { path: string }) => passage.path))).toEqual(new Set(["guide.pdf"]))
  })

  test("answers a collection that does not exist with 404", async () => {
    const response = await send("/api/search", { body: { question: "a", collections: ["none"] } })
    expect(response.status).toBe(404)
    expect(await json(response)).toMatchObject({ code: "collection-not-found" })
  })
})

describe("POST /api/ask", () => {
  test("answers in the shape of the contract", async () => {
    const body = await json(await send("/api/ask", { body: { question: QUESTION } }))
    for (const field of [
      "id",
      "status",
      "mode",
      "question",
      "text",
      "sentences",
      "citations",
      "evidence",
      "passages",
      "confidence",
      "reason",
      "warnings",
      "model",
      "timings",
      "receipt",
    ]) {
      expect(body).toHaveProperty(field)
    }
    expect(body).toMatchObject({
      status: "answered",
      mode: "generated",
      text: "Parents get 16 weeks of paid leave. [1]",
    })
    expect(Object.keys(body.citations[0]).sort()).toEqual(
      [
        ...["marker", "documentId", "path", "title", "revision", "page", "start", "end", "quote", "verified"],
        ...["modifiedAt", "indexedAt", "changedSinceIndexed"],
      ].sort(),
    )
    expect(Object.keys(body.evidence[0]).sort()).toEqual([
      "documentId",
      "end",
      "page",
      "path",
      "quote",
      "score",
      "start",
    ])
  })

  test("streams numbered events, evidence before text, the whole answer last", async () => {
    const response = await send("/api/ask", { body: { question: QUESTION }, headers: { accept: "text/event-stream" } })
    expect(response.headers.get("content-type")).toContain("text/event-stream")
    const received = await events(response)
    expect(received.map((one) => one.event)).toEqual(["passages", "evidence", "delta", "citation", "answer"])
    expect(received.map((one) => one.id)).toEqual(["1", "2", "3", "4", "5"])
    expect(Object.keys(JSON.parse(received[1]?.data ?? "{}"))).toEqual(["evidence"])
    expect(JSON.parse(received[2]?.data ?? "{}")).toEqual({ text: "Parents get 16 weeks of paid leave. [1]" })
    expect(JSON.parse(received[4]?.data ?? "{}")).toMatchObject({ status: "answered" })
  })

  test("keeps the status of a failure before the first event, also for a stream", async () => {
    const body = { question: "a", model: "none-such" }
    const response = await send("/api/ask", { body, headers: { accept: "text/event-stream" } })
    expect(response.status).toBe(404)
    expect(await json(response)).toMatchObject({ code: "model-not-found" })
  })

  test("sends a failure after the first event as the last event of the stream", async () => {
    const failing: KnowledgeBase = {
      ...base.kb,
      ask: async function* () {
        yield { type: "evidence", sequence: 1, evidence: [] }
        throw new IbidError("model-unavailable", "Cannot run the model: its process died")
      },
    }
    const response = await createHttpApp(failing, OPTIONS).request("/api/ask", {
      ...{ method: "POST", body: JSON.stringify({ question: "a" }) },
      headers: {
        host: "localhost",
        authorization: `Bearer ${admin}`,
        "content-type": "application/json",
        accept: "text/event-stream",
      },
    })
    const received = await events(response)
    expect(received.map((one) => one.event)).toEqual(["evidence", "error"])
    expect(JSON.parse(received[1]?.data ?? "{}")).toMatchObject({ code: "model-unavailable", status: 503 })
  })

  test("answers in quotes when asked not to generate", async () => {
    const body = await json(await send("/api/ask", { body: { question: QUESTION, generate: false } }))
    expect(body).toMatchObject({ mode: "extractive", model: { generator: null } })
  })

  test("ends with 504 when it takes too long", async () => {
    const slow: KnowledgeBase = {
      ...base.kb,
      ask: async function* (_question, { signal }) {
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        if (signal?.aborted === true) throw new IbidError("cancelled", "The request was cancelled")
        yield { type: "evidence", sequence: 1, evidence: [] }
      },
    }
    const response = await createHttpApp(slow, { ...OPTIONS, answerTimeoutMs: 50 }).request("/api/ask", {
      ...{ method: "POST", body: JSON.stringify({ question: "a" }) },
      headers: { host: "localhost", authorization: `Bearer ${admin}`, "content-type": "application/json" },
    })
    expect(response.status).toBe(504)
  })
})

describe("/api/documents", () => {
  test("stores raw text, queues it, and knows it again", async () => {
    const headers = { "content-type": "text/plain" }
    const first = await send("/api/documents?path=notes/a.txt", { body: "The gate opens at seven.", headers })
    expect(first.status).toBe(202)
    const { documentId, jobId } = await json(first)
    await expect
      .poll(async () => (await json(await send(`/api/jobs/${jobId}`))).state, { timeout: 20_000 })
      .toBe("indexed")
    const again = await send("/api/documents?path=notes/a.txt", { body: "The gate opens at seven.", headers })
    expect([again.status, await json(again)]).toEqual([200, { documentId, jobId: null }])
    expect(await (await send(`/api/documents/${documentId}/text?start=4&end=8`)).text()).toBe("gate")
    expect((await send(`/api/documents/${documentId}`, { method: "DELETE" })).status).toBe(204)
    expect((await send(`/api/documents/${documentId}`)).status).toBe(404)
  })

  test("stores a file of a form under its own name and title", async () => {
    const form = new FormData()
    form.append("file", new File(["The boiler room is in the cellar."], "boiler.txt", { type: "text/plain" }))
    form.append("title", "Boiler")
    const response = await app.request("/api/documents", {
      ...{ method: "POST", body: form },
      headers: { host: "localhost", authorization: `Bearer ${admin}` },
    })
    expect(response.status).toBe(202)
    const { documentId, jobId } = await json(response)
    await expect
      .poll(async () => (await json(await send(`/api/jobs/${jobId}`))).state, { timeout: 20_000 })
      .toBe("indexed")
    expect(await json(await send(`/api/documents/${documentId}`))).toMatchObject({
      path: "boiler.txt",
      title: "Boiler",
    })
  })

  test.each(["../etc/passwd", "/etc/passwd", "a//b", "a/./b", "a\u0000b"])("refuses the path %j", async (path) => {
    const headers = { "content-type": "text/plain" }
    const response = await send(`/api/documents?path=${encodeURIComponent(path)}`, { body: "text", headers })
    expect(response.status).toBe(400)
  })

  test("refuses a form without a file, a body without a name and an empty document", async () => {
    const form = new FormData()
    form.append("title", "x")
    const headers = { host: "localhost", authorization: `Bearer ${admin}` }
    expect((await app.request("/api/documents", { method: "POST", body: form, headers })).status).toBe(400)
    expect((await send("/api/documents", { body: "text", headers: { "content-type": "text/plain" } })).status).toBe(400)
    const empty = await send("/api/documents?path=e.txt", { body: "", headers: { "content-type": "text/plain" } })
    expect([empty.status, (await json(empty)).code]).toEqual([422, "empty-file"])
  })

  test("answers a repeated Idempotency-Key with the same, and another body with 409", async () => {
    const headers = { "content-type": "text/plain", "idempotency-key": "once" }
    const first = await json(await send("/api/documents?path=i.txt", { body: "one two three", headers }))
    expect(await json(await send("/api/documents?path=i.txt", { body: "one two three", headers }))).toEqual(first)
    expect((await send("/api/documents?path=i.txt", { body: "other words", headers })).status).toBe(409)
  })

  test("lists pages with a cursor", async () => {
    const first = await json(await send("/api/documents?limit=1"))
    expect(first).toMatchObject({ hasMore: true, data: [{ state: expect.any(String) }] })
    const second = await json(await send(`/api/documents?limit=1&cursor=${first.cursor}`))
    expect(second.data[0].id).not.toBe(first.data[0].id)
  })

  test("gives the text of one page with its place", async () => {
    const id = await idOf("guide.pdf")
    const page = await json(await send(`/api/documents/${id}/pages/2`))
    expect(page).toMatchObject({ page: 2, text: expect.stringContaining("hoses") })
    expect(await (await send(`/api/documents/${id}/text?start=${page.start}&end=${page.end}`)).text()).toBe(page.text)
    expect((await send(`/api/documents/${id}/pages/9`)).status).toBe(404)
  })

  test("gives where the parts of the text stand", async () => {
    const id = await idOf("guide.pdf")
    const layout = await json(await send(`/api/documents/${id}/layout`))
    expect(layout).toMatchObject({ documentId: id, isComplete: true, pages: [{ page: 1 }, { page: 2, label: null }] })
    const { start, end } = layout.parts[0]
    expect(await (await send(`/api/documents/${id}/text?start=${start}&end=${end}`)).text()).not.toBe("")
    expect(layout.parts.at(-1).end).toBeLessThanOrEqual(layout.length)
    expect((await send(`/api/documents/${id}/layout`, { key: "" })).status).toBe(401)
    expect((await send("/api/documents/doc_none/layout")).status).toBe(404)
  })

  test("gives the original of the revision that is searchable, and none of another", async () => {
    const id = await idOf("leave.md")
    const { revision } = await json(await send(`/api/documents/${id}`))
    expect((await send(`/api/documents/${id}/original?revision=${revision}`)).status).toBe(200)
    expect((await send(`/api/documents/${id}/original?revision=${"0".repeat(64)}`)).status).toBe(404)
  })

  test("gives the original back as an attachment that no browser runs", async () => {
    const response = await send(`/api/documents/${await idOf("leave.md")}/original`)
    expect(response.headers.get("content-type")).toBe("application/octet-stream")
    expect(response.headers.get("content-disposition")).toContain('attachment; filename="leave.md"')
    expect(response.headers.get("x-content-type-options")).toBe("nosniff")
    expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'.*; sandbox(?:;|$)/)
    expect(await response.text()).toContain("# Leave")
  })

  test("refuses a range outside the text", async () => {
    const id = await idOf("leave.md")
    expect((await send(`/api/documents/${id}/text?start=5&end=2`)).status).toBe(400)
    expect((await send(`/api/documents/${id}/text?end=99999`)).status).toBe(400)
  })
})

describe("/v1", () => {
  const ask = (more: object = {}) =>
    send("/v1/chat/completions", { body: { model: "ibid", messages: [{ role: "user", content: QUESTION }], ...more } })

  test("lists what the key may read as models", async () => {
    expect((await json(await send("/v1/models"))).data.map((model: { id: string }) => model.id)).toEqual([
      "ibid",
      "ibid/default",
    ])
    expect(
      (await json(await send("/v1/models", { key: stranger }))).data.map((model: { id: string }) => model.id),
    ).toEqual(["ibid"])
  })

  test.each(["ibid", "ibid/default", "ibid%2Fdefault"])(
    "gives the model %s by its id, with a plain slash too",
    async (id) => {
      const given = await send(`/v1/models/${id}`)
      expect([given.status, (await json(given)).id]).toEqual([200, decodeURIComponent(id)])
    },
  )

  test.each(["ibid/none", "ibid/default/more", "none"])("knows no model %s", async (id) => {
    const given = await send(`/v1/models/${id}`)
    expect([given.status, (await json(given)).error.code]).toEqual([404, "model_not_found"])
  })

  test("answers as a chat completion with citations in the annotations", async () => {
    const body = await json(await ask())
    expect(body).toMatchObject({
      object: "chat.completion",
      model: "ibid",
      choices: [{ index: 0, finish_reason: "stop" }],
    })
    expect(body.id).toMatch(/^chatcmpl-/)
    const [{ message }] = body.choices
    expect(message).toMatchObject({ role: "assistant", content: "Parents get 16 weeks of paid leave. [1]" })
    const [{ type, url_citation }] = message.annotations
    expect(type).toBe("url_citation")
    expect(message.content.slice(url_citation.start_index, url_citation.end_index)).toBe("[1]")
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + body.usage.completion_tokens)
  })

  test("streams chunks with the citations in the last one, then [DONE]", async () => {
    const received = (await events(await ask({ stream: true, stream_options: { include_usage: true } }))).map(
      (one) => one.data,
    )
    expect(received.at(-1)).toBe("[DONE]")
    const chunks = received.slice(0, -1).map((data) => JSON.parse(data))
    expect(new Set(chunks.map((chunk) => chunk.object))).toEqual(new Set(["chat.completion.chunk"]))
    expect(chunks[0].choices[0].delta).toEqual({ role: "assistant", content: "" })
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
      "Parents get 16 weeks of paid leave. [1]",
    )
    const last = chunks.find((chunk) => chunk.choices[0]?.finish_reason === "stop")
    expect(last.choices[0].delta.annotations[0].ibid).toMatchObject({ verified: true, path: "leave.md" })
    expect(chunks.at(-1).usage.total_tokens).toBeGreaterThan(0)
  })

  test("asks one collection by the model's name", async () => {
    expect((await ask({ model: "ibid/default" })).status).toBe(200)
  })

  test("takes text parts and the last message of the user", async () => {
    const messages = [
      { role: "user", content: "something else" },
      { role: "assistant", content: "an answer" },
      { role: "user", content: [{ type: "text", text: QUESTION }] },
    ]
    expect((await json(await ask({ messages }))).choices[0].message.content).toContain("16 weeks")
  })

  test.each([
    [{ model: "gpt-4" }, 404, "model_not_found"],
    [{ model: "ibid/none" }, 404, "model_not_found"],
    [{ n: 2 }, 400, "invalid-request"],
    [{ tools: [{ type: "function" }] }, 400, "invalid-request"],
    [{ messages: [] }, 400, "invalid-request"],
    [{ messages: [{ role: "system", content: "x" }] }, 400, "invalid-request"],
  ])("refuses %j in OpenAI's shape", async (more, status, code) => {
    const response = await ask(more)
    expect(response.status).toBe(status)
    expect(await json(response)).toMatchObject({
      error: { message: expect.any(String), type: expect.any(String), code },
    })
  })

  test("refuses a missing key in OpenAI's shape", async () => {
    const response = await send("/v1/models", { key: null })
    expect(await json(response)).toMatchObject({ error: { type: "authentication_error", code: "invalid_api_key" } })
  })

  test("answers an abstention as text, not as an error", async () => {
    const body = await json(await ask({ messages: [{ role: "user", content: "What is the capital of Mongolia?" }] }))
    expect(body.choices[0].message).toMatchObject({
      content: "The documents do not answer this question.",
      annotations: [],
    })
    expect(body.ibid).toMatchObject({ status: "abstained", reason: "weak-evidence" })
  })
})

describe("operations", () => {
  test("/health and /ready need no key", async () => {
    expect(await json(await send("/health", { key: null }))).toEqual({
      ...{ status: "ok", version: "1.2.3", components: { ingestion: "ok" } },
    })
    // documents of the tests before may still be on their way
    await expect
      .poll(async () => await json(await send("/ready", { key: null })), { timeout: 20_000 })
      .toMatchObject({
        ...{ ready: true, components: { index: "ok", ingestion: "ok" } },
        ingestion: { queued: 0, toRecognise: 0, pausedBy: null, pausedSources: 0 },
      })
  })

  test("/openapi.json describes every route of the contract, and all its references resolve", async () => {
    const description = await json(await send("/openapi.json", { key: null }))
    expect(description.openapi).toBe("3.1.0")
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining([
        ...[
          "/api/search",
          "/api/ask",
          "/api/ask/{id}",
          "/api/documents",
          "/api/documents/{id}",
          "/api/documents/{id}/text",
        ],
        ...[
          "/api/documents/{id}/original",
          "/api/documents/{id}/pages/{n}",
          "/api/documents/{id}/layout",
          "/api/jobs",
          "/api/jobs/{id}",
        ],
        ...["/api/documents/totals", "/api/collections/{id}", "/api/models", "/api/models/{id}/pull"],
        ...["/api/models/{id}/use", "/api/system", "/api/doctor", "/api/evaluations", "/api/evaluations/{id}"],
        ...["/api/evaluations/{id}/comparison"],
        ...["/api/jobs/{id}/cancel", "/api/documents/{id}/retry", "/api/documents/{id}/embedded"],
        ...[
          "/api/collections",
          "/v1/chat/completions",
          "/v1/models",
          "/v1/models/{id}",
          "/v1/embeddings",
          "/v1/vector_stores/{id}/search",
          "/health",
          "/ready",
        ],
      ]),
    )
    for (const [, name] of JSON.stringify(description).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(description.components.schemas).toHaveProperty(name ?? "")
    }
  })

  test("/docs is served from the package, without an outside address", async () => {
    const page = await (await send("/docs", { key: null })).text()
    expect(page).not.toMatch(/https?:\/\//)
    for (const [, file] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const response = await send(file ?? "", { key: null })
      expect([file, response.status]).toEqual([file, 200])
      await response.arrayBuffer()
    }
    expect((await send("/docs/..%2fpackage.json", { key: null })).status).toBe(404)
  })

  test("an unknown route is a problem, and an unexpected error tells nothing but the request's id", async () => {
    expect(await json(await send("/api/nothing"))).toMatchObject({ status: 404, code: "not-found" })
    const failing: KnowledgeBase = {
      ...base.kb,
      describeCollections: () => Promise.reject(new Error("secret /path/of/things")),
    }
    const response = await createHttpApp(failing, OPTIONS).request("/api/collections", {
      headers: { host: "localhost", authorization: `Bearer ${admin}`, "x-request-id": "r1" },
    })
    const text = await response.text()
    expect([response.status, JSON.parse(text).instance]).toEqual([500, "r1"])
    expect(text).not.toContain("secret")
  })
})

describe("problems", () => {
  test.each([...ERROR_CODES])("code %s has a row, a problem and an OpenAI error", (code) => {
    const error = new IbidError(code, "Cannot do it: a reason")
    expect(toProblem(error, "r")).toMatchObject({
      code,
      status: PROBLEMS[code].status,
      type: `urn:ibid:problem:${code}`,
    })
    expect(toOpenAiError(error).error.type).toMatch(/_error$/)
  })
})

describe("connectToServer()", () => {
  test("gives the commands of this machine the same results and errors through a running server", async () => {
    const server = await startServer(app, { host: "127.0.0.1", port: 0 })
    try {
      const remote = await connectToServer({ address: server.address, token: TOKEN })
      expect(remote.models()).toEqual(base.kb.models())
      const types: string[] = []
      for await (const event of remote.ask({ question: QUESTION }, { principal: ADMIN })) {
        types.push(event.type)
        if (event.type === "answer") expect(event.answer.text).toContain("16 weeks")
        if (event.type === "citation") expect(event.citation.verified).toBe(true)
      }
      expect(types).toEqual(["passages", "evidence", "delta", "citation", "answer"])
      const found = await remote.search({ question: QUESTION, limit: 1 }, { principal: ADMIN })
      expect(found.passages[0]?.path).toBe("leave.md")
      expect(
        await remote.readText(found.passages[0]?.documentId ?? "", { start: 0, end: 5 }, { principal: ADMIN }),
      ).toBe("Leave")
      const unchanged: string[] = []
      for await (const event of remote.ingest([join(folder, "docs")], { principal: ADMIN })) unchanged.push(event.event)
      expect(unchanged.filter((event) => event !== "progress")).toEqual([
        "document-unchanged",
        "document-unchanged",
        "summary",
      ])
      expect((await remote.doctor({ repair: false })).violations).toEqual([])
      await expect(remote.getDocument("doc_none", { principal: ADMIN })).rejects.toMatchObject({
        code: "document-not-found",
      })
    } finally {
      await server.close()
    }
  })

  test("says that the server cannot be reached when nothing listens", async () => {
    const server = await startServer(app, { host: "127.0.0.1", port: 0 })
    await server.close()
    await expect(connectToServer({ address: server.address, token: TOKEN })).rejects.toMatchObject({
      code: "server-unreachable",
    })
  })
})

describe("startServer()", () => {
  test("names the port that is in use", async () => {
    const first = await startServer(app, { host: "127.0.0.1", port: 0 })
    try {
      const port = Number(new URL(first.address).port)
      const second = startServer(app, { host: "127.0.0.1", port })
      await expect(second).rejects.toMatchObject({
        code: "port-in-use",
        message: expect.stringContaining(String(port)),
      })
    } finally {
      await first.close()
    }
  })

  test("ends the answer flow when the client goes away", async () => {
    let isEnded = false
    const endless: KnowledgeBase = {
      ...base.kb,
      ask: async function* (_question, { signal }) {
        try {
          yield { type: "evidence", sequence: 1, evidence: [] }
          await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        } finally {
          isEnded = true
        }
      },
    }
    const server = await startServer(createHttpApp(endless, OPTIONS), { host: "127.0.0.1", port: 0 })
    try {
      const leave = new AbortController()
      const response = await fetch(`${server.address}/api/ask`, {
        ...{ method: "POST", body: JSON.stringify({ question: "a" }), signal: leave.signal },
        headers: { authorization: `Bearer ${admin}`, "content-type": "application/json", accept: "text/event-stream" },
      })
      await response.body?.getReader().read()
      leave.abort()
      await expect.poll(() => isEnded, { timeout: 5_000 }).toBe(true)
    } finally {
      await server.close()
    }
  })
})
