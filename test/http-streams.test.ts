import { afterEach, describe, expect, test, vi } from "vitest"
import type { KnowledgeBase } from "../src/app/knowledge-base.ts"
import { IbidError } from "../src/core/errors.ts"
import type { AnswerEvent } from "../src/core/types.ts"
import { framesOf, gate, json, LEAVE_TEXT, LOCAL_TOKEN, openFront } from "./support/http-front.ts"

const QUESTION = { question: "How much leave do parents get?" }
const STREAM = { accept: "text/event-stream" }
const evidence: AnswerEvent = { type: "evidence", sequence: 1, evidence: [] }

afterEach(() => {
  vi.useRealTimers()
})

/** Answers with one event, then does what it is told. */
function askThen(rest: (signal: AbortSignal | undefined) => Promise<void>): Pick<KnowledgeBase, "ask"> {
  return {
    ask: async function* (_question, { signal }) {
      yield evidence
      await rest(signal)
    },
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_resolve, reject) => {
    const cancel = () => reject(new IbidError("cancelled", "The request was cancelled"))
    if (signal?.aborted === true) cancel()
    else signal?.addEventListener("abort", cancel, { once: true })
  })
}

describe("POST /api/ask as a stream", () => {
  test("sends each event with its type, number and payload of the contract", async () => {
    const { send } = await openFront()
    const frames = framesOf(await (await send("/api/ask", { body: QUESTION, headers: STREAM })).text())
    expect(frames.map(({ event, id }) => [event, id])).toEqual([
      ...[
        ["passages", "1"],
        ["evidence", "2"],
        ["delta", "3"],
        ["delta", "4"],
        ["citation", "5"],
        ["answer", "6"],
      ],
    ])
    const payloads = frames.map(({ data }) => JSON.parse(data))
    expect(payloads.slice(0, 4).map((payload) => Object.keys(payload))).toEqual([
      ...[["passages"], ["evidence"], ["text"], ["text"]],
    ])
    expect(payloads[2].text + payloads[3].text).toBe(`${LEAVE_TEXT} [1]`)
    expect(payloads[4]).toMatchObject({ marker: 1, verified: true, quote: LEAVE_TEXT })
    expect(payloads[5]).toMatchObject({ status: "answered", text: `${LEAVE_TEXT} [1]` })
  })

  test("is neither kept by a browser nor held back by a proxy", async () => {
    const { send } = await openFront()
    const { headers } = await send("/api/ask", { body: QUESTION, headers: STREAM })
    expect(headers.get("cache-control")).toBe("no-store")
    expect(headers.get("x-accel-buffering")).toBe("no")
    expect(headers.get("x-request-id")).toMatch(/^req_/)
  })

  test("sends a warning with code and message alone", async () => {
    const warning = { code: "sentence-withheld", message: "A sentence was withheld" }
    const { send } = await openFront({
      ask: async function* () {
        yield { type: "warning", sequence: 1, warning }
      },
    })
    const [frame] = framesOf(await (await send("/api/ask", { body: QUESTION, headers: STREAM })).text())
    expect([frame?.event, JSON.parse(frame?.data ?? "")]).toEqual(["warning", warning])
  })

  test("sends a comment every ten seconds while nothing is written, one at a time", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    const end = gate()
    const { send } = await openFront(askThen(() => end.opened))
    const response = await send("/api/ask", { body: QUESTION, headers: STREAM })
    // nobody reads yet: the first comment waits, and no other one behind it
    vi.advanceTimersByTime(50_000)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const next = async () => (await reader?.read())?.value ?? ""
    expect(await next()).toMatch(/^event: evidence\n/)
    expect(await next()).toBe(": still here\n\n")
    for (let beat = 0; beat < 2; beat++) {
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await next()).toBe(": still here\n\n")
    }
    end.open()
    expect(await next()).toBe("")
    expect(vi.getTimerCount()).toBe(0)
  })

  test("numbers a late failure after the last event and logs its cause", async () => {
    const cause = new Error("the child ended with signal 9")
    const { send, log } = await openFront(
      askThen(() => Promise.reject(new IbidError("model-unavailable", "Cannot run the model", { cause }))),
    )
    const response = await send("/api/ask", { body: QUESTION, headers: { ...STREAM, "x-request-id": "r-9" } })
    const last = framesOf(await response.text()).at(-1)
    expect([last?.event, last?.id]).toEqual(["error", "2"])
    expect(JSON.parse(last?.data ?? "")).toMatchObject({ code: "model-unavailable", status: 503, instance: "r-9" })
    expect(log).toMatchObject([{ fields: { requestId: "r-9", error: cause } }])
  })

  test("tells nothing of an unexpected late failure", async () => {
    const { send } = await openFront(askThen(() => Promise.reject(new Error("/srv/private: secret"))))
    expect(await (await send("/api/ask", { body: QUESTION, headers: STREAM })).text()).not.toMatch(/private|secret/)
  })

  test("ends with an error when the service itself gave up, as the client is still there", async () => {
    const { send } = await openFront(askThen(() => Promise.reject(new IbidError("cancelled", "It was cancelled"))))
    const frames = framesOf(await (await send("/api/ask", { body: QUESTION, headers: STREAM })).text())
    expect(frames.map(({ event }) => event)).toEqual(["evidence", "error"])
  })

  test("ends with deadline-exceeded when the time is over in mid-answer", async () => {
    const { send } = await openFront(askThen(untilAborted), { answerTimeoutMs: 30 })
    const last = framesOf(await (await send("/api/ask", { body: QUESTION, headers: STREAM })).text()).at(-1)
    expect(JSON.parse(last?.data ?? "")).toMatchObject({ code: "deadline-exceeded", status: 504 })
  })
})

