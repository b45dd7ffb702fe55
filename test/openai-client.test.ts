import OpenAI from "openai"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import { type Front, gate, json, LEAVE_TEXT, openFront } from "./support/http-front.ts"

const USER = { role: "user" as const, content: "How much leave do parents get?" }
const chat = { model: "ibid", messages: [USER] }

let front: Front
beforeEach(async () => {
  front = await openFront()
})

/** OpenAI's own client against the real front end, without a network. */
function clientOf({ app, admin }: Front, apiKey = admin): OpenAI {
  return new OpenAI({
    ...{ apiKey, baseURL: "http://127.0.0.1:8787/v1", maxRetries: 0, defaultHeaders: { host: "127.0.0.1:8787" } },
    fetch: (url, init) => Promise.race([app.request(String(url), init), untilAborted(init?.signal)]),
  })
}

/** Rejects as `fetch` does. */
function untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true })
  })
}

async function thrownBy(work: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof OpenAI.APIError) return thrown
    throw thrown
  }
  throw new Error("Nothing was thrown")
}

/** What Ibid adds to the client's own types. */
function annotationsOf(holder: unknown): readonly OpenAI.ChatCompletionMessage.Annotation[] {
  return (holder as { readonly annotations?: readonly OpenAI.ChatCompletionMessage.Annotation[] }).annotations ?? []
}

describe("chat completions", () => {
  test("bring text, citations, usage and the reason of the end", async () => {
    const { choices, usage, object, model, created } = await clientOf(front).chat.completions.create(chat)
    const [choice] = choices
    expect(choice?.message).toMatchObject({ role: "assistant", content: `${LEAVE_TEXT} [1]`, refusal: null })
    expect([choice?.finish_reason, object, model]).toEqual(["stop", "chat.completion", "ibid"])
    expect(new Date(created * 1_000).getFullYear()).toBeGreaterThan(2024)
    const [annotation] = choice?.message.annotations ?? []
    const { start_index = 0, end_index = 0 } = annotation?.url_citation ?? {}
    expect([annotation?.type, choice?.message.content?.slice(start_index, end_index)]).toEqual(["url_citation", "[1]"])
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0))
    expect(usage?.completion_tokens).toBeGreaterThan(0)
  })

  test("stream the same text, with citations in the last chunk and usage behind it", async () => {
    const stream = await clientOf(front).chat.completions.create({
      ...{ ...chat, stream: true, stream_options: { include_usage: true } },
    })
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(`${LEAVE_TEXT} [1]`)
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant")
    const usage = chunks.at(-1)
    expect([usage?.choices, usage?.usage?.total_tokens]).toEqual([[], expect.any(Number)])
    const end = chunks.at(-2)?.choices[0]
    expect([end?.finish_reason, annotationsOf(end?.delta)[0]?.type]).toEqual(["stop", "url_citation"])
    expect(chunks.slice(0, -2).every(({ choices }) => choices[0]?.finish_reason === null)).toBe(true)
    // a strict client wants the field in every chunk once it has asked for usage
    expect(chunks.slice(0, -1).map((chunk) => chunk.usage)).toEqual(chunks.slice(0, -1).map(() => null))
  })

  test("satisfy the helper that puts a completion together from its chunks", async () => {
    const runner = clientOf(front).chat.completions.stream(chat)
    const whole = await runner.finalChatCompletion()
    expect(whole.choices[0]?.message.content).toBe(`${LEAVE_TEXT} [1]`)
    expect(annotationsOf(whole.choices[0]?.message)).toHaveLength(1)
    expect(whole.choices[0]?.finish_reason).toBe("stop")
  })

  test("answer an abstention as text", async () => {
    const messages = [{ role: "user" as const, content: "Zebra?" }]
    const { choices } = await clientOf(front).chat.completions.create({ ...chat, messages })
    expect(choices[0]?.message).toMatchObject({
      content: "The documents do not answer this question.",
      annotations: [],
    })
  })

  test("take what other models would take into account, and parts of text", async () => {
    const { choices } = await clientOf(front).chat.completions.create({
      ...{ model: "ibid/default", temperature: 0, max_completion_tokens: 50, response_format: { type: "text" } },
      ...{ metadata: { a: "b" }, store: false, reasoning_effort: "low", user: "u", seed: 1, stop: ["\n"] },
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: [{ type: "text", text: USER.content }] },
      ],
    })
    expect(choices[0]?.message.content).toContain("sixteen weeks")
  })

  test.each([
    [{ response_format: { type: "json_object" as const } }, "response_format.type"],
    [{ n: 2 }, "n"],
    [{ tools: [{ type: "function" as const, function: { name: "f" } }] }, "tools"],
  ])("refuse %j, which would change what is answered", async (more, param) => {
    const error = await thrownBy(clientOf(front).chat.completions.create({ ...chat, ...more }))
    expect([error.constructor, error.param]).toEqual([OpenAI.BadRequestError, param])
  })

  test("stop the answer when the client aborts in mid-stream", async () => {
    const stopped = gate()
    const { kb } = front
    front = await openFront({
      listCollections: kb.listCollections,
      ask: async function* (_question, { signal }) {
        yield { type: "delta", sequence: 1, text: "Half" }
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        stopped.open()
        throw new IbidError("cancelled", "The request was cancelled")
      },
    })
    const stream = await clientOf(front).chat.completions.create({ ...chat, stream: true })
    const texts: string[] = []
    for await (const { choices } of stream) {
      texts.push(choices[0]?.delta.content ?? "")
      if (texts.includes("Half")) stream.controller.abort()
    }
    await stopped.opened
    expect(texts.join("")).toBe("Half")
    expect(front.log).toEqual([])
  })

  test("stop the answer when the client aborts while it waits for a whole one", async () => {
    const stopped = gate()
    const asked = gate()
    front = await openFront({
      ask: async function* (_question, { signal }) {
        yield { type: "delta", sequence: 1, text: "Half" }
        asked.open()
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }))
        stopped.open()
        throw new IbidError("cancelled", "The request was cancelled")
      },
    })
    const abort = new AbortController()
    const waiting = thrownBy(clientOf(front).chat.completions.create(chat, { signal: abort.signal }))
    await asked.opened
    abort.abort()
    await stopped.opened
    expect(await waiting).toBeInstanceOf(OpenAI.APIUserAbortError)
  })

  test("end a stream that fails with an error that the client throws", async () => {
    front = await openFront({
      ask: async function* () {
        yield { type: "delta", sequence: 1, text: "Half" }
        throw new IbidError("model-unavailable", "Cannot run the model: its process died")
      },
    })
    const stream = await clientOf(front).chat.completions.create({ ...chat, stream: true })
    const texts: string[] = []
    const error = await thrownBy(
      (async () => {
        for await (const { choices } of stream) texts.push(choices[0]?.delta.content ?? "")
      })(),
    )
    expect([texts.join(""), error.code, error.type]).toEqual(["Half", "model-unavailable", "server_error"])
  })
})

