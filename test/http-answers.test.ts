import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Replay, ShownReceipt } from "../src/core/receipt.ts"
import type { Answer } from "../src/core/types.ts"
import { connectToServer } from "../src/http/client.ts"
import { startServer } from "../src/http/server.ts"
import { type AnsweringBase, openAnsweringBase } from "./support/answering-base.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { type Front, LOCAL_TOKEN, openFront, type Sent } from "./support/http-front.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const QUESTION = "How many weeks of paid leave do parents get?"

const folder = makeTemporaryFolder()
let base: AnsweringBase
let front: Front
let anna: string
let ben: string
beforeAll(async () => {
  base = await openAnsweringBase(folder.path)
  front = await openFront(base.kb)
  anna = await base.kb.createKey({ name: "anna", role: "reader", collections: "all" })
  ben = await base.kb.createKey({ name: "ben", role: "reader", collections: "all" })
}, 60_000)
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

async function body<Result>(path: string, sent: Sent = {}): Promise<Result> {
  const response = await front.send(path, sent)
  expect(response.status, path).toBe(200)
  return (await response.json()) as Result
}
const ask = (more: object = {}, key = anna) => body<Answer>("/api/ask", { key, body: { question: QUESTION, ...more } })

describe("GET /api/answers/:id", () => {
  test("brings the receipt that the answer names, and nothing to another key", async () => {
    const { receipt, text } = await ask()
    const shown = await body<ShownReceipt>(`/api/answers/${receipt}`, { key: anna })
    expect(shown).toMatchObject({ id: receipt, question: QUESTION, answer: { text } })
    const [others, missing] = [`/api/answers/${receipt}`, "/api/answers/ans_none"]
    const problems = []
    for (const path of [others, missing]) {
      const response = await front.send(path, { key: ben })
      expect(response.status).toBe(404)
      const { instance: _, ...problem } = (await response.json()) as Record<string, unknown>
      problems.push(problem)
    }
    expect(problems[0]).toEqual(problems[1])
    await body(`/api/answers/${receipt}`, { key: front.admin })
  })

  test("answers 'why was this document not used?'", async () => {
    const { receipt } = await ask()
    const { document } = await body<ShownReceipt>(`/api/answers/${receipt}?document=pump.md`, { key: anna })
    expect(document).toMatchObject({ path: "pump.md", outcome: expect.any(String), message: expect.any(String) })
    expect((await front.send(`/api/answers/${receipt}?document=none.md`, { key: anna })).status).toBe(404)
  })

  test("is there when the last event of a stream has come", async () => {
    const response = await front.send("/api/ask", {
      ...{ key: anna, body: { question: QUESTION }, headers: { accept: "text/event-stream" } },
    })
    const [, data = ""] = /event: answer\ndata: (.*)/.exec(await response.text()) ?? []
    const { receipt } = JSON.parse(data) as Answer
    await body(`/api/answers/${receipt}`, { key: anna })
  })
})

test("GET /api/answers lists one's own, and all to an administrator", async () => {
  const { id } = await ask({}, ben)
  const mine = await body<{ data: { id: string }[] }>("/api/answers", { key: ben })
  expect(mine.data.map((one) => one.id)).toEqual([id])
  const all = await body<{ data: { id: string }[] }>("/api/answers")
  expect(all.data.length).toBeGreaterThan(1)
})

test("POST /api/answers/:id/replay gives the same text, to who asked alone", async () => {
  const { id } = await ask()
  const again = await body<Replay>(`/api/answers/${id}/replay`, { key: anna, method: "POST" })
  expect(again).toMatchObject({ isSameText: true, changes: [] })
  expect((await front.send(`/api/answers/${id}/replay`, { key: ben, method: "POST" })).status).toBe(404)
})

describe("POST /api/answers/:id/feedback", () => {
  test("is kept with the receipt, and said again it takes the place of the former", async () => {
    const { id } = await ask()
    const path = `/api/answers/${id}/feedback`
    await body(path, { key: anna, body: { verdict: "wrong", text: "It is 20." } })
    await body(path, { key: anna, body: { verdict: "missing-document", document: "holidays.md" } })
    const { feedback } = await body<ShownReceipt>(`/api/answers/${id}`, { key: anna })
    const documentId = await base.idOf("holidays.md")
    expect(feedback).toMatchObject([{ verdict: "missing-document", text: null, documentId }])
  })

  test("refuses another key, an unknown verdict and an unknown document", async () => {
    const { id } = await ask()
    const statusOf = async (sent: Sent) => (await front.send(`/api/answers/${id}/feedback`, sent)).status
    expect(await statusOf({ key: ben, body: { verdict: "useful" } })).toBe(404)
    expect(await statusOf({ key: anna, body: { verdict: "splendid" } })).toBe(400)
    expect(await statusOf({ key: anna, body: { verdict: "useful", document: "none.md" } })).toBe(404)
  })

  test("is listed for administrators alone", async () => {
    expect((await front.send("/api/feedback", { key: anna })).status).toBe(403)
    const { data } = await body<{ data: { verdict: string }[] }>("/api/feedback?limit=1")
    expect(data).toHaveLength(1)
  })
})

