import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { createHttpApp } from "../src/http/app.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeModelStore, type FakeModelStore } from "./support/fake-model-store.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { gate, json } from "./support/http-front.ts"
import { openTestBase, type TestBase } from "./support/knowledge-base.ts"
import { sampleEvaluation } from "./support/sample-evaluation.ts"

let base: TestBase
let keys: { readonly admin: string; readonly reader: string }
let app: ReturnType<typeof createHttpApp>
let models: FakeModelStore
const between = gate()
const folder = makeTemporaryFolder()

interface Sent {
  readonly method?: string
  readonly body?: unknown
  readonly key?: string
}

async function send(path: string, { method, body, key = keys.admin }: Sent = {}): Promise<Response> {
  return await app.request(path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...{ host: "localhost", authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function upload(path: string, text: string, collection = "default"): Promise<void> {
  await app.request(`/api/documents?path=${encodeURIComponent(path)}&collection=${collection}`, {
    ...{ method: "POST", body: text },
    headers: { host: "localhost", authorization: `Bearer ${keys.admin}`, "content-type": "text/plain" },
  })
}

async function linesOf(response: Response): Promise<{ readonly event: string; readonly [name: string]: unknown }[]> {
  const lines = (await response.text()).split("\n")
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line))
}

/** Also in a hook, where `expect.poll` may not be called. */
const settled = async (state: string, count: number) =>
  await vi.waitFor(async () => expect((await json(await send("/api/documents/totals")))[state]).toBe(count), 60_000)

beforeAll(async () => {
  models = createFakeModelStore(() => between.opened)
  const bundled = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }
  base = await openTestBase(folder.path, bundled, { modelStore: models })
  const { kb } = base
  keys = {
    admin: await kb.createKey({ name: "admin", role: "admin", collections: "all" }),
    reader: await kb.createKey({ name: "reader", role: "reader", collections: ["default"] }),
  }
  const options = { host: "127.0.0.1", maxBodyBytes: 1_000_000, answerTimeoutMs: 30_000, version: "1.2.3" }
  app = createHttpApp(kb, { ...options, log: () => undefined })
  for (const [path, collection] of [
    ["b/Leave.txt", "default"],
    ["a/leave 100%.txt", "default"],
    ["c/pump.txt", "default"],
    ["leave.txt", "plant"],
  ] as const) {
    await upload(path, `Words of ${path}.`, collection)
  }
  await settled("indexed", 4)
})
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

describe("GET /api/documents", () => {
  const pathsOf = async (query: string, key?: string) =>
    (await json(await send(`/api/documents?${query}`, key === undefined ? {} : { key }))).data.map(
      ({ path }: { path: string }) => path,
    )

  test("order=path goes on behind the cursor", async () => {
    const first = await json(await send("/api/documents?order=path&limit=2"))
    expect(first.data.map(({ path }: { path: string }) => path)).toEqual(["a/leave 100%.txt", "b/Leave.txt"])
    expect(await pathsOf(`order=path&limit=2&cursor=${first.cursor}`)).toEqual(["c/pump.txt", "leave.txt"])
  })

  test("name finds a part of the path in small letters or capitals, and takes signs of patterns as they are", async () => {
    expect(await pathsOf("order=path&name=LEAVE")).toEqual(["a/leave 100%.txt", "b/Leave.txt", "leave.txt"])
    expect(await pathsOf("order=path&name=LEAVE", keys.reader)).toEqual(["a/leave 100%.txt", "b/Leave.txt"])
    expect(await pathsOf("name=100%25")).toEqual(["a/leave 100%.txt"])
    expect(await pathsOf("name=l%25e")).toEqual([])
  })

  test("totals count by state what the key may read", async () => {
    const none = { queued: 0, parsing: 0, embedding: 0, failed: 0 }
    expect(await json(await send("/api/documents/totals"))).toEqual({ ...none, indexed: 4 })
    expect(await json(await send("/api/documents/totals?name=leave", { key: keys.reader }))).toEqual({
      ...{ ...none, indexed: 2 },
    })
    expect((await send("/api/documents/totals?collection=plant", { key: keys.reader })).status).toBe(404)
  })
})

describe("GET /api/jobs", () => {
  test("narrows to one document, and to what is not done", async () => {
    const [document] = (await json(await send("/api/documents?name=pump"))).data
    const jobs = (await json(await send(`/api/jobs?documentId=${document.id}`))).data
    expect(jobs.map(({ path }: { path: string }) => path)).toEqual(["c/pump.txt"])
    expect((await json(await send("/api/jobs?unfinished=true"))).data).toEqual([])
  })
})

describe("/api/collections", () => {
  test("one is made, counted, refused twice, and removed with its documents only when its name confirms it", async () => {
    const made = await send("/api/collections", { body: { id: "archive" } })
    expect([made.status, (await json(made)).documents.indexed]).toEqual([201, 0])
    expect((await send("/api/collections", { body: { id: "archive" } })).status).toBe(409)
    expect((await send("/api/collections", { body: { id: "no good" } })).status).toBe(400)
    expect((await send("/api/collections", { body: { id: "mine" }, key: keys.reader })).status).toBe(403)

    await upload("old.txt", "Words of an old one.", "archive")
    await settled("indexed", 5)
    const { data } = await json(await send("/api/collections"))
    expect(
      data.map(({ id, documents }: { id: string; documents: { indexed: number } }) => [id, documents.indexed]),
    ).toEqual([
      ["archive", 1],
      ["default", 3],
      ["plant", 1],
    ])
    const refused = await send("/api/collections/archive", { method: "DELETE" })
    expect([refused.status, (await json(refused)).detail]).toEqual([
      409,
      'Cannot remove the collection "archive": it holds 1 documents; confirm with its name',
    ])
    const confirmed = "/api/collections/archive?confirm=archive"
    expect((await send(confirmed, { method: "DELETE", key: keys.reader })).status).toBe(403)
    expect((await send(confirmed, { method: "DELETE" })).status).toBe(204)
    expect((await send(confirmed, { method: "DELETE" })).status).toBe(404)
    expect((await json(await send("/api/documents?name=old"))).data).toEqual([])
    expect((await send("/api/collections/default?confirm=default", { method: "DELETE" })).status).toBe(409)

    await upload("old.txt", "Words of a new one.", "archive")
    await settled("indexed", 5)
    expect((await json(await send("/api/documents?collection=archive"))).data).toHaveLength(1)
    expect((await send(confirmed, { method: "DELETE" })).status).toBe(204)
  })
})

