import { IbidError } from "../core/errors.ts"

/** A month without a new sign-in. The key itself has no end; who takes it away ends every session with it. */
const MOST_SECONDS = 30 * 24 * 60 * 60
const SAFE_METHODS = ["GET", "HEAD"]

interface Sent {
  readonly headers: Headers
  readonly method: string
}

/**
 * The key that the page's cookie carries, or undefined. A browser sends cookies with what other pages of the same machine
 * make it ask, whatever their port: only requests of the page itself count, and a write has to say that it is one. Throws
 * `host-not-allowed` for a write that does not.
 */
export function readSession({ headers, method }: Sent): string | undefined {
  const name = cookieName(headers)
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim())
  const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
  if (value === undefined || value === "") return undefined
  const site = headers.get("sec-fetch-site")
  // an `Origin` has been compared with the host already (`guard.ts`)
  const isOwn = site === "same-origin" || (site === null && headers.has("origin"))
  if (SAFE_METHODS.includes(method)) return isOwn || site === null || site === "none" ? value : undefined
  if (!isOwn) throw new IbidError("host-not-allowed", "Cannot answer: the request does not come from the page itself")
  return value
}

/** The `Set-Cookie` header that keeps a key, or ends the session where it is null. */
export function sessionCookie(
  key: string | null,
  { headers, url }: { readonly headers: Headers; readonly url: string },
) {
  const isSecure = new URL(url).protocol === "https:" || headers.get("x-forwarded-proto") === "https"
  const age = key === null ? 0 : MOST_SECONDS
  const flags = `Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`
  return `${cookieName(headers)}=${key ?? ""}; ${flags}`
}

/** Cookies do not know ports: two servers of one machine must not take each other's session away. */
function cookieName(headers: Headers): string {
  const [, port = "80"] = /:(\d+)$/.exec(headers.get("host") ?? "") ?? []
  return `ibid_key_${port}`
}
