import { afterEach, describe, expect, test } from "vitest"
import { createKnowledgeBase } from "../src/app/create-knowledge-base.ts"
import type { KnowledgeBase } from "../src/app/knowledge-base.ts"
import { IbidError } from "../src/core/errors.ts"
import { createHttpApp } from "../src/http/app.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { temporaryFolder } from "./support/folder.ts"
import { gate, json, openFront } from "./support/http-front.ts"
import { openTestBase } from "./support/knowledge-base.ts"

/** A parser process has to start first, on a machine that may be busy. */
const SLOWEST_MS = 60_000
const PLAIN = { "content-type": "text/plain" }

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A whole base behind HTTP; `before` is awaited before a passage is embedded. */
async function open(
  before: () => Promise<void> = async () => undefined,
  change: (parts: Parameters<typeof createKnowledgeBase>[0]) => object = () => ({}),
) {
  const fake = createFakeEmbedder()
  const embedder: typeof fake = {
    ...fake,
    embedPassages: async (passages, options) => {
      await before()
      return await fake.embedPassages(passages, options)
    },
  }
  const models = { embedder, reader: createFakeReader(), dispose: async () => undefined }
  const { kb: plain, parts } = await openTestBase(temporaryFolder(), models)
  const changes = change(parts)
  const kb: KnowledgeBase =
    Object.keys(changes).length === 0 ? plain : await createKnowledgeBase({ ...parts, ...changes })
  closing.push(kb.dispose)
  const key = await kb.createKey({ name: "admin", role: "admin", collections: "all" })
  const reader = await kb.createKey({ name: "reader", role: "reader", collections: "all" })
  const app = createHttpApp(kb, {
    ...{ host: "127.0.0.1", maxBodyBytes: 1_000_000, answerTimeoutMs: 30_000, version: "1.2.3", log: () => undefined },
  })
  const send = async (path: string, init: RequestInit = {}, bearer = key) =>
    await app.request(path, {
      ...init,
      headers: { host: "localhost", authorization: `Bearer ${bearer}`, ...init.headers },
    })
  return {
    ...{ kb, send, reader },
    upload: async (path: string, body: string) =>
      await send(`/api/documents?path=${encodeURIComponent(path)}`, { method: "POST", body, headers: PLAIN }),
    search: async () =>
      await send("/api/search", {
        ...{ method: "POST", body: '{"question":"hoses"}', headers: { "content-type": "application/json" } },
      }),
  }
}

const settled = async (front: Awaited<ReturnType<typeof open>>, id: string) => {
  const state = async () => (await json(await front.send(`/api/documents/${id}`))).state
  await expect.poll(state, { timeout: SLOWEST_MS }).toMatch(/indexed|failed/)
  return await json(await front.send(`/api/documents/${id}`))
}

describe("jobs and documents", () => {
  test("a job is listed by its state, cancelled, and its document tried again", async () => {
    const hold = gate()
    const front = await open(() => hold.opened)
    const { documentId, jobId } = await json(await front.upload("hoses.txt", "Hoses are changed every two years."))
    const waiting = await json(await front.send(`/api/jobs/${jobId}`))
    expect(waiting).toMatchObject({ id: jobId, kind: "index", documentId })
    expect((await json(await front.send("/api/jobs?state=indexed"))).data).toEqual([])
    expect((await front.send("/api/jobs?state=none-such")).status).toBe(400)

    const cancel = `/api/jobs/${jobId}/cancel`
    expect((await front.send(cancel, { method: "POST" }, front.reader)).status).toBe(403)
    expect(await json(await front.send(cancel, { method: "POST" }))).toMatchObject({
      ...{ id: jobId, state: "failed", code: "cancelled" },
    })
    expect((await front.send(cancel, { method: "POST" })).status).toBe(409)
    expect((await front.send("/api/jobs/job_none/cancel", { method: "POST" })).status).toBe(404)
    const failed = (await json(await front.send("/api/documents?state=failed"))).data
    expect(failed.map(({ id, code }: { id: string; code: string }) => [id, code])).toEqual([[documentId, "cancelled"]])

    hold.open()
    const retry = await front.send(`/api/documents/${documentId}/retry`, { method: "POST" })
    expect([retry.status, (await json(retry)).id]).toEqual([202, documentId])
    expect(await settled(front, documentId)).toMatchObject({
      ...{ state: "indexed", isComplete: true, parentId: null, report: { tables: 0, weakPages: [] } },
    })
    expect((await front.send(`/api/documents/${documentId}/retry`, { method: "POST" })).status).toBe(409)
    expect((await json(await front.send(`/api/documents/${documentId}/embedded`))).data).toEqual([])
  })
})

