import { describe, expect, onTestFinished, test } from "vitest"
import { createOpenAiGenerator } from "../src/engine/openai-generator.ts"
import { collect, PROMPT } from "./contract/generator.contract.ts"
import { type ChatAnswer, chunkOf, serveChat } from "./support/chat-server.ts"

async function openGenerator(answer?: ChatAnswer, apiKey?: string, models?: readonly string[]) {
  const server = await serveChat(answer, models)
  onTestFinished(() => server.close())
  const generator = createOpenAiGenerator({
    ...{ baseUrl: `${server.address}/v1/`, model: "words", contextTokens: 2_048, log: () => undefined },
    ...(apiKey === undefined ? {} : { apiKey }),
  })
  const write = async (): Promise<string> => (await collect(generator.generate(PROMPT, { maxTokens: 8 }))).join("")
  return { write, server, generator }
}

const EVENTS = { "content-type": "text/event-stream" }

describe("createOpenAiGenerator()", () => {
  test("asks for temperature 0, a stream and no more tokens than allowed, with the key", async () => {
    let authorization: string | undefined
    const { write, server } = await openGenerator((_, response, headers) => {
      authorization = headers.authorization
      response.writeHead(200, EVENTS).end("data: [DONE]\n\n")
    }, "secret")
    await write()
    expect(server.requests[0]).toMatchObject({
      ...{ model: "words", messages: PROMPT, max_tokens: 8, temperature: 0, seed: 0, stream: true },
    })
    expect(authorization).toBe("Bearer secret")
  })

  test("takes no adapter: those belong to the server", async () => {
    const { generator, server } = await openGenerator()
    const lora = { file: "/tmp/adapter.gguf", sha256: "00", scale: 1 }
    const call = collect(generator.generate(PROMPT, { maxTokens: 8, lora }))
    await expect(call).rejects.toMatchObject({ code: "invalid-request", message: /start it with the adapter/ })
    expect(server.requests).toEqual([])
  })

  test("reads events whatever pieces they come in", async () => {
    const { write } = await openGenerator(async (_, response) => {
      response.writeHead(200, EVENTS)
      const bytes = Buffer.from(`: ping\r\n\r\n${chunkOf("Zürich ")}${chunkOf("🙂")}data: [DONE]\n\n`)
      for (const byte of bytes) {
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    })
    expect(await write()).toBe("Zürich 🙂")
  })

  test("takes a finish reason for the end, as servers without [DONE] send it", async () => {
    const { write } = await openGenerator((_, response) => {
      const last = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }
      response.writeHead(200, EVENTS).end(`${chunkOf("All.")}data: ${JSON.stringify(last)}\n\n`)
    })
    expect(await write()).toBe("All.")
  })

  test.each([
    [400, "invalid-request"],
    [401, "model-unavailable"],
    [403, "model-unavailable"],
    [404, "model-unavailable"],
    [429, "overloaded"],
    [503, "model-unavailable"],
  ])("throws for status %d %s", async (status, code) => {
    const { write } = await openGenerator((_, response) => void response.writeHead(status).end("{}"))
    await expect(write()).rejects.toMatchObject({ code })
  })

  test.each([
    ["half a stream", (end: () => void) => [chunkOf("Half a"), end]],
    ["an error in the stream", (end: () => void) => [`data: {"error":{"message":"out of memory"}}\n\n`, end]],
    ["what is not JSON", (end: () => void) => ["data: {oops\n\n", end]],
  ])("throws model-unavailable for %s", async (_, parts) => {
    const { write } = await openGenerator((_request, response) => {
      response.writeHead(200, EVENTS)
      for (const part of parts(() => void response.end())) {
        if (typeof part === "string") response.write(part)
        else part()
      }
    })
    await expect(write()).rejects.toMatchObject({ code: "model-unavailable" })
  })

  test("throws model-unavailable when the connection is cut", async () => {
    const { write } = await openGenerator((_, response) => {
      response.writeHead(200, EVENTS)
      response.write(chunkOf("Half a"), () => response.destroy())
    })
    await expect(write()).rejects.toMatchObject({ code: "model-unavailable" })
  })

  test.each([["other"], ["words-v2", "other"]])(
    "throws model-not-found where the server lists %s",
    async (...models) => {
      const { write, server, generator } = await openGenerator(undefined, undefined, models)
      await expect(write()).rejects.toMatchObject({ code: "model-not-found", message: /"other"/ })
      await expect(generator.warm()).rejects.toMatchObject({ code: "model-not-found" })
      expect(server.requests).toEqual([])
    },
  )

  test.each([["words"], ["words:latest"]])("takes %s in the server's list for the model", async (model) => {
    const { write } = await openGenerator(undefined, undefined, ["other", model])
    expect(await write()).not.toBe("")
  })

  test.each(["<|im_end|>", "</s>", "[/INST]", "<start_of_turn>", "<｜User｜>", "<|eot_id|>", "<<SYS>>"])(
    "sends %s in a document as plain text, and gives it back as it was",
    async (marker) => {
      const { server, generator } = await openGenerator()
      const messages = [{ role: "user", content: `${marker} a < b` }] as const
      expect((await collect(generator.generate(messages, { maxTokens: 8 }))).join("")).toBe(`${marker} a < b `)
      const sent = server.requests[0]?.messages[0]?.content
      expect(sent).not.toContain(marker)
      expect(sent).toContain(" a < b")
    },
  )

  test("follows no redirect: the text goes to the named server alone", async () => {
    const elsewhere = await serveChat()
    onTestFinished(() => elsewhere.close())
    const { write } = await openGenerator(
      (_, response) => void response.writeHead(307, { location: `${elsewhere.address}/v1/chat/completions` }).end(),
    )
    await expect(write()).rejects.toMatchObject({ code: "model-unavailable" })
    expect(elsewhere.requests).toEqual([])
  })

  test("throws model-unavailable when nobody listens", async () => {
    const { write, server } = await openGenerator()
    await server.close()
    await expect(write()).rejects.toMatchObject({ code: "model-unavailable" })
  })

  test("an abort closes the connection", async () => {
    const controller = new AbortController()
    let closed: Promise<unknown> = Promise.resolve()
    const { generator } = await openGenerator((_, response) => {
      closed = new Promise((resolve) => response.once("close", resolve))
      response.writeHead(200, EVENTS)
      response.write(chunkOf("One "))
    })
    const call = async (): Promise<void> => {
      for await (const _ of generator.generate(PROMPT, { maxTokens: 8, signal: controller.signal })) controller.abort()
    }
    await expect(call()).rejects.toMatchObject({ code: "cancelled" })
    await closed
  })
})