describe("/api/models", () => {
  test("a pull goes on for who comes later, is shown in the list, ends on request, and installs the model", async () => {
    expect((await send("/api/models", { key: keys.reader })).status).toBe(403)
    expect((await send("/api/models/small/pull", { method: "POST", key: keys.reader })).status).toBe(403)
    expect((await send("/api/models/none-such/pull", { method: "POST" })).status).toBe(404)
    const small = async () =>
      (await json(await send("/api/models"))).data.find(({ id }: { id: string }) => id === "small")
    expect(await small()).toMatchObject({ installed: false, isRunning: false, pull: null, licence: "Apache-2.0" })

    const left = await send("/api/models/small/pull", { method: "POST" })
    await left.body?.cancel()
    expect((await small()).pull).toMatchObject({ doneBytes: 500, totalBytes: 1_000 })
    const joined = await send("/api/models/small/pull", { method: "POST" })
    expect((await send("/api/models/small/pull", { method: "DELETE" })).status).toBe(204)
    expect((await linesOf(joined)).map(({ event }) => event)).toEqual(["progress", "error"])
    expect((await send("/api/models/small/pull", { method: "DELETE" })).status).toBe(404)

    const again = await send("/api/models/small/pull", { method: "POST" })
    between.open()
    expect((await linesOf(again)).map(({ event }) => event)).toEqual(["note", "progress", "progress", "model-pulled"])
    expect(await small()).toMatchObject({ installed: true, pull: null })
  })

  test("a model is chosen for the next start by administrators", async () => {
    expect((await send("/api/models/small/use", { method: "POST", key: keys.reader })).status).toBe(403)
    expect((await send("/api/models/none-such/use", { method: "POST" })).status).toBe(404)
    expect((await send("/api/models/small/use", { method: "POST" })).status).toBe(204)
    expect(models.chosen).toEqual(["small"])
  })
})

describe("/api/system and /api/doctor", () => {
  test("the steps of a check arrive before its report, which the state of the system keeps", async () => {
    expect((await send("/api/doctor", { body: { repair: false }, key: keys.reader })).status).toBe(403)
    const shown = await json(await send("/api/system", { key: keys.reader }))
    expect(shown).toMatchObject({ version: "1.2.3", readiness: { ready: true }, server: null })
    expect((await json(await send("/api/system"))).server).toMatchObject({ build: "test", doctor: null })
    const lines = await linesOf(await send("/api/doctor", { body: { repair: false } }))
    expect(lines.map(({ event, step }) => step ?? event)).toEqual(["wait", "sql", "files", "index", "report"])
    const { doctor, disk } = (await json(await send("/api/system"))).server
    expect(doctor.report).toEqual(lines.at(-1)?.["report"])
    expect(doctor.report.violations).toEqual([])
    expect(disk.totalBytes).toBeGreaterThan(disk.freeBytes)
  })
})

describe("/api/evaluations", () => {
  test("runs are kept whole, listed newest first without their questions, and compared with intervals", async () => {
    const earlier = sampleEvaluation(0.5)
    const now = sampleEvaluation(0.9)
    const ids: string[] = []
    for (const run of [earlier, now]) {
      const kept = await send("/api/evaluations", { body: run })
      expect(kept.status).toBe(201)
      ids.push((await json(kept)).id)
    }
    const list = (await json(await send("/api/evaluations"))).data
    expect(list.map(({ build }: { build: string }) => build)).toEqual([now.build, earlier.build])
    expect(list[0]).not.toHaveProperty("perQuestion")
    expect((await json(await send("/api/evaluations?limit=1"))).hasMore).toBe(true)
    expect(await json(await send(`/api/evaluations/${ids[0]}`))).toMatchObject({ ...earlier, id: ids[0] })

    const compared = await json(await send(`/api/evaluations/${ids[1]}/comparison?earlier=${ids[0]}`))
    expect(compared.questions).toEqual({ search: 20, answers: 20 })
    const ndcg = compared.metrics.find(({ metric }: { metric: string }) => metric === "retrieval.ndcg10")
    expect(ndcg).toMatchObject({ earlier: 0.375, now: 0.675, verdict: "better" })
  })

  test("what is no evaluation is refused, and readers see none", async () => {
    expect((await send("/api/evaluations", { body: { set: "x" } })).status).toBe(400)
    expect((await send("/api/evaluations", { body: { set: "x" }, key: keys.reader })).status).toBe(403)
    expect((await send("/api/evaluations", { key: keys.reader })).status).toBe(403)
    expect((await send("/api/evaluations/evl_none")).status).toBe(404)
    expect((await send("/api/evaluations/evl_none/comparison?earlier=evl_none")).status).toBe(404)
  })
})
