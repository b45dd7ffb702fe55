import { IbidError, isPromptTooLong, promptTooLong, throwIfAborted } from "../core/errors.ts"
import type { Generator, Message } from "../core/ports.ts"
import type { Log } from "../core/types.ts"
import { chosenShares, FIRST_TOKEN, field, first, structuredChoice, toldShares } from "./openai-choice.ts"
import { breakMarkers, joinMarkers } from "./plain-markers.ts"

export interface OpenAiOptions {
  /** Such as `http://127.0.0.1:8080/v1`. */
  readonly baseUrl: string
  readonly model: string
  readonly apiKey?: string
  readonly contextTokens: number
  readonly log: Log
}

/** Why a collection cannot have one. */
export const ADAPTERS_OF_SERVER =
  "the language model runs on a server, whose adapters are its own: start it with the adapter"

/**
 * A generator behind an OpenAI-compatible server (llama-server, vLLM, Ollama). It is reached only because a person has
 * named its address; redirects are refused, so that the text goes nowhere else.
 */
export function createOpenAiGenerator(options: OpenAiOptions): Generator {
  const base = options.baseUrl.replace(/(?<!\/)\/+$/, "")
  const headers = {
    "content-type": "application/json",
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
  }

  const closed = new AbortController()
  const anyOf = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal])

  let isNameChecked = false

  const ask = async (path: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> => {
    throwIfAborted(signal)
    if (closed.signal.aborted) throw new IbidError("model-unavailable", "Cannot generate: the model was closed")
    try {
      return await fetch(`${base}${path}`, { ...init, headers, redirect: "error", signal: anyOf(signal) })
    } catch (cause) {
      throwIfAborted(signal)
      throw new IbidError("model-unavailable", "Cannot reach the server of the language model", { cause })
    }
  }

  /** Asked once: llama-server answers with the model it has, whatever the name, and a receipt would name another. */
  const checkName = async (signal?: AbortSignal): Promise<void> => {
    if (isNameChecked) return
    const response = await ask("/models", {}, signal)
    const text = await response.text().catch(() => "")
    const offered = response.ok ? offeredModels(text) : []
    if (offered.length === 0 || offered.some((name) => isSameModel(name, options.model))) {
      isNameChecked = true
      return
    }
    const state = `its server has ${offered
      .slice(0, 5)
      .map((name) => `"${name}"`)
      .join(", ")}`
    throw new IbidError("model-not-found", `Cannot use the language model "${options.model}": ${state}`)
  }

  const post = async (
    messages: readonly Message[],
    body: object,
    signal: AbortSignal | undefined,
  ): Promise<Response> => {
    await checkName(signal)
    const plain = messages.map(({ role, content }) => ({ role, content: breakMarkers(content) }))
    const request = { model: options.model, temperature: 0, messages: plain, ...body }
    return await ask("/chat/completions", { method: "POST", body: JSON.stringify(request) }, signal)
  }

  const refusalOf = async (response: Response, signal: AbortSignal | undefined): Promise<IbidError> => {
    const text = await response.text().catch(() => "")
    throwIfAborted(signal)
    return refusal(response.status, text)
  }

  /** Null where the server does not offer what was asked for. */
  const complete = async (
    messages: readonly Message[],
    body: object,
    signal: AbortSignal | undefined,
  ): Promise<unknown> => {
    const response = await post(messages, body, signal)
    if (!response.ok) {
      const refused = await refusalOf(response, signal)
      if (NOT_OFFERED.has(response.status) && !isPromptTooLong(refused)) return null
      throw refused
    }
    try {
      return await response.json()
    } catch (cause) {
      throwIfAborted(signal)
      throw new IbidError("model-unavailable", "Cannot read what the server of the language model sent", { cause })
    }
  }

  return {
    modelId: options.model,
    contextTokens: options.contextTokens,
    generate: async function* (messages, { maxTokens, seed, lora, signal }) {
      if (lora !== undefined) throw new IbidError("invalid-request", `Cannot use an adapter: ${ADAPTERS_OF_SERVER}`)
      const response = await post(messages, { max_tokens: maxTokens, seed: seed ?? 0, stream: true }, signal)
      if (!response.ok || response.body === null) {
        throw await refusalOf(response, signal)
      }
      let isFinished = false
      try {
        for await (const data of serverSentData(response.body)) {
          if (data === "[DONE]") return
          const chunk = readChunk(data)
          const { isLast } = chunk
          const text = joinMarkers(chunk.text)
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
      const told = toldShares(await complete(messages, FIRST_TOKEN, signal), choices)
      return told ?? chosenShares(await complete(messages, structuredChoice(choices), signal), choices)
    },
    warm: checkName,
    dispose: async () => closed.abort(),
  }
}

/** Servers that do not tell probabilities refuse the request, or leave them out. */
const NOT_OFFERED: ReadonlySet<number> = new Set([400, 404, 422, 501])

/** The names in an answer of `/models`: with llama-server, Ollama and vLLM their id and what else they answer to. */
function offeredModels(text: string): string[] {
  try {
    const listed = field(JSON.parse(text), "data")
    return (Array.isArray(listed) ? listed : []).flatMap((one: unknown) =>
      [field(one, "id"), field(one, "aliases")].flat().filter((name) => typeof name === "string"),
    )
  } catch {
    return []
  }
}

/** Ollama adds a tag: `llama3:latest`. */
function isSameModel(offered: string, wanted: string): boolean {
  return offered === wanted || offered === `${wanted}:latest`
}

function refusal(status: number, text: string): IbidError {
  if (status === 429) return new IbidError("overloaded", "Cannot generate: the server of the language model is busy")
  if (/exceed_context_size|context_length_exceeded|context length/i.test(text)) {
    return promptTooLong("Cannot generate: the prompt exceeds the context of the language model's server")
  }
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
