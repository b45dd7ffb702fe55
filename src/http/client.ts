import { resolve } from "node:path"
import { z } from "@hono/zod-openapi"
import type { CommandBase, KnowledgeBase, Page } from "../app/knowledge-base.ts"
import { ERROR_CODES, IbidError, throwIfAborted } from "../core/errors.ts"
import type { AnswerEvent, IngestEvent } from "../core/types.ts"

const problem = z.object({ code: z.string(), detail: z.string() })

/**
 * The application core behind a running server, with the same results and errors. The principal is the one of the token.
 * Throws `server-unreachable` when nothing answers at the address.
 */
export async function connectToServer(server: {
  readonly address: string
  readonly token: string
}): Promise<CommandBase> {
  const send = async (
    path: string,
    init: RequestInit & { readonly signal?: AbortSignal | null } = {},
  ): Promise<Response> => {
    const signal = init.signal ?? undefined
    let response: Response
    try {
      const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json", ...init.headers }
      response = await fetch(`${server.address}${path}`, { ...init, headers, redirect: "error" })
    } catch (cause) {
      throwIfAborted(signal)
      throw new IbidError("server-unreachable", "Cannot reach the server that holds the data folder", { cause })
    }
    if (!response.ok) throw toError(await response.json().catch(() => undefined))
    return response
  }
  const get = async <Result>(path: string, signal?: AbortSignal): Promise<Result> =>
    (await (await send(path, withSignal(signal))).json()) as Result
  const post = (path: string, body: object, signal?: AbortSignal, headers: Record<string, string> = {}) =>
    send(path, { method: "POST", body: JSON.stringify(body), headers, ...withSignal(signal) })

  const models = await get<ReturnType<KnowledgeBase["models"]>>("/api/local/models")
  return {
    models: () => models,
    ask: async function* (question, { signal }) {
      const response = await post("/api/ask", question, signal, { accept: "text/event-stream" })
      for await (const { event, id, data } of serverSentEvents(response, signal)) {
        if (event === "error") throw toError(data)
        yield toAnswerEvent(event, id, data)
      }
    },
    search: async (question, { signal }) =>
      (await (await post("/api/search", question, signal)).json()) as Awaited<ReturnType<KnowledgeBase["search"]>>,
    ingest: async function* (paths, { signal, collection }) {
      // the server may stand in another folder than the command
      const body = { paths: paths.map((path) => resolve(path)), ...(collection === undefined ? {} : { collection }) }
      const response = await post("/api/ingest", body, signal)
      for await (const line of lines(response, signal)) {
        if (line === "") continue
        const event = JSON.parse(line) as IngestEvent | { readonly event: "error"; readonly problem: unknown }
        if (event.event === "error") throw toError(event.problem)
        yield event
      }
    },
    listDocuments: ({ page, collection, signal }) => {
      const query = new URLSearchParams({
        ...(page?.limit === undefined ? {} : { limit: String(page.limit) }),
        ...(page?.cursor === undefined ? {} : { cursor: page.cursor }),
        ...(collection === undefined ? {} : { collection }),
      })
      return get<Page<Awaited<ReturnType<KnowledgeBase["getDocument"]>>>>(`/api/documents?${query}`, signal)
    },
    getDocument: (id, { signal }) => get(`/api/documents/${encodeURIComponent(id)}`, signal),
    readText: async (id, range, { signal }) => {
      const query = new URLSearchParams(
        Object.entries(range).map(([name, value]): [string, string] => [name, String(value)]),
      )
      return await (await send(`/api/documents/${encodeURIComponent(id)}/text?${query}`, withSignal(signal))).text()
    },
    removeDocument: async (id, { signal }) => {
      await send(`/api/documents/${encodeURIComponent(id)}`, { method: "DELETE", ...withSignal(signal) })
    },
    doctor: async (options) =>
      (await (await post("/api/local/doctor", options)).json()) as Awaited<ReturnType<KnowledgeBase["doctor"]>>,
    dispose: async () => undefined,
  }
}

function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

function toError(body: unknown): IbidError {
  const parsed = problem.safeParse(body)
  const code = ERROR_CODES.find((candidate) => candidate === parsed.data?.code)
  if (!parsed.success || code === undefined) return new IbidError("internal", "Cannot read what the server answered")
  return new IbidError(code, parsed.data.detail)
}

function toAnswerEvent(type: string, sequence: number, data: unknown): AnswerEvent {
  const fields = data as Record<string, never>
  switch (type) {
    case "passages":
    case "evidence":
    case "delta":
      return { type, sequence, ...fields } as unknown as AnswerEvent
    default:
      return { type, sequence, [type]: fields } as unknown as AnswerEvent
  }
}

async function* serverSentEvents(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ event: string; id: number; data: unknown }> {
  let event = ""
  let id = 0
  let data = ""
  for await (const line of lines(response, signal)) {
    if (line.startsWith("event:")) event = line.slice(6).trim()
    else if (line.startsWith("id:")) id = Number(line.slice(3))
    else if (line.startsWith("data:")) data += line.slice(5).trimStart()
    else if (line === "" && data !== "") {
      yield { event, id, data: JSON.parse(data) as unknown }
      data = ""
    }
  }
}

async function* lines(response: Response, signal: AbortSignal | undefined): AsyncGenerator<string> {
  if (response.body === null) return
  const decoder = new TextDecoder()
  let buffered = ""
  try {
    for await (const bytes of response.body) {
      buffered += decoder.decode(bytes, { stream: true })
      const complete = buffered.split("\n")
      buffered = complete.pop() ?? ""
      yield* complete
    }
  } catch (cause) {
    throwIfAborted(signal)
    throw new IbidError("server-unreachable", "Cannot read on: the server ended the connection", { cause })
  }
  if (buffered !== "") yield buffered
}
