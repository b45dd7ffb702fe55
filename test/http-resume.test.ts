import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import type { AnswerEvent, DocumentId, Principal } from "../src/core/types.ts"
import { createAnswerStreams } from "../src/http/answer-streams.ts"
import { startServer } from "../src/http/server.ts"
import { type Front, framesOf, gate, json, openFront } from "./support/http-front.ts"

const QUESTION = { question: "How much leave do parents get?" }
const STREAM = { accept: "text/event-stream" }

afterEach(() => {
  vi.useRealTimers()
})

interface Held {
  readonly front: Front
  /** Lets the answer go on after its second event. */
  readonly goOn: () => void
  /** How often a question was answered, and how many answers are being written now. */
  readonly asked: () => number
  readonly running: () => number
}

/** The answers of the fake knowledge base, held up after the evidence. */
async function openHeld(): Promise<Held> {
  const held = gate()
  const count = { asked: 0, running: 0 }
  const { kb } = await openFront()
  const front = await openFront({
    ...kb,
    ask: async function* (question, call) {
      count.asked++
      count.running++
      try {
        for await (const event of kb.ask(question, call)) {
          yield event
          if (event.type === "evidence") await Promise.race([held.opened, rejection(call.signal)])
        }
      } finally {
        count.running--
      }
    },
  })
  return { front, goOn: held.open, asked: () => count.asked, running: () => count.running }
}

function rejection(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true })
  })
}

const begin = (front: Front, key = front.admin) => front.send("/api/ask", { key, body: QUESTION, headers: STREAM })
const placeOf = (response: Response) => response.headers.get("content-location") ?? ""

/** Reads frames until there are as many, then breaks the connection. */
async function readThenBreak(response: Response, count: number): Promise<string[]> {
  let text = ""
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  while (framesOf(text).length < count) text += (await reader?.read())?.value ?? ""
  await reader?.cancel()
  return framesOf(text).map(({ event }) => event)
}

const resume = (front: Front, place: string, after?: string, key = front.admin) =>
  front.send(place, { key, headers: after === undefined ? {} : { "last-event-id": after } })
const eventsOf = async (response: Response) => framesOf(await response.text()).map(({ event, id }) => `${id} ${event}`)

describe("GET /api/ask/:id", () => {
  let held: Held
  beforeEach(async () => {
    held = await openHeld()
  })

  test("brings what a broken stream has missed, without answering twice", async () => {
    const { front } = held
    const broken = await begin(front)
    expect(await readThenBreak(broken, 2)).toEqual(["passages", "evidence"])
    const resumed = await resume(front, placeOf(broken), "2")
    held.goOn()
    expect(await eventsOf(resumed)).toEqual(["3 delta", "4 delta", "5 citation", "6 answer"])
    expect(held.asked()).toBe(1)
  })

  test("names the stream by the id of its answer", async () => {
    held.goOn()
    const response = await begin(held.front)
    const last = framesOf(await response.text()).at(-1)
    expect(placeOf(response)).toBe(`/api/ask/${JSON.parse(last?.data ?? "").id}`)
  })

  test("sends all of a finished stream again, or the end of it, or says that nothing is left", async () => {
    const { front } = held
    held.goOn()
    const response = await begin(front)
    const whole = await response.text()
    expect(await (await resume(front, placeOf(response))).text()).toBe(whole)
    expect(await eventsOf(await resume(front, placeOf(response), "5"))).toEqual(["6 answer"])
    expect((await resume(front, placeOf(response), "6")).status).toBe(204)
    expect(held.asked()).toBe(1)
  })

  test.each(["7", "-1", "two", "1.5"])("refuses the number %s", async (after) => {
    held.goOn()
    const response = await begin(held.front)
    await response.text()
    const refused = await resume(held.front, placeOf(response), after)
    expect([refused.status, (await json(refused)).code]).toEqual([400, "invalid-request"])
  })

  test("ends with `cancelled` when the answer was stopped for want of a reader", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const broken = await begin(held.front)
    await readThenBreak(broken, 2)
    await vi.advanceTimersByTimeAsync(600)
    expect(held.running()).toBe(0)
    const frames = framesOf(await (await resume(held.front, placeOf(broken), "2")).text())
    expect(frames.map(({ event, id }) => `${id} ${event}`)).toEqual(["3 error"])
    expect(JSON.parse(frames[0]?.data ?? "")).toMatchObject({ code: "cancelled", status: 499 })
    expect(held.front.log).toEqual([])
  })

  test("goes on for as long as who has asked wanted to come back within", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const headers = { ...STREAM, "x-resume-within": "5" }
    const broken = await held.front.send("/api/ask", { body: QUESTION, headers })
    await readThenBreak(broken, 2)
    await vi.advanceTimersByTimeAsync(4_900)
    expect(held.running()).toBe(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(held.running()).toBe(0)
  })

  test.each(["0", "11", "2.5", "soon"])("refuses %s seconds to come back within", async (seconds) => {
    const headers = { ...STREAM, "x-resume-within": seconds }
    expect((await held.front.send("/api/ask", { body: QUESTION, headers })).status).toBe(400)
  })

  test("is for who has asked alone, and tells nobody else that there is such a stream", async () => {
    const { front } = held
    held.goOn()
    const response = await begin(front, front.reader)
    await response.text()
    const problemOf = async (place: string, key: string) => {
      const refused = await resume(front, place, "0", key)
      return [refused.status, { ...(await json(refused)), instance: "" }]
    }
    expect(await problemOf(placeOf(response), front.admin)).toEqual(await problemOf("/api/ask/ans_none", front.admin))
    expect((await resume(front, placeOf(response), "0", front.reader)).status).toBe(200)
  })

  test("is forgotten a minute after its end", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    held.goOn()
    const response = await begin(held.front)
    await response.text()
    await vi.advanceTimersByTimeAsync(59_000)
    expect((await resume(held.front, placeOf(response))).status).toBe(200)
    await vi.advanceTimersByTimeAsync(2_000)
    const gone = await resume(held.front, placeOf(response))
    expect([gone.status, (await json(gone)).detail]).toEqual([404, expect.stringContaining("/api/answers")])
  })

  test("shows nothing of a document that was removed since", async () => {
    const { front } = held
    held.goOn()
    const response = await begin(front)
    await response.text()
    const [{ id }] = (await json(await front.send("/api/documents"))).data
    await front.send(`/api/documents/${id as DocumentId}`, { method: "DELETE" })
    expect((await resume(front, placeOf(response), "2")).status).toBe(404)
  })

  test("shows no text from a removed document, though the events that are missed do not name it", async () => {
    const { front } = held
    const broken = await begin(front)
    await readThenBreak(broken, 2)
    const [{ id }] = (await json(await front.send("/api/documents"))).data
    await front.send(`/api/documents/${id as DocumentId}`, { method: "DELETE" })
    expect((await resume(front, placeOf(broken), "2")).status).toBe(404)
  })
})

