import { IbidError } from "../core/errors.ts"

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]

export interface GuardOptions {
  /** Address that the server listens on. */
  readonly host: string
  /** Further names that clients may use, with or without port. */
  readonly allowedHosts?: readonly string[]
}

/**
 * Refuses requests that a web page of somebody else has made the browser send. On loopback only loopback names are
 * answered (a page can point its own name at 127.0.0.1); a request with an `Origin` must come from the server's own,
 * unless it only gets what is public. Throws `host-not-allowed`.
 */
export function checkHostAndOrigin(headers: Headers, options: GuardOptions, isPublicGet: boolean): void {
  const host = (headers.get("host") ?? "").toLowerCase()
  const name = host.replace(/:\d+$/, "")
  const isLoopback = ["127.0.0.1", "localhost", "::1"].includes(options.host)
  const allowed = [...LOOPBACK_NAMES, ...(options.allowedHosts ?? [])]
  if (isLoopback && !allowed.includes(name) && !allowed.includes(host)) {
    throw new IbidError("host-not-allowed", "Cannot answer: the Host header names another machine")
  }
  const origin = headers.get("origin")
  if (origin === null || isPublicGet) return
  const originHost = URL.canParse(origin) ? new URL(origin).host : ""
  if (originHost !== host)
    throw new IbidError("host-not-allowed", "Cannot answer: the request comes from another origin")
}
