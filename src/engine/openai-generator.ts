import { IbidError, throwIfAborted } from "../core/errors.ts"
import type { Generator, Message } from "../core/ports.ts"
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

  const open = async (
    messages: readonly Message[],
    maxTokens: number,
    seed: number,
    signal: AbortSignal | undefined,
  ) => {
    if (closed.signal.aborted) throw new IbidError("model-unavailable", "Cannot generate: the model was closed")
    const body = { model: options.model, messages, max_tokens: maxTokens, temperature: 0, seed, stream: true }
    try {
      return await fetch(endpoint, {
        ...{ method: "POST", headers, body: JSON.stringify(body), redirect: "error" },
        signal: anyOf(signal),
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
      throwIfAborted(signal)
      const response = await open(messages, maxTokens, seed ?? 0, signal)
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
    warm: async () => undefined,
    dispose: async () => closed.abort(),
  }
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
  const choices = field(chunk, "choices")
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined
  const content = field(field(first, "delta"), "content")
  return {
    text: typeof content === "string" ? content : "",
    isLast: typeof field(first, "finish_reason") === "string",
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
}