describe("DELETE /api/ask/:id", () => {
  test("stops what is being written at once, and a reader hears of it", async () => {
    const { front, running } = await openHeld()
    const response = await begin(front)
    const stopped = await front.send(placeOf(response), { method: "DELETE" })
    expect(stopped.status).toBe(204)
    const frames = framesOf(await response.text())
    expect(frames.at(-1)?.event).toBe("error")
    expect(JSON.parse(frames.at(-1)?.data ?? "")).toMatchObject({ code: "cancelled" })
    expect(running()).toBe(0)
  })

  test("is not for others than who has asked", async () => {
    const { front, running, goOn } = await openHeld()
    const response = await begin(front)
    expect((await front.send(placeOf(response), { method: "DELETE", key: front.reader })).status).toBe(404)
    expect(running()).toBe(1)
    goOn()
    await response.text()
  })
})

describe("createAnswerStreams()", () => {
  const principal: Principal = { id: "key_1", kind: "key", role: "reader", collections: "all" }
  const toLastFrame = (_thrown: unknown, sequence: number) => ({ sequence, type: "error", data: "" })
  const saying = (data: string) =>
    async function* () {
      yield { sequence: 1, type: "delta", data }
    }

  test.each([
    ["number", { most: 3 }, "x", ["c", "d", "e"]],
    ["bytes", { mostBytes: 450 }, "x".repeat(100), ["d", "e"]],
  ])("keeps the newest within the bound of %s", async (_name, bounds, data, kept) => {
    const streams = createAnswerStreams(bounds)
    const ids = ["a", "b", "c", "d", "e"]
    for (const id of ids) {
      const log = streams.start(id, principal, saying(data), { toLastFrame })
      await vi.waitFor(() => expect(log.hasEnded()).toBe(true))
    }
    const found = ids.filter((id) => {
      try {
        return streams.find(id, principal) !== undefined
      } catch {
        return false
      }
    })
    expect(found).toEqual(kept)
  })
})

describe("clients that vanish", () => {
  test("a hundred leave no running answer (test/full/many-clients.test.ts: after two seconds)", async () => {
    const { front, asked, running } = await openHeld()
    const server = await startServer(front.app, { host: "127.0.0.1", port: 0 })
    try {
      const leave = new AbortController()
      // a response that nobody holds is cancelled when it is collected as garbage
      const held: Response[] = []
      const statuses = await Promise.all(
        Array.from({ length: 100 }, async () => {
          const response = await fetch(`${server.address}/api/ask`, {
            method: "POST",
            signal: leave.signal,
            headers: { ...STREAM, "content-type": "application/json", authorization: `Bearer ${front.admin}` },
            body: JSON.stringify(QUESTION),
          })
          if (response.status === 200) held.push(response)
          else await response.body?.cancel()
          return response.status
        }),
      )
      // the others are asked to come again
      expect(statuses.filter((status) => status === 200)).toHaveLength(16)
      expect(new Set(statuses)).toEqual(new Set([200, 429]))
      expect([asked(), running()]).toEqual([16, 16])
      expect(held).toHaveLength(16)
      leave.abort()
      await vi.waitFor(() => expect(running()).toBe(0), { timeout: 30_000, interval: 20 })
    } finally {
      await server.close()
    }
  })

  test("a client that reads nothing holds no running answer", async () => {
    const events: AnswerEvent[] = [
      { type: "evidence", sequence: 1, evidence: [] },
      ...Array.from({ length: 50 }, (_, position) => ({
        ...{ type: "delta" as const, sequence: position + 2, text: "x".repeat(1_000) },
      })),
    ]
    let isEnded = false
    const front = await openFront({
      ask: async function* () {
        yield* events
        isEnded = true
      },
    })
    const response = await begin(front)
    await vi.waitFor(() => expect(isEnded).toBe(true))
    // what was written meanwhile is still there for it
    expect(framesOf(await response.text())).toHaveLength(events.length)
  })
})
