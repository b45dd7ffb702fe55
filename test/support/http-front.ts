import type { KnowledgeBase } from "../../src/app/knowledge-base.ts"
import { createHttpApp } from "../../src/http/app.ts"
import type { HttpApp, HttpOptions } from "../../src/http/environment.ts"
import { createFakeKnowledgeBase } from "./fake-knowledge-base.ts"

export const LOCAL_TOKEN = "token-of-this-machine"
export const LEAVE_TEXT = "Parents get sixteen weeks of leave."

export interface Sent {
  /** Null sends none. */
  readonly key?: string | null
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
}

export interface Front {
  readonly app: HttpApp
  readonly kb: KnowledgeBase
  readonly admin: string
  readonly reader: string
  readonly log: {
    readonly level: string
    readonly message: string
    readonly fields: Readonly<Record<string, unknown>>
  }[]
  send(path: string, sent?: Sent): Promise<Response>
}

/** The HTTP front end over a knowledge base in memory that holds one document, `hr/leave.txt`. */
export async function openFront(
  replaced: Partial<KnowledgeBase> = {},
  options: Partial<HttpOptions> = {},
): Promise<Front> {
  const kb: KnowledgeBase = { ...createFakeKnowledgeBase(), ...replaced }
  const admin = await kb.createKey({ name: "admin", role: "admin", collections: "all" })
  const reader = await kb.createKey({ name: "reader", role: "reader", collections: "all" })
  const principal = { id: "test", kind: "local", role: "admin", collections: "all" } as const
  if (replaced.upload === undefined) {
    await kb.upload({ path: "hr/leave.txt", bytes: new TextEncoder().encode(LEAVE_TEXT) }, { principal })
  }
  const log: Front["log"] = []
  const app = createHttpApp(kb, {
    ...{ host: "127.0.0.1", maxBodyBytes: 50_000, answerTimeoutMs: 30_000, localToken: LOCAL_TOKEN, version: "1.2.3" },
    log: (level, message, fields = {}) => void log.push({ level, message, fields }),
    ...options,
  })
  return {
    ...{ app, kb, admin, reader, log },
    send: async (path, { key = admin, body, headers = {}, method } = {}) =>
      await app.request(path, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          host: "127.0.0.1:8787",
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the shapes are what is tested
export async function json(response: Response): Promise<any> {
  return await response.json()
}

export interface Frame {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** Frames of a server-sent stream by the rules of the standard; comments are left out. */
export function framesOf(text: string): Frame[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((block) => block.split(/\r\n|\n|\r/).filter((line) => line !== "" && !line.startsWith(":")))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const field = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ""))
          .join("\n")
      return { event: field("event"), id: field("id"), data: field("data") }
    })
}

/** A promise that a test settles itself. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
