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
  const endpoint = `${options.baseUrl.replace(/\/+$/, "")}/chat/completions`
  const headers = {
    "content-type": "application/json",
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
  }

  const open = async (messages: readonly Message[], maxTokens: number, seed: number, signal?: AbortSignal) => {
    const body = { model: options.model, messages, max_tokens: maxTokens, temperature: 0, seed, stream: true }
    try {
      return await fetch(endpoint, {
        ...{ method: "POST", headers, body: JSON.stringify(body), redirect: "error" },
        ...(signal === undefined ? {} : { signal }),
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
      if (!response.ok || response.body === null) throw refusal(response.status)
      try {
        for await (const data of serverSentData(response.body)) {
          if (data === "[DONE]") return
          const piece = pieceOf(data)
          if (piece !== "") yield piece
        }
      } catch (thrown) {
        throwIfAborted(signal)
        if (thrown instanceof IbidError) throw thrown
        throw new IbidError("model-unavailable", "Cannot read on: the server of the language model ended the stream", {
          cause: thrown,
        })
      }
    },
    warm: async () => undefined,
    dispose: async () => undefined,
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

function pieceOf(data: string): string {
  const chunk: unknown = JSON.parse(data)
  if (typeof chunk !== "object" || chunk === null) return ""
  if ("error" in chunk)
    throw new IbidError("model-unavailable", "Cannot generate: the server of the language model reported an error")
  const choices = "choices" in chunk && Array.isArray(chunk.choices) ? chunk.choices : []
  const content: unknown = choices[0]?.delta?.content
  return typeof content === "string" ? content : ""
}
