import { beforeEach, describe, expect, test } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import { type Front, framesOf, json, LEAVE_TEXT, openFront } from "./support/http-front.ts"

const USER = { role: "user", content: "How much leave do parents get?" }

let front: Front
beforeEach(async () => {
  front = await openFront()
})

const chat = (more: object = {}) =>
  front.send("/v1/chat/completions", { body: { model: "ibid", messages: [USER], ...more } })

async function chunksOf(response: Response) {
  const data = framesOf(await response.text()).map((frame) => frame.data)
  return { last: data.at(-1), chunks: data.filter((one) => one !== "[DONE]").map((one) => JSON.parse(one)) }
}

describe("POST /v1/chat/completions", () => {
  test("answers with the fields that strict clients need", async () => {
    const body = await json(await chat())
    expect(Object.keys(body).sort()).toEqual(["choices", "created", "ibid", "id", "model", "object", "usage"])
    expect(Object.keys(body.choices[0]).sort()).toEqual(["finish_reason", "index", "logprobs", "message"])
    expect(Object.keys(body.usage).sort()).toEqual(["completion_tokens", "prompt_tokens", "total_tokens"])
    expect(Number.isInteger(body.created)).toBe(true)
  })

  test("puts the place and the whole citation into each annotation", async () => {
    const { message } = (await json(await chat())).choices[0]
    const [annotation] = message.annotations
    expect(annotation).toMatchObject({ type: "url_citation", ibid: { marker: 1, quote: LEAVE_TEXT, verified: true } })
    expect(Object.keys(annotation.url_citation).sort()).toEqual(["end_index", "start_index", "title", "url"])
    const quoted = await front.send(annotation.url_citation.url)
    expect(await quoted.text()).toBe(LEAVE_TEXT)
  })

  test("annotates the marker behind a sentence, and none of the like in a quote", async () => {
    const text = "“The plant was founded in 1924 [1] by H. Ibsen.” [1]"
    const real = front.kb
    front = await openFront({
      ask: async function* (question, call) {
        for await (const event of real.ask(question, call)) {
          if (event.type !== "answer") continue
          const sentences = [
            { text: "“It makes pumps [1] [2].” [2]", citations: [2], supported: true },
            { text, citations: [1], supported: true },
          ]
          const citations = [1, 2].flatMap((marker) => event.answer.citations.map((one) => ({ ...one, marker })))
          const whole = sentences.map((sentence) => sentence.text).join(" ")
          yield { ...event, answer: { ...event.answer, text: whole, sentences, citations } }
        }
      },
      listCollections: real.listCollections,
    })
    const { content, annotations } = (await json(await chat())).choices[0].message
    const places = annotations.map(({ url_citation }: { url_citation: { start_index: number; end_index: number } }) => [
      ...[url_citation.start_index, url_citation.end_index],
    ])
    expect(places).toEqual([
      [content.length - 3, content.length],
      ["“It makes pumps [1] [2].” ".length, "“It makes pumps [1] [2].” [2]".length],
    ])
  })

  test("annotates the end of an answer that does not show its marker", async () => {
    const real = front.kb
    front = await openFront({
      ask: async function* (question, call) {
        for await (const event of real.ask(question, call)) {
          yield event.type === "answer" ? { ...event, answer: { ...event.answer, text: "Yes." } } : event
        }
      },
      listCollections: real.listCollections,
    })
    const { url_citation } = (await json(await chat())).choices[0].message.annotations[0]
    expect([url_citation.start_index, url_citation.end_index]).toEqual([4, 4])
  })

  test("accepts what other models would take into account", async () => {
    const more = {
      temperature: 0.2,
      top_p: 1,
      max_tokens: 50,
      seed: 1,
      user: "u",
      tools: [],
      n: 1,
      tool_choice: "none",
    }
    expect((await chat(more)).status).toBe(200)
  })

  test("takes a history with messages that hold nothing but calls and pictures", async () => {
    const messages = [
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] },
      { role: "assistant", content: null, tool_calls: [] },
      { role: "tool", content: "42", tool_call_id: "x" },
      USER,
    ]
    expect((await json(await chat({ messages }))).choices[0].message.content).toContain("sixteen weeks")
  })

  test.each([
    ["a picture", [{ role: "user", content: [{ type: "image_url", image_url: {} }] }], "messages.0.content"],
    ["nothing", [{ role: "user", content: null }], "messages.0.content"],
    ["spaces", [USER, { role: "user", content: "  " }], "messages.1.content"],
    ["8,001 characters", [{ role: "user", content: "x".repeat(8_001) }], "messages.0.content"],
    ["a NUL", [{ role: "user", content: "a\0b" }], "messages.0.content"],
    ["no user", [{ role: "assistant", content: "x" }], "messages"],
  ])("refuses a question of %s and names the parameter", async (_name, messages, param) => {
    const response = await chat({ messages })
    expect(response.status).toBe(400)
    expect((await json(response)).error).toMatchObject({ type: "invalid_request_error", param })
  })

  test.each([
    [{ n: 0 }, "n"],
    [{ n: 2 }, "n"],
    [{ functions: [{}] }, "functions"],
    [{ tools: [{}] }, "tools"],
    [{ stream: "yes" }, "stream"],
  ])("refuses %j and names the parameter", async (more, param) => {
    const response = await chat(more)
    expect([response.status, (await json(response)).error.param]).toEqual([400, param])
  })

  test.each(["", "ibid/", "ibid/none", "IBID", "gpt-4o"])("the model %j is not found", async (model) => {
    const response = await chat({ model })
    expect([response.status, (await json(response)).error.code]).toEqual([404, "model_not_found"])
  })

  test("does not tell a collection that the key may not read from one that does not exist", async () => {
    const key = await front.kb.createKey({ name: "other", role: "reader", collections: ["other"] })
    const ask = async (model: string) =>
      await json(await front.send("/v1/chat/completions", { key, body: { model, messages: [USER] } }))
    const [hidden, missing] = [await ask("ibid/default"), await ask("ibid/nothing")]
    expect(hidden.error.message.replace("default", "nothing")).toBe(missing.error.message)
  })

  test("streams the same text that it answers at once, and no usage that was not asked for", async () => {
    const { last, chunks } = await chunksOf(await chat({ stream: true }))
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")
    expect([text, last]).toEqual([`${LEAVE_TEXT} [1]`, "[DONE]"])
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false)
    expect(chunks.map((chunk) => chunk.choices[0].finish_reason)).toEqual([null, null, null, "stop"])
    expect(chunks.at(-1).ibid.citations[0].quote).toBe(LEAVE_TEXT)
  })

  test("streams an abstention as text, once", async () => {
    const messages = [{ role: "user", content: "Zebra?" }]
    const { last, chunks } = await chunksOf(await chat({ stream: true, messages }))
    expect(chunks.map((chunk) => chunk.choices[0].delta.content).filter(Boolean)).toEqual([
      "The documents do not answer this question.",
    ])
    expect(last).toBe("[DONE]")
  })

  test("ends a stream that fails with an error in OpenAI's shape, and logs the cause", async () => {
    const { kb } = front
    front = await openFront({
      listCollections: kb.listCollections,
      ask: async function* () {
        yield { type: "delta", sequence: 1, text: "Half" }
        throw new IbidError("model-unavailable", "Cannot run the model: its process died")
      },
    })
    const { last, chunks } = await chunksOf(await chat({ stream: true }))
    expect(chunks.at(-1).error).toMatchObject({ type: "server_error", code: "model-unavailable" })
    expect(last).not.toBe("[DONE]")
    expect(front.log).toHaveLength(1)
  })

  test("keeps the status of a stream that fails early", async () => {
    front = await openFront({
      ask: async function* () {
        if (Date.now() > 0) throw new IbidError("model-missing", "Cannot load the model: it is missing")
        yield { type: "delta", sequence: 1, text: "" }
      },
    })
    const response = await chat({ stream: true })
    expect([response.status, response.headers.get("content-type")]).toEqual([503, "application/json"])
  })
})
