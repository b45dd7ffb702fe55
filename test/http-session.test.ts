import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { temporaryFolder } from "./support/folder.ts"
import { json, LOCAL_TOKEN, openFront } from "./support/http-front.ts"
import { OWN, openSessionFront, type SessionFront } from "./support/session-front.ts"

const signIn = (key: string) => ({ key: null, body: { key } })
const FORMER_TAKEN_BACK = /^ibid_key_8787=; Path=\/; Max-Age=0;/

let front: SessionFront
beforeAll(async () => {
  front = await openSessionFront()
})
afterAll(() => front.close())

describe("/api/session", () => {
  test("POST answers the principal and sets a cookie that no script and no other site gets", async () => {
    const { send, admin } = front
    const response = await send("/api/session", signIn(admin))
    expect(await json(response)).toMatchObject({ principal: { role: "admin", collections: "all" } })
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^ibid_session_8787=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/),
    ])
    expect(response.headers.get("cache-control")).toBe("no-store")
  })

  test("POST behind TLS sets a cookie for TLS alone", async () => {
    const { send, admin } = front
    const response = await send("/api/session", { ...signIn(admin), headers: { "x-forwarded-proto": "https" } })
    expect(response.headers.get("set-cookie")).toContain("; Secure")
  })

  test.each(["ibid_wrong", LOCAL_TOKEN, "a; b"])("POST with the key %s is refused and sets nothing", async (key) => {
    const { send } = front
    const response = await send("/api/session", signIn(key))
    expect(response.status).toBe(401)
    expect(response.headers.get("set-cookie")).toBeNull()
    expect(await response.text()).not.toContain(key)
  })

  test("POST with the secret of a session is refused: it is no key", async () => {
    const [, secret = ""] = (await front.signIn(front.admin)).split("=")
    expect((await front.send("/api/session", signIn(secret))).status).toBe(401)
  })

  test("POST from another origin is refused: nobody else signs a browser in", async () => {
    const { send, admin } = front
    const response = await send("/api/session", { ...signIn(admin), headers: { origin: "http://127.0.0.1:3000" } })
    expect(response.status).toBe(403)
  })

  test("GET answers the principal of the cookie, and null without one or with a wrong one", async () => {
    const cookie = await front.signIn(front.reader)
    const read = async (headers: Record<string, string>) =>
      await json(await front.send("/api/session", { key: null, headers }))
    expect(await read({ cookie })).toMatchObject({ principal: { role: "reader" } })
    expect(await read({})).toEqual({ principal: null })
    expect(await read({ cookie: "ibid_session_8787=wrong" })).toEqual({ principal: null })
  })

  test.each(["none", "of a session that is over"])("DELETE takes the cookie back, also with %s", async (kind) => {
    const cookie = kind === "none" ? {} : { cookie: "ibid_session_8787=over" }
    const response = await front.send("/api/session", { key: null, method: "DELETE", headers: { ...OWN, ...cookie } })
    expect(response.status).toBe(204)
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^ibid_session_8787=; Path=\/; Max-Age=0;/)])
  })

  test("the cookie of earlier versions, which holds the key, opens nothing", async () => {
    const { send, admin, read } = front
    const cookie = `ibid_key_8787=${admin}`
    expect(await read(cookie)).toBe(401)
    expect(await json(await send("/api/session", { key: null, headers: { cookie } }))).toEqual({ principal: null })
  })

  test.each([
    { path: "in", sent: (admin: string) => ({ body: { key: admin } }) },
    { path: "out", sent: () => ({ method: "DELETE" }) },
  ])("signing $path takes the cookie of earlier versions back too", async ({ sent }) => {
    const { send, admin } = front
    const headers = { ...OWN, cookie: `ibid_key_8787=${admin}` }
    const response = await send("/api/session", { key: null, headers, ...sent(admin) })
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^ibid_session_8787=/),
      expect.stringMatching(FORMER_TAKEN_BACK),
    ])
  })
})

