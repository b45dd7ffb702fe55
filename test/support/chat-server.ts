import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { serve } from "./local-server.ts"

export interface ChatRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly max_tokens: number
  readonly [name: string]: unknown
}

export type ChatAnswer = (
  request: ChatRequest,
  response: ServerResponse,
  headers: IncomingMessage["headers"],
) => void | Promise<void>

/**
 * A local server that plays an OpenAI-compatible one. Without an answer of its own it streams words of the prompt, or, not
 * streaming, says with what probability it would begin. It lists its models where they are given.
 */
export async function serveChat(answer: ChatAnswer = answerInWords, models?: readonly string[]) {
  const requests: ChatRequest[] = []
  const server = createServer(async (request, response) => {
    if (request.method === "GET") {
      response.writeHead(models === undefined ? 404 : 200, { "content-type": "application/json" })
      response.end(JSON.stringify({ data: models?.map((id) => ({ id })) }))
      return
    }
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const body = JSON.parse(Buffer.concat(pieces).toString()) as ChatRequest
    requests.push(body)
    await answer(body, response, request.headers)
  })
  return { ...(await serve(server)), requests }
}

/** One server-sent event of a streamed completion. */
export function chunkOf(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
}

const CONTEXT_WORDS = 2_048

function answerInWords({ messages, max_tokens, stream }: ChatRequest, response: ServerResponse): void {
  const words = messages.flatMap(({ content }) => content.split(/\s+/))
  if (words.length > CONTEXT_WORDS) {
    response.writeHead(400, { "content-type": "application/json" })
    response.end(JSON.stringify({ error: { message: "too long", code: "context_length_exceeded" } }))
    return
  }
  if (stream !== true) {
    const alternatives = ["Yes", " no", "Perhaps"].map((token, place) => ({ token, logprob: -place - 0.5 }))
    response.writeHead(200, { "content-type": "application/json" })
    response.end(
      JSON.stringify({ choices: [{ logprobs: { content: [{ token: "Yes", top_logprobs: alternatives }] } }] }),
    )
    return
  }
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const word of words.slice(0, max_tokens)) response.write(chunkOf(`${word} `))
  response.end("data: [DONE]\n\n")
}