describe("errors have the client's own classes", () => {
  test("401 for a key that is not known", async () => {
    const error = await thrownBy(clientOf(front, "ibid_wrong").models.list())
    expect([error.constructor, error.code]).toEqual([OpenAI.AuthenticationError, "invalid_api_key"])
    expect(error.requestID).toMatch(/^req_/)
  })

  test("404 for a model that is not known", async () => {
    const error = await thrownBy(clientOf(front).chat.completions.create({ ...chat, model: "gpt-4o" }))
    expect([error.constructor, error.code, error.type]).toEqual([
      ...[OpenAI.NotFoundError, "model_not_found", "invalid_request_error"],
    ])
  })

  test("404 for a route that there is not", async () => {
    const error = await thrownBy(clientOf(front).images.generate({ prompt: "a leave" }))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
  })

  test("400 with the parameter for a question that is none", async () => {
    const messages = [{ role: "user" as const, content: " " }]
    const error = await thrownBy(clientOf(front).chat.completions.create({ ...chat, messages }))
    expect([error.constructor, error.param]).toEqual([OpenAI.BadRequestError, "messages.0.content"])
  })

  test("429 with Retry-After while too many are answered, also for a stream", async () => {
    const end = gate()
    front = await openFront({
      ask: async function* () {
        await end.opened
        yield { type: "delta", sequence: 1, text: "Late" }
        throw new IbidError("model-unavailable", "Cannot run the model")
      },
    })
    const busy = Array.from({ length: 16 }, () => front.send("/v1/chat/completions", { body: chat }))
    const errors: InstanceType<typeof OpenAI.APIError>[] = []
    await vi.waitFor(async () => {
      errors.push(await thrownBy(clientOf(front).chat.completions.create({ ...chat, stream: true })))
    })
    expect([errors[0]?.constructor, errors[0]?.headers?.get("retry-after"), errors[0]?.code]).toEqual([
      ...[OpenAI.RateLimitError, "5", "overloaded"],
    ])
    end.open()
    await Promise.all(busy)
  })

  test("5xx for what is wrong inside, which tells nothing", async () => {
    front = await openFront({ search: () => Promise.reject(new Error("/srv/private")) })
    const error = await thrownBy(clientOf(front).vectorStores.search("ibid", { query: "leave" }))
    expect([error.constructor, error.message]).toEqual([
      ...[OpenAI.InternalServerError, expect.not.stringContaining("private")],
    ])
  })
})

describe("models", () => {
  test("are listed and found one by one", async () => {
    const client = clientOf(front)
    const ids: string[] = []
    for await (const model of client.models.list()) ids.push(model.id)
    expect(ids).toEqual(["ibid", "ibid/default"])
    expect(await client.models.retrieve("ibid/default")).toEqual({
      ...{ id: "ibid/default", object: "model", created: 0, owned_by: "ibid" },
    })
    expect(await thrownBy(client.models.retrieve("ibid/other"))).toBeInstanceOf(OpenAI.NotFoundError)
  })
})