describe("questions under way", () => {
  test("sixteen are answered at once, the next is asked to come again, and an end makes room", async () => {
    const end = gate()
    let begun = 0
    const busy = await openFront({
      ask: async function* () {
        begun += 1
        await end.opened
        yield evidence
        throw new IbidError("model-unavailable", "Cannot run the model")
      },
    })
    const asked = Array.from({ length: 16 }, () => busy.send("/api/ask", { body: QUESTION }))
    await vi.waitFor(() => expect(begun).toBe(16))
    const refused = await busy.send("/v1/chat/completions", {
      body: { model: "ibid", messages: [{ role: "user", content: "one more" }] },
    })
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"])
    expect((await json(refused)).error).toMatchObject({ type: "rate_limit_error", code: "overloaded" })
    // another front end has places of its own
    expect((await (await openFront()).send("/api/ask", { body: QUESTION })).status).toBe(200)
    end.open()
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 503))
    expect((await busy.send("/api/ask", { body: QUESTION })).status).toBe(503)
  })
})

describe("POST /api/ingest", () => {
  const ingest = { key: LOCAL_TOKEN, body: { paths: ["/a.txt", "/b.txt"] } }

  test("answers one event a line, the summary last", async () => {
    const { send } = await openFront()
    const response = await send("/api/ingest", ingest)
    expect(response.headers.get("content-type")).toBe("application/x-ndjson")
    const lines = (await response.text()).trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      ...["document-indexed", "document-indexed", "summary"],
    ])
  })

  test("keeps the status of a failure before the first line", async () => {
    const { send } = await openFront()
    const response = await send("/api/ingest", { key: LOCAL_TOKEN, body: { paths: ["/missing"] } })
    expect([response.status, (await json(response)).code]).toEqual([404, "path-not-found"])
  })

  test("says a later failure in the last line", async () => {
    const { send } = await openFront({
      ingest: async function* () {
        yield { event: "progress", done: 0, total: 2 }
        throw new IbidError("disk-full", "Cannot write: the disk is full")
      },
    })
    const lines = (await (await send("/api/ingest", ingest)).text()).trimEnd().split("\n")
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      event: "error",
      problem: { code: "disk-full", status: 507 },
    })
  })

  test.each([
    [{ paths: [] }, "/paths"],
    [{ paths: [""] }, "/paths/0"],
    [{ paths: ["/a"], recursive: true }, "/recursive"],
  ])("refuses %j with a pointer", async (body, pointer) => {
    const { send } = await openFront()
    const response = await send("/api/ingest", { key: LOCAL_TOKEN, body })
    expect([response.status, (await json(response)).errors[0].pointer]).toEqual([400, pointer])
  })
})
