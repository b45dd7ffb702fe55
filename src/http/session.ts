import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { IbidError } from "../core/errors.ts"

const SAFE_METHODS = ["GET", "HEAD"]

interface Sent {
  readonly headers: Headers
  readonly method: string
}

/** A secret and how long it is good for, as `openSession` gives it. */
type Opened = Pick<NonNullable<Awaited<ReturnType<KnowledgeBase["openSession"]>>>, "secret" | "lifetimeSeconds">
const NONE: Opened = { secret: "", lifetimeSeconds: 0 }

/**
 * The secret of the session that the page's cookie carries, or undefined. A browser sends cookies with what other pages of
 * the same machine make it ask, whatever their port: only requests of the page itself count, and a write has to say that
 * it is one. Throws `host-not-allowed` for a write that does not.
 */
export function readSession({ headers, method }: Sent): string | undefined {
  const value = sessionOf(headers)
  if (value === undefined) return undefined
  const site = headers.get("sec-fetch-site")
  // an `Origin` has been compared with the host already (`guard.ts`)
  const isOwn = site === "same-origin" || (site === null && headers.has("origin"))
  if (SAFE_METHODS.includes(method)) return isOwn || site === null || site === "none" ? value : undefined
  if (!isOwn) throw new IbidError("host-not-allowed", "Cannot answer: the request does not come from the page itself")
  return value
}

/** The secret of the cookie, whoever has made the browser send it: a sign-in ends that session, nothing is opened with it. */
export function sessionOf(headers: Headers): string | undefined {
  return cookieOf(headers, sessionName(headers))
}

/**
 * The `Set-Cookie` headers that keep a session, or take it back where it is null. Earlier versions kept the key itself in
 * the browser, under a name of its own: it counts for nothing any more, and is taken back where the browser still has it.
 */
export function sessionCookies(
  session: Opened | null,
  { headers, url }: { readonly headers: Headers; readonly url: string },
): string[] {
  const isSecure = new URL(url).protocol === "https:" || headers.get("x-forwarded-proto") === "https"
  const cookie = (name: string, { secret, lifetimeSeconds }: Opened) =>
    `${name}=${secret}; Path=/; Max-Age=${lifetimeSeconds}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`
  const former = `ibid_key_${portOf(headers)}`
  const isLeft = cookieOf(headers, former) !== undefined
  return [cookie(sessionName(headers), session ?? NONE), ...(isLeft ? [cookie(former, NONE)] : [])]
}

function cookieOf(headers: Headers, name: string): string | undefined {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim())
  const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
  return value === "" ? undefined : value
}

/** Cookies do not know ports: two servers of one machine must not take each other's session away. */
function sessionName(headers: Headers): string {
  return `ibid_session_${portOf(headers)}`
}

function portOf(headers: Headers): string {
  const [, port = "80"] = /:(\d+)$/.exec(headers.get("host") ?? "") ?? []
  return port
}
