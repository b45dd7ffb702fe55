import { once } from "node:events"
import type { ServerResponse } from "node:http"
import { chunkOf, serveChat } from "./chat-server.ts"

export interface HeldWriter {
  /** For `IBID_GENERATOR`. */
  readonly generator: string
  /** How many answers it was asked to write. */
  asked(): number
  /** Resolves when it is asked for the next one from now on, which then waits for `write` or its end. */
  begun(): Promise<void>
  /** Writes the sentence for all that wait. */
  write(sentence: string): void
  /** Resolves when the one that waits was broken off. */
  brokenOff(): Promise<void>
  close(): Promise<void>
}

/** A language model behind HTTP that writes when a test says so: what happens meanwhile has no haste. */
export async function serveHeldWriter(): Promise<HeldWriter> {
  const waiting = new Set<ServerResponse>()
  let asked = 0
  let tellBegun = () => {}
  let tellBroken = () => {}
  const broken = new Promise<void>((resolve) => {
    tellBroken = resolve
  })
  const server = await serveChat(async ({ stream }, response) => {
    if (stream !== true) {
      response.writeHead(404).end()
      return
    }
    asked++
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.flushHeaders()
    waiting.add(response)
    tellBegun()
    await once(response, "close")
    if (waiting.delete(response)) tellBroken()
  })
  return {
    generator: `openai:${server.address}/v1#held`,
    asked: () => asked,
    begun: () =>
      new Promise((resolve) => {
        tellBegun = resolve
      }),
    write: (sentence) => {
      for (const response of waiting) {
        waiting.delete(response)
        response.end(`${chunkOf(sentence)}data: [DONE]\n\n`)
      }
    },
    brokenOff: () => broken,
    close: server.close,
  }
}