describe("conversations", () => {
  test("keep the questions of a principal in order; a follow-up is completed, and the receipt says how", async () => {
    const first = await ask({ question: "How many days of holidays do employees get in France?", conversationId: "a" })
    const second = await ask({ question: "And in Germany?", conversationId: "a" })
    const { data } = await body<{ data: { answerId: string; question: string }[] }>("/api/conversations/a", {
      key: anna,
    })
    expect(data.map(({ answerId }) => answerId)).toEqual([first.id, second.id])
    const { question, request, answer } = await body<ShownReceipt>(`/api/answers/${second.id}`, { key: anna })
    expect({ question, asked: answer.question }).toEqual({ question: "And in Germany?", asked: "And in Germany?" })
    expect(request.question).toBe("How many days of holidays do employees get in Germany?")
    expect(answer.citations[0]?.path).toBe("holidays.md")
    expect((await body<Replay>(`/api/answers/${second.id}/replay`, { key: anna, method: "POST" })).isSameText).toBe(
      true,
    )
  })

  test("are nobody else's: the same name is another conversation, administrators included", async () => {
    await ask({ question: "How many days of holidays do employees get in France?", conversationId: "private" })
    for (const key of [ben, front.admin]) {
      expect((await front.send("/api/conversations/private", { key })).status).toBe(404)
      expect((await front.send("/api/conversations/private", { key, method: "DELETE" })).status).toBe(404)
    }
    const { id } = await ask({ question: "And in Germany?", conversationId: "private" }, ben)
    const { request } = await body<ShownReceipt>(`/api/answers/${id}`, { key: ben })
    expect(request.question).toBe("And in Germany?")
    const { data } = await body<{ data: unknown[] }>("/api/conversations/private", { key: anna })
    expect(data).toHaveLength(1)
  })

  test("are listed with the number of turns and the first question, and deleted with their receipts", async () => {
    const { id } = await ask({ conversationId: "gone", question: "How many days of holidays are there?" })
    const { data } = await body<{ data: { id: string; turns: number }[] }>("/api/conversations", { key: anna })
    expect(data[0]).toMatchObject({ id: "gone", turns: 1, title: "How many days of holidays are there?" })
    expect((await front.send("/api/conversations/gone", { key: anna, method: "DELETE" })).status).toBe(204)
    expect((await front.send("/api/conversations/gone", { key: anna })).status).toBe(404)
    expect((await front.send(`/api/answers/${id}`, { key: anna })).status).toBe(404)
  })
})

test("POST /v1/chat/completions completes a follow-up from the user's earlier messages", async () => {
  const user = (content: string) => ({ role: "user", content })
  const messages = [
    user("How many days of holidays do employees get in France?"),
    ...[{ role: "assistant", content: "25 days." }, user("And in Italy?"), user("And in Germany?")],
  ]
  const { ibid } = await body<{ ibid: { id: string } }>("/v1/chat/completions", {
    ...{ key: anna, body: { model: "ibid", messages } },
  })
  const { question, request } = await body<ShownReceipt>(`/api/answers/${ibid.id}`, { key: anna })
  expect(question).toBe("And in Germany?")
  expect(request.question).toBe("How many days of holidays do employees get in Germany?")
})

test("connectToServer() shows, replays and lists as the core does, and keeps feedback and conversations", async () => {
  const server = await startServer(front.app, { host: "127.0.0.1", port: 0 })
  try {
    const remote = await connectToServer({ address: server.address, token: LOCAL_TOKEN })
    const call = { principal: ADMIN }
    for await (const _ of remote.ask({ question: QUESTION, conversationId: "remote" }, call));
    const [last] = (await remote.listAnswers({ ...call, page: { limit: 1 } })).data
    const id = last?.id ?? ""
    const shown = await remote.getAnswer(id, { ...call, document: "leave.md" })
    expect(shown).toMatchObject({ conversationId: "remote", document: { outcome: "cited" } })
    expect(await remote.replayAnswer(id, call)).toMatchObject({ isSameText: true })
    expect(await remote.giveFeedback(id, { verdict: "useful" }, call)).toMatchObject({ verdict: "useful" })
    expect((await remote.listFeedback(call)).data[0]).toMatchObject({ answerId: id })
    expect((await remote.listConversations(call)).data).toMatchObject([{ id: "remote" }])
    expect(await remote.listTurns("remote", call)).toMatchObject([{ answerId: id }])
    await remote.deleteConversation("remote", call)
    await expect(remote.getAnswer(id, call)).rejects.toMatchObject({ code: "not-found" })
  } finally {
    await server.close()
  }
})
