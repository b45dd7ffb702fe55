import { resolve } from "node:path"
import { z } from "@hono/zod-openapi"
import type { CommandBase, KnowledgeBase } from "../app/knowledge-base.ts"
import type { Page } from "../app/page.ts"
import type { DoctorReport } from "../core/doctor-report.ts"
import { ERROR_CODES, IbidError, throwIfAborted } from "../core/errors.ts"
import type { ConversationTurn, Feedback, Replay } from "../core/receipt.ts"
import type { AnswerEvent, DocumentSummary, IngestEvent, Job, SourceSummary } from "../core/types.ts"

const problem = z.object({
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})
const CONNECT_TIMEOUT_MS = 10_000

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
      if (!isTimeout(signal)) throwIfAborted(signal)
      throw new IbidError("server-unreachable", "Cannot reach the server that holds the data folder", { cause })
    }
    if (!response.ok) throw toError(await response.json().catch(() => undefined))
    return response
  }
  const get = async <Result>(path: string, signal?: AbortSignal): Promise<Result> =>
    (await (await send(path, withSignal(signal))).json()) as Result
  const post = (path: string, body: object, signal?: AbortSignal, headers: Record<string, string> = {}) =>
    send(path, { method: "POST", body: JSON.stringify(body), headers, ...withSignal(signal) })

  const models = await get<ReturnType<KnowledgeBase["models"]>>(
    "/api/local/models",
    AbortSignal.timeout(CONNECT_TIMEOUT_MS),
  )
  return {
    models: () => models,
    ask: async function* (question, { signal }) {
      const response = await post("/api/ask", question, signal, { accept: "text/event-stream" })
      for await (const { event, id, data } of serverSentEvents(response, signal)) {
        if (event === "error") throw toError(data)
        yield toAnswerEvent(event, id, data)
        if (event === "answer") return
      }
      throw endedEarly()
    },
    search: async (question, { signal }) =>
      (await (await post("/api/search", question, signal)).json()) as Awaited<ReturnType<KnowledgeBase["search"]>>,
    getAnswer: (id, { document, signal }) =>
      get(`/api/answers/${encodeURIComponent(id)}?${queryOf({ document })}`, signal),
    listAnswers: ({ page, signal }) => get(`/api/answers?${queryOf({ ...page })}`, signal),
    replayAnswer: async (id, { signal }) =>
      (await (await post(`/api/answers/${encodeURIComponent(id)}/replay`, {}, signal)).json()) as Replay,
    giveFeedback: async (id, feedback, { signal }) =>
      (await (await post(`/api/answers/${encodeURIComponent(id)}/feedback`, feedback, signal)).json()) as Feedback,
    listFeedback: ({ page, signal }) => get(`/api/feedback?${queryOf({ ...page })}`, signal),
    listConversations: ({ page, signal }) => get(`/api/conversations?${queryOf({ ...page })}`, signal),
    listTurns: async (id, { signal }) =>
      (await get<Page<ConversationTurn>>(`/api/conversations/${encodeURIComponent(id)}`, signal)).data,
    deleteConversation: async (id, { signal }) => {
      await send(`/api/conversations/${encodeURIComponent(id)}`, { method: "DELETE", ...withSignal(signal) })
    },
    ingest: async function* (paths, { signal, collection }) {
      // the server may stand in another folder than the command
      const body = { paths: paths.map((path) => resolve(path)), ...(collection === undefined ? {} : { collection }) }
      for await (const event of jsonLines<IngestEvent>(await post("/api/ingest", body, signal), signal)) {
        yield event
        if (event.event === "summary") return
      }
      throw endedEarly()
    },
    watch: async function* (folder, { signal }) {
      const body = { ...folder, path: resolve(folder.path) }
      yield* jsonLines<IngestEvent>(await post("/api/local/watch", body, signal), signal)
    },
    listSources: async ({ signal }) => (await get<Page<SourceSummary>>("/api/sources", signal)).data,
    resumeSource: async (id, options, { signal }) =>
      (await (await post(`/api/sources/${encodeURIComponent(id)}/resume`, options, signal)).json()) as SourceSummary,
    listDocuments: ({ page, collection, state, signal }) =>
      get<Page<DocumentSummary>>(`/api/documents?${queryOf({ ...page, collection, state })}`, signal),
    listEmbedded: async (id, { signal }) =>
      (await get<Page<DocumentSummary>>(`/api/documents/${encodeURIComponent(id)}/embedded`, signal)).data,
    retryDocument: async (id, { signal }) => {
      await post(`/api/documents/${encodeURIComponent(id)}/retry`, {}, signal)
    },
    listJobs: ({ page, state, signal }) => get<Page<Job>>(`/api/jobs?${queryOf({ ...page, state })}`, signal),
    cancelJob: async (id, { signal }) => {
      await post(`/api/jobs/${encodeURIComponent(id)}/cancel`, {}, signal)
    },
    getDocument: (id, { signal }) => get(`/api/documents/${encodeURIComponent(id)}`, signal),
    readText: async (id, range, { signal }) => {
      const path = `/api/documents/${encodeURIComponent(id)}/text?${queryOf({ ...range })}`
      return await (await send(path, withSignal(signal))).text()
    },
    removeDocument: async (id, { signal }) => {
      await send(`/api/documents/${encodeURIComponent(id)}`, { method: "DELETE", ...withSignal(signal) })
    },
    eraseDocument: async (id, { signal }) => {
      const path = `/api/documents/${encodeURIComponent(id)}?erase=true`
      const response = await send(path, { method: "DELETE", ...withSignal(signal) })
      return ((await response.json()) as { readonly erasureId: string }).erasureId
    },
    listErasures: ({ id, page, signal }) => {
      const query = new URLSearchParams({
        ...(id === undefined ? {} : { id }),
        ...(page?.limit === undefined ? {} : { limit: String(page.limit) }),
        ...(page?.cursor === undefined ? {} : { cursor: page.cursor }),
      })
      return get<Awaited<ReturnType<KnowledgeBase["listErasures"]>>>(`/api/erasures?${query}`, signal)
    },
    doctor: async ({ repair }) => {
      for await (const line of jsonLines<Checked>(await post("/api/local/doctor", { repair }), undefined)) {
        if (line.event === "report") return line.report
      }
      throw endedEarly()
    },
    keepEvaluation: async (evaluation, { signal }) =>
      ((await (await post("/api/evaluations", evaluation, signal)).json()) as { readonly id: string }).id,
    dispose: async () => undefined,
  }
}