describe("embeddings", () => {
  const embed = (more: object = {}) =>
    clientOf(front).embeddings.create({ model: "fake-embedder", input: ["a", "four"], ...more })

  test("are the same numbers in base64, which the client asks for by itself, and as they are", async () => {
    const packed = await embed()
    const plain = await embed({ encoding_format: "float" })
    expect(packed.data.map(({ embedding }) => [...embedding])).toEqual(plain.data.map(({ embedding }) => embedding))
    expect(plain.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 2],
      [1, 2],
    ])
    expect(plain.data[1]?.embedding[0]).toBeCloseTo(0.8)
    expect(plain).toMatchObject({
      object: "list",
      model: "fake-embedder",
      usage: { prompt_tokens: 2, total_tokens: 2 },
    })
  })

  test("are of a passage, or of a question on request; one text may stand alone; `ibid` is the model in force", async () => {
    const { data } = await embed({ model: "ibid", input: "one", input_type: "query", encoding_format: "float" })
    expect(data.map(({ embedding }) => embedding[0]?.toFixed(1))).toEqual(["0.6"])
  })

  test.each([
    [{ model: "text-embedding-3-small" }, OpenAI.NotFoundError, null],
    [{ input: [] }, OpenAI.BadRequestError, "input"],
    [{ input: ["a", ""] }, OpenAI.BadRequestError, "input.1"],
    [{ input: [[1, 2, 3]] }, OpenAI.BadRequestError, "input.0"],
    [{ input: [1, 2, 3] }, OpenAI.BadRequestError, "input.0"],
    [{ input: Array.from({ length: 2_049 }, () => "a") }, OpenAI.BadRequestError, "input"],
    [{ dimensions: 3 }, OpenAI.BadRequestError, "dimensions"],
    [{ encoding_format: "int8" }, OpenAI.BadRequestError, "encoding_format"],
  ])("refuse %j", async (more, type, param) => {
    const error = await thrownBy(embed(more))
    expect([error.constructor, error.param]).toEqual([type, param])
  })

  test("are bounded in number under way, and an abort ends what is left of them", async () => {
    const calls: number[] = []
    const began = gate()
    const goOn = gate()
    front = await openFront({
      embed: async (texts) => {
        calls.push(texts.length)
        began.open()
        await goOn.opened
        return texts.map(() => Float32Array.of(1))
      },
    })
    const abort = new AbortController()
    const input = Array.from({ length: 200 }, () => "a")
    const ask = () => clientOf(front).embeddings.create({ model: "ibid", input }, { signal: abort.signal })
    const waiting = Array.from({ length: 4 }, () => thrownBy(ask()))
    await vi.waitFor(() => expect(calls).toEqual([64, 64, 64, 64]))
    expect(await thrownBy(clientOf(front).embeddings.create({ model: "ibid", input }))).toBeInstanceOf(
      OpenAI.RateLimitError,
    )
    abort.abort()
    goOn.open()
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(OpenAI.APIUserAbortError)
    // a new one finds room, and those that were aborted have not gone on
    await clientOf(front).embeddings.create({ model: "ibid", input: "a" })
    expect(calls).toEqual([64, 64, 64, 64, 1])
  })
})

describe("vector stores", () => {
  const search = (id: string, more: object = {}) => clientOf(front).vectorStores.search(id, { query: "leave", ...more })

  test.each(["ibid", "default", "ibid/default"])("%s is searched", async (id) => {
    const results: OpenAI.VectorStoreSearchResponse[] = []
    for await (const result of search(id)) results.push(result)
    const [documented] = (await json(await front.send("/api/documents"))).data
    expect(results).toEqual([
      {
        ...{ file_id: documented.id, filename: "hr/leave.txt", score: expect.any(Number) },
        attributes: expect.objectContaining({ title: "hr/leave.txt", start: 0, end: LEAVE_TEXT.length }),
        content: [{ type: "text", text: LEAVE_TEXT }],
      },
    ])
  })

  test("leave out what scores less than the threshold", async () => {
    expect((await search("ibid", { ranking_options: { score_threshold: 2 } })).data).toEqual([])
  })

  test("do not tell a collection that the key may not read from one that does not exist", async () => {
    const key = await front.kb.createKey({ name: "other", role: "reader", collections: ["other"] })
    const messageOf = async (id: string) =>
      (await thrownBy(clientOf(front, key).vectorStores.search(id, { query: "leave" }))).message.replace(id, "ID")
    expect(await messageOf("default")).toBe(await messageOf("nothing"))
  })

  test.each([
    [{ query: " " }, "query"],
    [{ max_num_results: 51 }, "max_num_results"],
    [{ filters: { type: "eq", key: "a", value: "b" } }, "filters"],
  ])("refuse %j", async (more, param) => {
    const error = await thrownBy(search("ibid", more))
    expect([error.constructor, error.param]).toEqual([OpenAI.BadRequestError, param])
  })
})
