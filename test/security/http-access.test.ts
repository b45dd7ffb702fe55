import { beforeAll, describe, expect, test } from "vitest"
import { type Front, json, LOCAL_TOKEN, openFront } from "../support/http-front.ts"

let front: Front
let documentId: string
beforeAll(async () => {
  front = await openFront()
  documentId = (await json(await front.send("/api/documents"))).data[0].id
})

const question = { question: "leave" }
const chat = { model: "ibid", messages: [{ role: "user", content: "leave" }] }

/** Who gets what: without a key, with a key for reading, with one for administration, with this machine's token. */
const ROUTES: readonly [string, string, object | undefined, readonly number[]][] = [
  ["GET", "/", undefined, [200, 200, 200, 200]],
  ["GET", "/health", undefined, [200, 200, 200, 200]],
  ["GET", "/ready", undefined, [200, 200, 200, 200]],
  ["GET", "/docs", undefined, [200, 200, 200, 200]],
  ["GET", "/docs/assets/start.js", undefined, [200, 200, 200, 200]],
  ["GET", "/openapi.json", undefined, [200, 200, 200, 200]],
  ["GET", "/assets/none.js", undefined, [404, 404, 404, 404]],
  ["POST", "/api/session", { key: "ibid_none" }, [401, 401, 401, 401]],
  ["GET", "/api/session", undefined, [200, 200, 200, 200]],
  ["DELETE", "/api/session", undefined, [204, 204, 204, 204]],
  ["POST", "/api/search", question, [401, 200, 200, 200]],
  ["POST", "/api/ask", question, [401, 200, 200, 200]],
  ["GET", "/api/ask/none", undefined, [401, 404, 404, 404]],
  ["DELETE", "/api/ask/none", undefined, [401, 404, 404, 404]],
  ["GET", "/api/documents/totals", undefined, [401, 200, 200, 200]],
  ["GET", "/api/documents/ID/layout", undefined, [401, 200, 200, 200]],
  ["GET", "/api/documents", undefined, [401, 200, 200, 200]],
  ["GET", "/api/documents/ID", undefined, [401, 200, 200, 200]],
  ["GET", "/api/documents/ID/text", undefined, [401, 200, 200, 200]],
  ["GET", "/api/documents/ID/original", undefined, [401, 200, 200, 200]],
  ["GET", "/api/documents/ID/pages/1", undefined, [401, 200, 200, 200]],
  ["POST", "/api/documents?path=new.txt", {}, [401, 403, 202, 200]],
  ["GET", "/api/documents/ID/embedded", undefined, [401, 200, 200, 200]],
  ["POST", "/api/documents/none/retry", {}, [401, 403, 404, 404]],
  ["POST", "/api/jobs/none/cancel", {}, [401, 403, 404, 404]],
  ["GET", "/api/jobs", undefined, [401, 200, 200, 200]],
  ["GET", "/api/jobs/none", undefined, [401, 404, 404, 404]],
  ["GET", "/api/collections", undefined, [401, 200, 200, 200]],
  ["POST", "/api/collections", { id: "new" }, [401, 403, 201, 201]],
  ["DELETE", "/api/collections/none", undefined, [401, 403, 404, 404]],
  ["GET", "/api/models", undefined, [401, 403, 200, 200]],
  ["POST", "/api/models/none/pull", {}, [401, 403, 200, 200]],
  ["DELETE", "/api/models/none/pull", undefined, [401, 403, 404, 404]],
  ["POST", "/api/models/none/use", {}, [401, 403, 204, 204]],
  ["GET", "/api/evaluations", undefined, [401, 403, 200, 200]],
  ["POST", "/api/evaluations", {}, [401, 403, 400, 400]],
  ["GET", "/api/evaluations/none", undefined, [401, 404, 404, 404]],
  ["GET", "/api/evaluations/none/comparison?earlier=none", undefined, [401, 404, 404, 404]],
  ["GET", "/api/system", undefined, [401, 200, 200, 200]],
  ["POST", "/api/doctor", { repair: false }, [401, 403, 200, 200]],
  ["GET", "/api/sources", undefined, [401, 403, 200, 200]],
  ["POST", "/api/sources/none/resume", { confirmRemoval: true }, [401, 403, 404, 404]],
  ["GET", "/v1/models", undefined, [401, 200, 200, 200]],
  ["GET", "/v1/models/ibid", undefined, [401, 200, 200, 200]],
  ["GET", "/v1/models/ibid/default", undefined, [401, 200, 200, 200]],
  ["POST", "/v1/embeddings", { model: "ibid", input: "leave" }, [401, 200, 200, 200]],
  ["POST", "/v1/vector_stores/ibid/search", { query: "leave" }, [401, 200, 200, 200]],
  ["POST", "/v1/chat/completions", chat, [401, 200, 200, 200]],
  ["POST", "/api/ingest", { paths: ["/x"] }, [401, 403, 403, 200]],
  ["POST", "/api/local/watch", { path: "/x" }, [401, 403, 403, 200]],
  ["GET", "/api/local/models", undefined, [401, 403, 403, 200]],
  ["POST", "/api/local/doctor", { repair: false }, [401, 403, 403, 200]],
  ["GET", "/api/local/none", undefined, [401, 403, 403, 404]],
  ["GET", "/nowhere", undefined, [401, 404, 404, 404]],
  ["DELETE", "/api/documents/none", undefined, [401, 403, 404, 404]],
  ["DELETE", "/api/documents/none?erase=true", undefined, [401, 403, 404, 404]],
  ["GET", "/api/erasures", undefined, [401, 403, 200, 200]],
  ["GET", "/api/erasures/none", undefined, [401, 403, 404, 404]],
  ["GET", "/api/answers", undefined, [401, 200, 200, 200]],
  ["GET", "/api/answers/none", undefined, [401, 404, 404, 404]],
  ["POST", "/api/answers/none/replay", {}, [401, 404, 404, 404]],
  ["POST", "/api/answers/none/feedback", { verdict: "useful" }, [401, 404, 404, 404]],
  ["GET", "/api/feedback", undefined, [401, 403, 200, 200]],
  ["GET", "/api/conversations", undefined, [401, 200, 200, 200]],
  ["GET", "/api/conversations/none", undefined, [401, 404, 404, 404]],
  ["DELETE", "/api/conversations/none", undefined, [401, 404, 404, 404]],
]

