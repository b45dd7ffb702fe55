import { beforeEach, describe, expect, test } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import { type Front, json, openFront } from "./support/http-front.ts"

let front: Front
beforeEach(async () => {
  front = await openFront()
})

const plain = { "content-type": "text/plain" }

async function sendForm(form: FormData, headers: Record<string, string> = {}): Promise<Response> {
  return await front.app.request("/api/documents", {
    ...{ method: "POST", body: form },
    headers: { host: "localhost", authorization: `Bearer ${front.admin}`, ...headers },
  })
}

function formWith(fields: Record<string, string> = {}, content = "words", name = "a.txt"): FormData {
  const form = new FormData()
  form.append("file", new File([content], name, { type: "text/plain" }))
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  return form
}

describe("POST /api/documents", () => {
  test("takes a form again under its Idempotency-Key, however long after", async () => {
    const headers = { "idempotency-key": "form-1" }
    const first = await sendForm(formWith(), headers)
    // the clock of a parsed file is the one of its parsing
    const started = Date.now()
    await expect.poll(() => Date.now() > started).toBe(true)
    const again = await sendForm(formWith(), headers)
    expect([again.status, await json(again)]).toEqual([202, await json(first)])
  })

  test("answers 409 to the same key with another title", async () => {
    const headers = { "idempotency-key": "form-2" }
    await sendForm(formWith({ title: "One" }), headers)
    const other = await sendForm(formWith({ title: "Two" }), headers)
    expect([other.status, (await json(other)).code]).toEqual([409, "conflict"])
  })

  test("keeps the Idempotency-Keys of two principals apart", async () => {
    const second = await front.kb.createKey({ name: "second", role: "admin", collections: "all" })
    const headers = { ...plain, "idempotency-key": "shared" }
    await front.send("/api/documents?path=one.txt", { body: "one", headers })
    const other = await front.send("/api/documents?path=two.txt", { body: "two", headers, key: second })
    expect(other.status).toBe(202)
  })

  test("does not remember a failure under an Idempotency-Key", async () => {
    let isBroken = true
    const real = front.kb
    front = await openFront({
      ...real,
      upload: (upload, call) =>
        isBroken
          ? Promise.reject(new IbidError("disk-full", "Cannot write: the disk is full"))
          : real.upload(upload, call),
    })
    const again = () =>
      front.send("/api/documents?path=a.txt", { body: "one", headers: { ...plain, "idempotency-key": "retry" } })
    expect((await again()).status).toBe(507)
    isBroken = false
    expect((await again()).status).toBe(202)
  })

  test.each(["", " ", "a b", "x".repeat(201)])("refuses the Idempotency-Key %j", async (key) => {
    const headers = { ...plain, "idempotency-key": key }
    expect((await front.send("/api/documents?path=a.txt", { body: "one", headers })).status).toBe(400)
  })

  test("refuses a form of two files and stores neither", async () => {
    const form = formWith()
    form.append("file", new File(["more"], "b.txt"))
    const response = await sendForm(form)
    expect(response.status).toBe(400)
    expect((await json(response)).errors[0].pointer).toBe("/file")
    const { data } = await json(await front.send("/api/documents"))
    expect(data.map((document: { path: string }) => document.path)).toEqual(["hr/leave.txt"])
  })

  test("refuses a misspelt field of a form, which would have opened the document to other readers", async () => {
    const response = await sendForm(formWith({ colection: "secret" }))
    expect(response.status).toBe(400)
    expect((await json(response)).errors).toEqual([{ pointer: "/colection", detail: "is not a known field" }])
  })

  test("takes path, collection and title of a form", async () => {
    const { documentId } = await json(await sendForm(formWith({ path: "x/y.txt", collection: "hr", title: "Why" })))
    const document = await json(await front.send(`/api/documents/${documentId}`))
    expect(document).toMatchObject({ path: "x/y.txt", collection: "hr", title: "Why", mediaType: "text/plain" })
  })

  test.each([
    ["reports/h%C3%A9.txt", "reports/hé.txt"],
    ["100%.txt", "100%.txt"],
  ])("reads the path of X-Document-Path %j", async (header, path) => {
    const headers = { ...plain, "x-document-path": header }
    const { documentId } = await json(await front.send("/api/documents", { body: "text", headers }))
    expect((await json(await front.send(`/api/documents/${documentId}`))).path).toBe(path)
  })

  test.each(["..%2Fx", "%2Fetc%2Fpasswd", "a%00b", "C:%5C..%5Cx"])(
    "checks the decoded path of X-Document-Path %j",
    async (header) => {
      const headers = { ...plain, "x-document-path": header }
      expect((await front.send("/api/documents", { body: "text", headers })).status).toBe(400)
    },
  )

  test.each(["application/x-www-form-urlencoded", "application/octet-stream"])(
    "takes %s, which tools state by themselves, for no statement",
    async (contentType) => {
      const headers = { "content-type": contentType }
      const sent = await front.send("/api/documents?path=a.txt", { body: "text", headers })
      const { documentId } = await json(sent)
      expect((await json(await front.send(`/api/documents/${documentId}`))).mediaType).toBe("text/plain")
    },
  )

  test("refuses a broken form", async () => {
    const headers = { "content-type": "multipart/form-data" }
    expect((await front.send("/api/documents", { body: "no boundary", headers })).status).toBe(400)
  })

  test("refuses a key for reading before it has read the body", async () => {
    let isRead = false
    const body = new ReadableStream(
      {
        pull: (controller) => {
          isRead = true
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const response = await front.app.request("/api/documents?path=a.txt", {
      ...{ method: "POST", body, duplex: "half" },
      headers: { host: "localhost", authorization: `Bearer ${front.reader}`, "content-length": "10", ...plain },
    } as RequestInit)
    expect([response.status, isRead]).toEqual([403, false])
  })
})

describe("GET /api/documents/:id/original", () => {
  test("names the file so that every client reads the same name", async () => {
    const path = encodeURIComponent(`it's "ä" (1)*.txt`)
    const { documentId } = await json(await front.send(`/api/documents?path=${path}`, { body: "x", headers: plain }))
    const response = await front.send(`/api/documents/${documentId}/original`)
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="it_s ___ (1)_.txt"; filename*=UTF-8''it%27s%20%22%C3%A4%22%20%281%29%2A.txt`,
    )
    expect(response.headers.get("x-content-type-options")).toBe("nosniff")
  })

  test("gives a page of HTML no way to run", async () => {
    const sent = await front.send("/api/documents?path=a.html", {
      ...{ body: "<script>alert(1)</script>", headers: { "content-type": "text/html" } },
    })
    const response = await front.send(`/api/documents/${(await json(sent)).documentId}/original`)
    expect(response.headers.get("content-type")).toBe("application/octet-stream")
    expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'/)
  })
})
