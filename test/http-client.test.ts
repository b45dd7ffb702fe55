import { createServer } from "node:http"
import { afterEach, describe, expect, test } from "vitest"
import type { CommandBase, KnowledgeBase } from "../src/app/knowledge-base.ts"
import { connectToServer } from "../src/http/client.ts"
import { type RunningServer, startServer } from "../src/http/server.ts"
import { gate, LEAVE_TEXT, LOCAL_TOKEN, openFront } from "./support/http-front.ts"

const call = { principal: { id: "local", kind: "local", role: "admin", collections: "all" } } as const

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(replaced: Partial<KnowledgeBase> = {}): Promise<RunningServer> {
  const server = await startServer((await openFront(replaced)).app, { host: "127.0.0.1", port: 0 })
  closing.push(server.close)
  return server
}

async function connect(replaced: Partial<KnowledgeBase> = {}): Promise<CommandBase> {
  return await connectToServer({ address: (await serve(replaced)).address, token: LOCAL_TOKEN })
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe("connectToServer()", () => {
  test("gives the events of an answer as the core gives them", async () => {
    const { kb } = await openFront()
    const question = { question: "How much leave do parents get?" }
    const withoutIds = (events: unknown[]) => JSON.parse(JSON.stringify(events).replace(/ans_[\w-]+/g, "ans"))
    const remote = await connect()
    expect(withoutIds(await collect(remote.ask(question, call)))).toEqual(
      withoutIds(await collect(kb.ask(question, call))),
    )
  })

  test("lists, shows, reads and removes documents", async () => {
    const remote = await connect()
    const page = await remote.listDocuments({ ...call, page: { limit: 1 }, collection: "default" })
    expect(page).toMatchObject({ hasMore: false, cursor: null, data: [{ path: "hr/leave.txt" }] })
    const id = page.data[0]?.id ?? ""
    expect((await remote.getDocument(id, call)).path).toBe("hr/leave.txt")
    expect(await remote.readText(id, { end: 7 }, call)).toBe(LEAVE_TEXT.slice(0, 7))
    await remote.removeDocument(id, call)
    await expect(remote.getDocument(id, call)).rejects.toMatchObject({ code: "document-not-found" })
  })

  test("gives the errors of the core with code, message and pointers", async () => {
    const remote = await connect()
    await expect(remote.search({ question: "" }, call)).rejects.toMatchObject({
      ...{ name: "IbidError", code: "invalid-request" },
      context: { errors: [{ pointer: "/question" }] },
    })
    await expect(collect(remote.ask({ question: "a", model: "none-such" }, call))).rejects.toMatchObject({
      ...{ code: "model-not-found", message: 'Cannot find the model "none-such"' },
    })
    await expect(collect(remote.ingest(["/missing"], call))).rejects.toMatchObject({ code: "path-not-found" })
  })

  test("watches a folder, lists folders, and resumes one that is paused", async () => {
    const remote = await connect()
    const seen = (await collect(remote.watch({ path: "/docs", ignore: ["*.tmp"] }, call))).map(({ event }) => event)
    expect(seen).toEqual(["document-removed", "summary"])
    await expect(collect(remote.watch({ path: "/missing" }, call))).rejects.toMatchObject({ code: "path-not-found" })
    expect(await remote.listSources(call)).toMatchObject([{ id: "src_1", pauseReason: "The folder is empty" }])
    const resume = (confirmRemoval: boolean) => remote.resumeSource("src_1", { confirmRemoval }, call)
    await expect(resume(false)).rejects.toMatchObject({ code: "source-paused" })
    expect(await resume(true)).toMatchObject({ documents: 0, pausedAt: null })
  })

  test("gives a failure in the middle of an answer after the events before it", async () => {
    const remote = await connect({
      ask: async function* () {
        yield { type: "delta", sequence: 1, text: "Half" }
        throw new Error("a bug")
      },
    })
    const seen: string[] = []
    const run = async () => {
      for await (const event of remote.ask({ question: "a" }, call)) seen.push(event.type)
    }
    await expect(run()).rejects.toMatchObject({ code: "internal" })
    expect(seen).toEqual(["delta"])
  })

  test("does not take an answer that ended early for a whole one", async () => {
    const remote = await connect({
      ask: async function* () {
        yield { type: "delta", sequence: 1, text: "Half" }
      },
      ingest: async function* () {
        yield { event: "progress", done: 1, total: 2 }
      },
    })
    await expect(collect(remote.ask({ question: "a" }, call))).rejects.toMatchObject({ code: "server-unreachable" })
    await expect(collect(remote.ingest(["/a"], call))).rejects.toMatchObject({ code: "server-unreachable" })
  })

  test("an abort is `cancelled` here and ends the flow there", async () => {
    const ended = gate()
    const remote = await connect({
      ask: async function* (_question, { signal }) {
        yield { type: "delta", sequence: 1, text: "Half" }
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        ended.open()
      },
    })
    const stop = new AbortController()
    const run = async () => {
      for await (const _event of remote.ask({ question: "a" }, { ...call, signal: stop.signal })) stop.abort()
    }
    await expect(run()).rejects.toMatchObject({ code: "cancelled" })
    await ended.opened
  })

  test("gives the report of the doctor, and its failure", async () => {
    expect(await (await connect()).doctor({ repair: false })).toMatchObject({ violations: [], documents: 1 })
    const sick = await connect({ doctor: () => Promise.reject(new Error("a bug")) })
    await expect(sick.doctor({ repair: true })).rejects.toMatchObject({ code: "internal" })
  })

  test("a token of an earlier run is refused", async () => {
    const { address } = await serve()
    await expect(connectToServer({ address, token: "old" })).rejects.toMatchObject({ code: "unauthenticated" })
  })

  test("another program at the address is no server of ours", async () => {
    const other = createServer((_request, response) => response.writeHead(404).end("<h1>Not found</h1>"))
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    closing.push(async () => {
      other.closeAllConnections()
      await new Promise((resolve) => other.close(resolve))
    })
    const at = other.address()
    const address = `http://127.0.0.1:${typeof at === "object" ? at?.port : ""}`
    await expect(connectToServer({ address, token: LOCAL_TOKEN })).rejects.toMatchObject({ code: "server-unreachable" })
  })
})