function queryOf(fields: Readonly<Record<string, string | number | undefined>>): URLSearchParams {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))
}

function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

type Checked = { readonly event: "started" } | { readonly event: "report"; readonly report: DoctorReport }

function isTimeout(signal: AbortSignal | undefined): boolean {
  return signal?.reason instanceof DOMException && signal.reason.name === "TimeoutError"
}

/** What answers without a problem document of ours is another program at an address that was once the server's. */
function toError(body: unknown): IbidError {
  const parsed = problem.safeParse(body)
  if (!parsed.success) {
    return new IbidError(
      "server-unreachable",
      "Cannot reach the server that holds the data folder: another one answers",
    )
  }
  const { code, detail, errors } = parsed.data
  return new IbidError(code, detail, errors === undefined ? {} : { context: { errors } })
}

function endedEarly(): IbidError {
  return new IbidError("server-unreachable", "Cannot read on: the server ended its answer early")
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

/** One JSON object a line; an empty line is a heartbeat. Throws what a last line of type `error` says. */
async function* jsonLines<Line extends { readonly event: string }>(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Line> {
  for await (const line of lines(response, signal)) {
    if (line === "") continue
    const event = JSON.parse(line) as Line | { readonly event: "error"; readonly problem: unknown }
    if (event.event === "error" && "problem" in event) throw toError(event.problem)
    yield event as Line
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