describe("a request with the cookie", () => {
  const question = { question: "How many weeks of leave?" }
  const ask = { key: null, body: question }

  test("reads like one with the key", async () => {
    expect(await front.read(`other=1; ${await front.signIn(front.admin)}`)).toBe(200)
  })

  test("that holds a key instead of a session is not taken, nor a session's secret as a key", async () => {
    expect(await front.read(`ibid_session_8787=${front.admin}`)).toBe(401)
    const [, secret = ""] = (await front.signIn(front.admin)).split("=")
    expect((await front.send("/api/documents", { key: secret })).status).toBe(401)
  })

  test("of a server on another port of the machine is not taken", async () => {
    const cookie = await front.signIn(front.admin)
    expect(await front.read(cookie.replace("8787", "9999"))).toBe(401)
  })

  test.each([OWN, { "sec-fetch-site": "same-origin" }])("writes with %o", async (headers) => {
    const cookie = await front.signIn(front.admin)
    const response = await front.send("/api/ask", { ...ask, headers: { ...headers, cookie } })
    expect(response.status).toBe(200)
  })

  test.each([
    {},
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "none" },
    { origin: "http://127.0.0.1:3000" },
    { origin: "null" },
    { ...OWN, "sec-fetch-site": "cross-site" },
  ])("is refused to write with %o", async (headers) => {
    const cookie = await front.signIn(front.admin)
    const response = await front.send("/api/ask", { ...ask, headers: { ...headers, cookie } })
    expect(response.status).toBe(403)
  })

  test.each(["same-site", "cross-site"])("that a page of a %s makes reads nothing", async (site) => {
    const headers = { cookie: await front.signIn(front.admin), "sec-fetch-site": site }
    expect((await front.send("/api/documents", { key: null, headers })).status).toBe(401)
  })

  test("counts for nothing beside a key that is wrong", async () => {
    const headers = { cookie: await front.signIn(front.admin) }
    expect((await front.send("/api/documents", { key: "ibid_wrong", headers })).status).toBe(401)
  })

  test("does not open what is for commands of this machine", async () => {
    const local = async (cookie: string) =>
      (await front.send("/api/local/models", { key: null, headers: { cookie } })).status
    expect(await local(`ibid_session_8787=${LOCAL_TOKEN}`)).toBe(401)
    expect(await local(await front.signIn(front.admin))).toBe(403)
  })
})

describe("the files of the page", () => {
  function built(): string {
    const folder = temporaryFolder()
    mkdirSync(join(folder, "assets"))
    writeFileSync(join(folder, "secret.js"), "outside")
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>Ibid</title>")
    writeFileSync(join(folder, "assets", "index-1.js"), "export const one = 1\n")
    return folder
  }

  test("the page comes without a key, is asked for each time, and may load files of this server alone", async () => {
    const { send } = await openFront({}, { page: built() })
    const response = await send("/", { key: null })
    expect(await response.text()).toContain("<title>Ibid</title>")
    expect(response.headers.get("cache-control")).toBe("no-cache")
    const policy = response.headers.get("content-security-policy") ?? ""
    expect(policy.split("; ").sort()).toEqual(
      [
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:"],
        ...["font-src 'self'", "connect-src 'self'", "worker-src 'self'", "base-uri 'none'", "form-action 'self'"],
        "frame-ancestors 'none'",
      ].sort(),
    )
  })

  test("an asset is kept for ever, and compressed for who takes that", async () => {
    const { send } = await openFront({}, { page: built() })
    const response = await send("/assets/index-1.js", { key: null, headers: { "accept-encoding": "gzip, br" } })
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8")
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable")
    expect(response.headers.get("content-encoding")).toBe("gzip")
    const plain = await send("/assets/index-1.js", { key: null })
    expect(await plain.text()).toBe("export const one = 1\n")
  })

  test.each(["/assets/index-2.js", "/assets/..%2Fsecret.js", "/assets/.env", "/assets/index-1.txt"])(
    "%s is not there",
    async (path) => {
      const { send } = await openFront({}, { page: built() })
      expect((await send(path, { key: null })).status).toBe(404)
    },
  )

  test("where nothing is built the page says how to build it", async () => {
    const { send } = await openFront({}, { page: join(built(), "none") })
    const response = await send("/", { key: null })
    expect(response.status).toBe(503)
    expect(await response.text()).toContain("npm run build")
  })
})