describe("who may do what", () => {
  test.each(ROUTES)("%s %s", async (method, path, body, expected) => {
    const statuses: number[] = []
    for (const key of [null, front.reader, front.admin, LOCAL_TOKEN]) {
      const sent = { key, method, ...(body === undefined ? {} : { body }) }
      const response = await front.send(path.replace("ID", documentId), sent)
      await response.arrayBuffer()
      statuses.push(response.status)
    }
    expect(statuses).toEqual(expected)
  })

  test("the table above names every route that the service has", () => {
    const named = ROUTES.map(([method, path]) => `${method} ${path.replace(/\?.*/, "")}`)
    const routes = front.app.routes.filter(({ method }) => method !== "ALL")
    const matches = (pattern: string) => new RegExp(`^${pattern.replace(/:\w+(?:\{[^}]*\})?/g, "[^/]+")}$`)
    const unnamed = routes.filter(({ method, path }) => !named.some((one) => matches(`${method} ${path}`).test(one)))
    expect(unnamed.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })
})

describe("keys", () => {
  test.each(["bearer", "BEARER", "Bearer"])("the scheme %s is the same door", async (scheme) => {
    const headers = { host: "localhost", authorization: `${scheme} ${front.reader}` }
    expect((await front.app.request("/api/collections", { headers })).status).toBe(200)
  })

  test.each([
    ["another scheme", (key: string) => `Basic ${Buffer.from(`x:${key}`).toString("base64")}`],
    ["no scheme", (key: string) => key],
    ["two keys", (key: string) => `Bearer ${key} ${key}`],
    ["part of a key", (key: string) => `Bearer ${key.slice(0, -1)}`],
    ["a longer key", (key: string) => `Bearer ${key}x`],
    ["nothing", () => "Bearer "],
    ["a list", (key: string) => `Bearer wrong, Bearer ${key}`],
  ])("%s is refused", async (_name, header) => {
    for (const key of [front.admin, LOCAL_TOKEN]) {
      const response = await front.app.request("/api/collections", {
        headers: { host: "localhost", authorization: header(key) },
      })
      expect(response.status).toBe(401)
    }
  })

  test("a key in the address or in a cookie opens nothing", async () => {
    for (const name of ["key", "api_key", "access_token", "token", "authorization"]) {
      const path = `/api/collections?${name}=${front.admin}`
      const headers = { cookie: `${name}=${front.admin}`, "x-api-key": front.admin }
      expect((await front.send(path, { key: null, headers })).status).toBe(401)
    }
  })

  test("no token opens the local routes of a service that was started without one", async () => {
    const { createHttpApp } = await import("../../src/http/app.ts")
    const app = createHttpApp(front.kb, {
      ...{ host: "127.0.0.1", maxBodyBytes: 1, answerTimeoutMs: 1, version: "1", log: () => undefined },
    })
    for (const token of ["undefined", "null", "local", LOCAL_TOKEN]) {
      const headers = { host: "localhost", authorization: `Bearer ${token}` }
      expect((await app.request("/api/local/models", { headers })).status).toBe(401)
    }
  })

  test("a search without a key does not reach the core", async () => {
    let isReached = false
    const guarded = await openFront({
      search: () => {
        isReached = true
        return Promise.reject(new Error("reached"))
      },
    })
    await guarded.send("/api/search", { key: null, body: question })
    expect(isReached).toBe(false)
  })
})
