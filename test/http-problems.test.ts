import { beforeEach, describe, expect, test } from "vitest"
import { ERROR_CODES, IbidError } from "../src/core/errors.ts"
import { PROBLEMS } from "../src/http/problem.ts"
import { type Front, json, openFront } from "./support/http-front.ts"

let front: Front
beforeEach(async () => {
  front = await openFront()
})

describe("methods", () => {
  test.each([
    ["GET", "/api/search", "POST"],
    ["PUT", "/api/documents", "GET, HEAD, POST"],
    ["PATCH", "/api/documents/doc_1", "DELETE, GET, HEAD"],
    ["POST", "/api/documents/doc_1/text", "GET, HEAD"],
    ["DELETE", "/api/jobs/job_1", "GET, HEAD"],
    ["OPTIONS", "/api/ask", "POST"],
    ["POST", "/health", "GET, HEAD"],
    ["POST", "/assets/start.js", "GET, HEAD"],
  ])("%s %s is 405 with Allow: %s", async (method, path, allow) => {
    const response = await front.send(path, { method })
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow])
    expect(await json(response)).toMatchObject({ status: 405, title: "The method is not allowed" })
  })

  test("another method is 405 in OpenAI's shape under /v1", async () => {
    for (const [method, path] of [
      ["GET", "/v1/chat/completions"],
      ["POST", "/v1/models/ibid/default"],
    ] as const) {
      const response = await front.send(path, { method })
      expect(response.status).toBe(405)
      expect((await json(response)).error).toMatchObject({ type: "invalid_request_error" })
    }
  })

  test("a path that nothing answers is 404 for every method", async () => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect((await front.send("/api/documents/a/b/c", { method })).status).toBe(404)
    }
  })

  test("HEAD answers like GET without a body", async () => {
    const response = await front.send("/api/documents", { method: "HEAD" })
    expect([response.status, await response.text()]).toEqual([200, ""])
  })
})

describe("bodies", () => {
  test.each(["/api/search", "/api/ask", "/v1/chat/completions"])(
    "%s refuses every content type that a page can send without asking",
    async (path) => {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
        const response = await front.send(path, { body: '{"question":"a"}', headers: { "content-type": type } })
        expect([type, response.status]).toEqual([type, 415])
      }
    },
  )

  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON"])("%s is JSON", async (type) => {
    const response = await front.send("/api/search", { body: '{"question":"a"}', headers: { "content-type": type } })
    expect(response.status).toBe(200)
  })

  test("every unknown field is named by a pointer of its own, nested ones too", async () => {
    const body = { question: "a", "one/two": 1, three: 2, filters: { "x~y": 1 } }
    const { errors } = await json(await front.send("/api/search", { body }))
    expect(errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      "/filters/x~0y",
      "/one~1two",
      "/three",
    ])
  })

  test("a body of ten thousand unknown fields gets a short answer", async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`field-${at}`, at]))
    const response = await front.send("/api/search", { body: { question: "a", ...fields } })
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(JSON.parse(text).errors).toHaveLength(20)
    expect(text.length).toBeLessThan(5_000)
  })

  test.each([
    ["8,000 characters", "x".repeat(8_000), 200],
    ["8,001 characters", "x".repeat(8_001), 400],
    ["8,000 characters between spaces", ` ${"x".repeat(8_000)} `, 200],
  ])("a question of %s is answered with its status", async (_name, question, status) => {
    expect((await front.send("/api/search", { body: { question } })).status).toBe(status)
  })

  test.each([
    [1, 200],
    [100, 200],
    [0, 400],
    [101, 400],
    [1.5, 400],
  ])("a limit of %d gets %i", async (limit, status) => {
    expect((await front.send("/api/search", { body: { question: "a", limit } })).status).toBe(status)
  })
})

describe("errors of the core", () => {
  test.each([...ERROR_CODES])("%s keeps its status, code and headers through a route", async (code) => {
    const { send, log } = await openFront({
      search: () => Promise.reject(new IbidError(code, "Cannot do it: a reason")),
    })
    const response = await send("/api/search", { body: { question: "a" }, headers: { "x-request-id": "r-1" } })
    const { status, title } = PROBLEMS[code]
    expect(response.status).toBe(status)
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    expect(response.headers.has("retry-after")).toBe(status === 503 || status === 507)
    expect(response.headers.has("www-authenticate")).toBe(status === 401)
    expect(await json(response)).toMatchObject({
      type: `urn:ibid:problem:${code}`,
      title,
      status,
      code,
      instance: "r-1",
    })
    // what the service got wrong is logged, what the client got wrong is not
    expect(log.map(({ fields }) => fields["requestId"])).toEqual(status >= 500 ? ["r-1"] : [])
  })

  test("the cause of an unexpected error goes to the log and nowhere else", async () => {
    const cause = new Error("ENOENT: no such file, open '/srv/private/salaries.db'")
    const { send, log } = await openFront({ listJobs: () => Promise.reject(cause) })
    const text = await (await send("/api/jobs")).text()
    expect(text).not.toMatch(/ENOENT|srv|salaries|at .*\.ts/)
    expect(log).toMatchObject([{ level: "error", fields: { code: "internal", error: cause } }])
  })

  test("the context of an error stays inside, but for pointers", async () => {
    const { send } = await openFront({
      search: () => Promise.reject(new IbidError("conflict", "Cannot do it", { context: { path: "/srv/private" } })),
    })
    expect(await (await send("/api/search", { body: { question: "a" } })).text()).not.toContain("private")
  })

  test("/ready is 503 with the component that is missing", async () => {
    const components = { index: "ok", reader: "missing" }
    const ingestion = { queued: 0, toRecognise: 0, pausedBy: null, pausedSources: 0 }
    const { send } = await openFront({ readiness: async () => ({ ready: false, components, ingestion }) })
    const response = await send("/ready", { key: null })
    expect([response.status, await json(response)]).toEqual([503, { ready: false, components, ingestion }])
    expect((await send("/health", { key: null })).status).toBe(200)
  })
})
