import { sha256 } from "../../src/core/hash.ts"
import type { IngestionState } from "../../src/core/shelf.ts"
import type { DocumentSummary, Job, SearchResult } from "../../src/core/types.ts"
import type { CrashServer } from "./crash-server.ts"
import { wait } from "./crash-server.ts"
import type { Ledger } from "./ledger.ts"

/** What a server said that did not do what it was asked. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, detail: string) {
    super(`${status} ${detail}`)
    this.status = status
  }
}

/** A client that writes down in a ledger what it asks for and what is acknowledged. */
export interface CrashClient {
  /** `embedded`: what becomes of the paths of the documents in it. */
  put(
    path: string,
    content: Uint8Array | string,
    embedded?: Readonly<Record<string, string | null>>,
  ): Promise<{ documentId: string; jobId: string | null }>
  /** Of an upload; `erase` leaves no trace of the content. */
  remove(document: { readonly id: string; readonly path: string }, options?: { erase?: boolean }): Promise<void>
  /** Brings the catalogue in step with a folder of this machine whose files have changed as said. */
  bringInStep(folder: string, changes: Readonly<Record<string, Uint8Array | string | null>>): Promise<void>
  list(): Promise<DocumentSummary[]>
  jobs(): Promise<Job[]>
  /** Code of what has stopped the queue. */
  pausedBy(): Promise<string | null>
  search(question: string): Promise<SearchResult>
  /** What the doctor finds; with `repair`, what is left when it has mended what it can. */
  violations(options?: { readonly repair: boolean }): Promise<string[]>
  /** Until no document and no job waits any more. */
  settle(timeoutMs?: number): Promise<DocumentSummary[]>
}

const UNFINISHED: ReadonlySet<string> = new Set(["queued", "parsing", "embedding"])
const POLL_MS = 30
const REQUEST_TIMEOUT_MS = 60_000

/** Without a ledger nothing is written down. Refusals are thrown as `Refused`; a server that dies, as `TypeError`. */
export function createCrashClient(server: Pick<CrashServer, "address" | "token">, ledger?: Ledger): CrashClient {
  const call = async (
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(server.address + path, {
      method,
      headers: { authorization: `Bearer ${server.token}`, ...headers },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body !== undefined && { body: body as string }),
    })
    const text = await response.text()
    if (!response.ok) throw new Refused(response.status, `${method} ${path} ${text.slice(0, 500)}`)
    return text
  }
  const post = (path: string, value: unknown) =>
    call("POST", path, JSON.stringify(value), { "content-type": "application/json" })
  /** The server's answer is the acknowledgement; one that never comes leaves the operation open. */
  const asked = async <T>(changes: Readonly<Record<string, string | null>>, action: () => Promise<T>): Promise<T> => {
    const end = ledger?.ask(changes)
    try {
      const result = await action()
      end?.("acknowledged")
      return result
    } catch (thrown) {
      if (thrown instanceof Refused && thrown.status !== 500) end?.("refused")
      throw thrown
    }
  }
  const all = async <Item>(path: string): Promise<Item[]> => {
    const items: Item[] = []
    for (let cursor: string | null = ""; cursor !== null; ) {
      const next: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`
      const page: { data: Item[]; cursor: string | null } = JSON.parse(await call("GET", `${path}?limit=500${next}`))
      items.push(...page.data)
      cursor = page.cursor
    }
    return items
  }
  /** Also while it is not ready (503): the counters are true then, too. */
  const ready = async (): Promise<{ readonly ingestion: IngestionState }> =>
    (await (await fetch(`${server.address}/ready`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })).json()) as {
      readonly ingestion: IngestionState
    }
  const client: CrashClient = {
    put: async (path, content, embedded = {}) =>
      await asked({ [path]: sha256(content), ...revisionsOf(embedded) }, async () => {
        const place = `/api/documents?path=${encodeURIComponent(path)}`
        return JSON.parse(await call("POST", place, content, { "content-type": "application/octet-stream" }))
      }),
    remove: async ({ id, path }, { erase = false } = {}) => {
      await asked({ [path]: null }, () => call("DELETE", `/api/documents/${id}${erase ? "?erase=true" : ""}`))
    },
    bringInStep: async (folder, changes) => {
      await asked(revisionsOf(changes), async () => {
        const lines = (await post("/api/ingest", { paths: [folder] })).trim().split("\n")
        const last = JSON.parse(lines.at(-1) ?? "{}")
        if (last.event !== "summary") throw new Refused(last.problem?.status ?? 500, JSON.stringify(last))
      })
    },
    list: () => all<DocumentSummary>("/api/documents"),
    jobs: () => all<Job>("/api/jobs"),
    pausedBy: async () => (await ready()).ingestion.pausedBy,
    search: async (question) => JSON.parse(await post("/api/search", { question })),
    violations: async (options = { repair: false }) => {
      const lines = (await post("/api/local/doctor", options)).trim().split("\n")
      const { report } = JSON.parse(lines.at(-1) ?? "{}")
      if (report === undefined) throw new Error(`The check did not end: ${lines.at(-1)}`)
      return report.violations.map((one: { invariant: string; message: string }) => `${one.invariant}: ${one.message}`)
    },
    settle: async (timeoutMs = 60_000) => {
      const deadline = AbortSignal.timeout(timeoutMs)
      for (;;) {
        const { queued, toRecognise } = (await ready()).ingestion
        if (queued + toRecognise === 0) {
          // all of them, once the counters say so: lists of thousands would keep the server from its work
          const [documents, jobs] = [await client.list(), await client.jobs()]
          if (![...documents, ...jobs].some(({ state }) => UNFINISHED.has(state))) return documents
        }
        await wait(POLL_MS, deadline)
      }
    },
  }
  return client
}

function revisionsOf(changes: Readonly<Record<string, Uint8Array | string | null>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(changes).map(([path, content]) => [path, content === null ? null : sha256(content)]),
  )
}
