import { connect, type Socket } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import type { KnowledgeBase } from "../src/app/knowledge-base.ts"
import { type RunningServer, startServer } from "../src/http/server.ts"
import { type Front, gate, openFront } from "./support/http-front.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(replaced: Partial<KnowledgeBase> = {}): Promise<RunningServer & Front> {
  const front = await openFront(replaced)
  const server = await startServer(front.app, { host: "127.0.0.1", port: 0 })
  closing.push(server.close)
  return { ...front, ...server }
}

async function openSocket(address: string): Promise<Socket> {
  const socket = connect(Number(new URL(address).port), "127.0.0.1")
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject))
  return socket
}

describe("startServer()", () => {
  test("close() does not wait for a connection that has sent nothing", async () => {
    const server = await serve()
    const socket = await openSocket(server.address)
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()))
    socket.resume()
    await fetch(`${server.address}/health`)
    const started = performance.now()
    await server.close()
    await ended
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test("close() lets a request under way end and takes no new one", async () => {
    const [begun, end] = [gate(), gate()]
    const server = await serve({
      describeCollections: async () => {
        begun.open()
        await end.opened
        return [
          { id: "late", createdAt: "", documents: { queued: 0, parsing: 0, embedding: 0, indexed: 0, failed: 0 } },
        ]
      },
    })
    const headers = { authorization: `Bearer ${server.admin}` }
    const late = fetch(`${server.address}/api/collections`, { headers })
    await begun.opened
    const closed = server.close()
    await expect(openSocket(server.address)).rejects.toMatchObject({ code: "ECONNREFUSED" })
    end.open()
    expect(await (await late).json()).toMatchObject({ data: [{ id: "late" }] })
    const started = performance.now()
    await closed
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test("says that an address is not one of this machine", async () => {
    const { app } = await openFront()
    // TEST-NET-1 (RFC 5737): nobody's
    await expect(startServer(app, { host: "192.0.2.1", port: 0 })).rejects.toMatchObject({
      ...{ code: "invalid-request", message: expect.stringContaining("192.0.2.1") },
    })
  })

  test("a client that leaves ends its question, also when its body came in pieces", async () => {
    const ended = gate()
    const server = await serve({
      ask: async function* (_question, { signal }) {
        yield { type: "evidence", sequence: 1, evidence: [] }
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        ended.open()
      },
    })
    const leave = new AbortController()
    const response = await fetch(`${server.address}/api/ask`, {
      ...{ method: "POST", body: new Blob(['{"question":"a"}']).stream(), duplex: "half", signal: leave.signal },
      headers: {
        authorization: `Bearer ${server.admin}`,
        "content-type": "application/json",
        accept: "text/event-stream",
      },
    } as RequestInit)
    await response.body?.getReader().read()
    leave.abort()
    await ended.opened
    expect(server.log).toEqual([])
  })

  test("a client that leaves before the first event ends its question too", async () => {
    const [begun, ended] = [gate(), gate()]
    const server = await serve({
      ask: async function* (_question, { signal }) {
        begun.open()
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        ended.open()
        yield { type: "evidence", sequence: 1, evidence: [] }
      },
    })
    const leave = new AbortController()
    const asked = fetch(`${server.address}/api/ask`, {
      ...{ method: "POST", body: '{"question":"a"}', signal: leave.signal },
      headers: { authorization: `Bearer ${server.admin}`, "content-type": "application/json" },
    })
    await begun.opened
    leave.abort()
    await expect(asked).rejects.toThrow()
    await ended.opened
  })

  test("a refusal that leaves a body unread ends the connection, another one keeps it", async () => {
    const server = await serve()
    const refuse = async (headers: Record<string, string>) => {
      const response = await fetch(`${server.address}/api/search`, { method: "POST", body: "{", headers })
      await response.arrayBuffer()
      return [response.status, response.headers.get("connection")]
    }
    const key = { authorization: `Bearer ${server.admin}` }
    expect(await refuse({ "content-type": "application/json" })).toEqual([401, "close"])
    expect(await refuse({ ...key, "content-type": "text/plain" })).toEqual([415, "close"])
    expect(await refuse({ ...key, "content-type": "application/json" })).toEqual([400, "keep-alive"])
  })

  test("a body over the limit gets its 413 on the wire, with and without a stated length", async () => {
    const server = await serve()
    const headers = { authorization: `Bearer ${server.admin}`, "content-type": "text/plain" }
    const url = `${server.address}/api/documents?path=big.txt`
    const stated = await fetch(url, { method: "POST", headers, body: new Uint8Array(1_000_000) })
    expect([stated.status, (await stated.json()) as object]).toMatchObject([413, { code: "payload-too-large" }])
    const body = new Blob([new Uint8Array(1_000_000)]).stream()
    const chunked = await fetch(url, { method: "POST", headers, body, duplex: "half" } as RequestInit)
    expect([chunked.status, (await chunked.json()) as object]).toMatchObject([413, { code: "payload-too-large" }])
    // what is left of the bodies ends the connection; the client is told, so that its next request takes another
    expect([stated.headers.get("connection"), chunked.headers.get("connection")]).toEqual(["close", "close"])
    expect((await fetch(`${server.address}/health`)).status).toBe(200)
  })
})