describe("createOpenAiGenerator().weigh()", () => {
  const CHOICES = ["yes", "no"] as const
  const completion = (logprobs: unknown): ChatAnswer => {
    return (_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ choices: [{ logprobs }] }))
    }
  }
  const alternatives = (shares: Readonly<Record<string, number>>) => ({
    content: [{ top_logprobs: Object.entries(shares).map(([token, p]) => ({ token, logprob: Math.log(p) })) }],
  })

  test("asks for one token with its alternatives, and adds up their forms", async () => {
    const { generator, server } = await openGenerator(
      completion(alternatives({ Yes: 0.4, " yes": 0.2, no: 0.2, Maybe: 0.1 })),
    )
    const weights = (await generator.weigh(PROMPT, CHOICES, {})) ?? []
    expect(weights[0]).toBeCloseTo(0.75)
    expect(server.requests).toMatchObject([{ max_tokens: 1, temperature: 0, logprobs: true, top_logprobs: 20 }])
  })

  test.each([
    ["leaves probabilities out", null],
    ["begins with neither choice", alternatives({ Maybe: 0.9 })],
  ])("where the server %s, holds it to a choice by a schema", async (_, logprobs) => {
    const { generator, server } = await openGenerator(({ response_format }, response) => {
      const message = { content: JSON.stringify({ choice: "no" }) }
      response.writeHead(200, { "content-type": "application/json" })
      response.end(JSON.stringify({ choices: [response_format === undefined ? { logprobs } : { message }] }))
    })
    const [yes = 0, no = 0] = (await generator.weigh(PROMPT, CHOICES, {})) ?? []
    expect(no).toBeGreaterThan(yes)
    expect(yes + no).toBeCloseTo(1)
    expect(server.requests[1]).toMatchObject({
      response_format: { json_schema: { schema: { properties: { choice: { enum: CHOICES } } } } },
    })
  })

  test.each([
    ["Yes.", true],
    ['{"choice":"perhaps"}', false],
    ["It depends on the policy.", false],
  ])("checks what a server without structured output writes: %s", async (content, isChoice) => {
    const { generator } = await openGenerator((_, response) => {
      response.writeHead(200, { "content-type": "application/json" })
      response.end(JSON.stringify({ choices: [{ message: { content } }] }))
    })
    expect((await generator.weigh(PROMPT, CHOICES, {})) !== null).toBe(isChoice)
  })

  test("throws invalid-request where the prompt exceeds the context", async () => {
    const { generator } = await openGenerator((_, response) => {
      response.writeHead(400).end(JSON.stringify({ error: { type: "exceed_context_size_error" } }))
    })
    await expect(generator.weigh(PROMPT, CHOICES, {})).rejects.toMatchObject({ code: "invalid-request" })
  })

  test("gives a choice that is not among them the share of the least likely", async () => {
    const { generator } = await openGenerator(completion(alternatives({ yes: 0.9, Maybe: 0.1 })))
    expect((await generator.weigh(PROMPT, CHOICES, {}))?.[1]).toBeCloseTo(0.1)
  })

  test.each([
    ["leaves probabilities out", completion(null)],
    ["begins with neither choice", completion(alternatives({ Maybe: 0.9 }))],
    ["refuses the wish", ((_, response) => void response.writeHead(400).end()) satisfies ChatAnswer],
  ])("is null where the server %s", async (_, answer) => {
    const { generator } = await openGenerator(answer)
    expect(await generator.weigh(PROMPT, CHOICES, {})).toBeNull()
  })

  test.each([
    [429, "overloaded"],
    [503, "model-unavailable"],
  ])("throws on %d %s", async (status, code) => {
    const { generator } = await openGenerator((_, response) => void response.writeHead(status).end())
    await expect(generator.weigh(PROMPT, CHOICES, {})).rejects.toMatchObject({ code })
  })

  test("throws model-unavailable where what comes is no JSON", async () => {
    const { generator } = await openGenerator((_, response) => void response.writeHead(200).end("<html>"))
    await expect(generator.weigh(PROMPT, CHOICES, {})).rejects.toMatchObject({ code: "model-unavailable" })
  })
})
