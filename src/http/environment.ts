import type { OpenAPIHono } from "@hono/zod-openapi"
import type { Log, Principal } from "../core/types.ts"

export interface HttpOptions {
  /** Address that the server listens on. */
  readonly host: string
  /** Further names that clients may use. */
  readonly allowedHosts?: readonly string[]
  readonly maxBodyBytes: number
  readonly answerTimeoutMs: number
  /** Lets this machine's commands in. */
  readonly localToken?: string
  /** Folder of the built page; absent means that of the program. */
  readonly page?: string
  readonly log: Log
  readonly version: string
}

export interface HttpEnvironment {
  Variables: { principal: Principal; requestId: string }
}
export type HttpApp = OpenAPIHono<HttpEnvironment>
