import { IbidError, throwIfAborted } from "../core/errors.ts"
import type { Generator } from "../core/ports.ts"
import type { Log } from "../core/types.ts"

export interface OpenAiOptions {
  /** Such as `http://127.0.0.1:8080/v1`. */
  readonly baseUrl: string
  readonly model: string
  readonly apiKey?: string
  readonly contextTokens: number
  readonly log: Log
}

/**
 * A generator behind an OpenAI-compatible server (llama-server, vLLM, Ollama). It is reached only because a person has
 * named its address; redirects are refused, so that the text goes nowhere else.
 */
export function createOpenAiGenerator(options: OpenAiOptions): Generator {
  const endpoint = `${options.baseUrl.replace(/(?<!\/)\/+$/, "")}/chat/completions`
  const headers = {
    "content-type": "application/json",
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
  }

  const closed = new AbortController()
  const anyOf = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal])

  const post = async (body: object, signal: AbortSignal | undefined): Promise<Response> => {
    throwIfAborted(signal)
    if (closed.signal.aborted) throw new IbidError("model-unavailable", "Cannot generate: the model was closed")
    try {
      return await fetch(endpoint, {
        ...{ method: "POST", headers, body: JSON.stringify({ model: options.model, temperature: 0, ...body }) },
        ...{ redirect: "error", signal: anyOf(signal) },
      })
    } catch (cause) {
      throwIfAborted(signal)
      throw new IbidError("model-unavailable", "Cannot reach the server of the language model", { cause })
    }
  }

  return {
    modelId: options.model,
    contextTokens: options.contextTokens,
    generate: async function* (messages, { maxTokens, seed, signal }) {
      const response = await post({ messages, max_tokens: maxTokens, seed: seed ?? 0, stream: true }, signal)
      if (!response.ok || response.body === null) {
        await response.body?.cancel()
        throw refusal(response.status)
      }
      let isFinished = false
      try {
        for await (const data of serverSentData(response.body)) {
          if (data === "[DONE]") return
          const { text, isLast } = readChunk(data)
          isFinished ||= isLast
          if (text !== "") yield text
        }
        // Half a sentence must not pass for a whole one.
        if (!isFinished) throw new Error("neither a finish reason nor [DONE] came")
      } catch (thrown) {
        throwIfAborted(signal)
        if (thrown instanceof IbidError) throw thrown
        throw new IbidError("model-unavailable", "Cannot read on: the server of the language model ended the stream", {
          cause: thrown,
        })
      }
    },
    async weigh(messages, choices, { signal }) {
      const asked = { messages, max_tokens: 1, seed: 0, logprobs: true, top_logprobs: MOST_ALTERNATIVES }
      const response = await post(asked, signal)
      if (!response.ok) {
        await response.body?.cancel()
        if (NOT_OFFERED.has(response.status)) return null
        throw refusal(response.status)
      }
      try {
        return weightsOf(await response.json(), choices)
      } catch (cause) {
        throwIfAborted(signal)
        throw new IbidError("model-unavailable", "Cannot read what the server of the language model sent", { cause })
      }
    },
    warm: async () => undefined,
    dispose: async () => closed.abort(),
  }
}

/** What OpenAI's own interface allows. */
const MOST_ALTERNATIVES = 20
/** Servers that do not tell probabilities refuse the request, or leave them out. */
const NOT_OFFERED: ReadonlySet<number> = new Set([400, 404, 422, 501])

/** The choices among the most likely first tokens; one that is not among them weighs as much as the least likely. */
function weightsOf(completion: unknown, choices: readonly string[]): number[] | null {
  const content = field(field(first(field(completion, "choices")), "logprobs"), "content")
  const listed = field(first(content), "top_logprobs")
  const tokens = (Array.isArray(listed) ? listed : []).flatMap((one: unknown) => {
    const [token, logprob] = [field(one, "token"), field(one, "logprob")]
    return typeof token === "string" && typeof logprob === "number"
      ? [{ token: token.trim().toLowerCase(), probability: Math.exp(logprob) }]
      : []
  })
  const least = Math.min(...tokens.map(({ probability }) => probability))
  const masses = choices.map((choice) =>
    tokens.filter(({ token }) => token === choice).reduce((sum, { probability }) => sum + probability, 0),
  )
  if (masses.every((mass) => mass === 0)) return null
  const floored = masses.map((mass) => Math.max(mass, least, Number.MIN_VALUE))
  const whole = floored.reduce((sum, mass) => sum + mass, 0)
  return floored.map((mass) => mass / whole)
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined
}

function refusal(status: number): IbidError {
  if (status === 429) return new IbidError("overloaded", "Cannot generate: the server of the language model is busy")
  if (status === 400)
    return new IbidError("invalid-request", "Cannot generate: the server of the language model refused the request")
  return new IbidError("model-unavailable", `Cannot generate: the server of the language model answered ${status}`)
}

/** The `data` of each server-sent event. */
async function* serverSentData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let buffered = ""
  for await (const bytes of body) {
    buffered += decoder.decode(bytes, { stream: true })
    const lines = buffered.split(/\r?\n/)
    buffered = lines.pop() ?? ""
    for (const line of lines) if (line.startsWith("data:")) yield line.slice(5).trim()
  }
  if (buffered.startsWith("data:")) yield buffered.slice(5).trim()
}

function readChunk(data: string): { readonly text: string; readonly isLast: boolean } {
  const chunk: unknown = JSON.parse(data)
  const error = field(chunk, "error")
  if (error !== undefined && error !== null) {
    throw new IbidError("model-unavailable", "Cannot generate: the server of the language model reported an error")
  }
  const choice = first(field(chunk, "choices"))
  const content = field(field(choice, "delta"), "content")
  return {
    text: typeof content === "string" ? content : "",
    isLast: typeof field(choice, "finish_reason") === "string",
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
}