describe("back-pressure", () => {
  test("a full queue is 503 with Retry-After, and search answers meanwhile", async () => {
    const hold = gate()
    const front = await open(
      () => hold.opened,
      () => ({ maxQueuedJobs: 1 }),
    )
    expect((await front.upload("a.txt", "Hoses of one kind.")).status).toBe(202)
    const refused = await front.upload("b.txt", "Hoses of another kind.")
    expect([refused.status, (await json(refused)).code]).toEqual([503, "overloaded"])
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
    expect((await front.search()).status).toBe(200)
    expect(await json(await front.send("/ready"))).toMatchObject({
      ...{ ready: true, components: { ingestion: "1 queued" }, ingestion: { queued: 1, pausedBy: null } },
    })
    hold.open()
  })

  test("a full disk pauses ingestion, is told by /health and /ready, and search answers meanwhile", async () => {
    const full = new IbidError("disk-full", "Cannot write: the disk is full")
    const front = await open(undefined, ({ index }) => ({
      index: { ...index, replaceDocuments: () => Promise.reject(full) },
    }))
    expect((await front.upload("a.txt", "Hoses of one kind.")).status).toBe(202)
    const paused = "paused: disk-full"
    await expect
      .poll(async () => (await json(await front.send("/health"))).components.ingestion, { timeout: SLOWEST_MS })
      .toBe(paused)
    expect(await json(await front.send("/ready"))).toMatchObject({
      ...{ ready: true, components: { ingestion: `${paused}, 1 queued` }, ingestion: { pausedBy: "disk-full" } },
    })
    expect((await front.search()).status).toBe(200)
  })

  test("an upload onto a full disk is 507 with Retry-After, one with no seconds of its own too", async () => {
    for (const context of [{ retryAfterSeconds: 15 }, {}]) {
      const error = new IbidError("disk-full", "Cannot take the document now: the disk is almost full", { context })
      const { send } = await openFront({ upload: () => Promise.reject(error) })
      const response = await send("/api/documents?path=a.txt", { body: "text", headers: PLAIN })
      expect([response.status, response.headers.get("retry-after")]).toEqual([
        507,
        context.retryAfterSeconds ? "15" : "5",
      ])
    }
  })
})

describe("A20: many files and hostile names", () => {
  test("10,000 files in one request are 400 too-many-files, and none is stored", async () => {
    const front = await openFront({}, { maxBodyBytes: 10_000_000 })
    const form = new FormData()
    for (let at = 0; at < 10_000; at++) form.append("file", new File([`x${at}`], `f${at}.txt`))
    const response = await front.app.request("/api/documents", {
      ...{ method: "POST", body: form, headers: { host: "localhost", authorization: `Bearer ${front.admin}` } },
    })
    expect([response.status, (await json(response)).code]).toEqual([400, "too-many-files"])
    expect((await json(await front.send("/api/documents"))).data).toHaveLength(1)
  })

  test("names of 300 bytes, with line ends, markup or direction marks are stored as they are and go out escaped", async () => {
    const front = await open()
    for (const path of [
      `${"n".repeat(296)}.txt`,
      "two\nlines.txt",
      '<img src=x onerror="alert(1)">.txt',
      "invoice\u202efdp.txt",
    ]) {
      const sent = await front.upload(path, `Hoses of kind ${path.length}.`)
      expect(sent.status).toBe(202)
      const document = await settled(front, (await json(sent)).documentId)
      expect(document).toMatchObject({ path, state: "indexed" })
      const original = await front.send(`/api/documents/${document.id}/original`)
      expect(original.headers.get("content-disposition")).toMatch(
        /^attachment; filename="[\w.() -]+"; filename\*=UTF-8''[\w.%!~-]+$/,
      )
      const found = await front.search()
      expect(found.headers.get("content-type")).toMatch(/^application\/json/)
      const paths = (await json(found)).passages.map((passage: { path: string }) => passage.path)
      expect(paths).toContain(path)
    }
  })
})
