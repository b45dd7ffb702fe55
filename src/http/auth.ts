import { createHash, timingSafeEqual } from "node:crypto"
import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { IbidError } from "../core/errors.ts"
import type { Principal } from "../core/types.ts"
import { readSession } from "./session.ts"

/** Commands of this machine that found the data folder in use; they read the token from a file of mode 0600. */
const LOCAL: Principal = { id: "local", kind: "local", role: "admin", collections: "all" }

export interface Credentials {
  readonly headers: Headers
  readonly method: string
}

/**
 * The principal of the `Authorization` header, or of the page's session where there is none. Throws `unauthenticated`, and
 * `host-not-allowed` for a cookie that comes with a request of another page.
 */
export async function authenticate(
  request: Credentials,
  kb: Pick<KnowledgeBase, "authenticate" | "findSession">,
  localToken: string | undefined,
): Promise<Principal> {
  const header = request.headers.get("authorization")
  const [, bearer] = /^Bearer\s+(\S+)$/i.exec(header ?? "") ?? []
  if (bearer !== undefined && localToken !== undefined && isSame(bearer, localToken)) return LOCAL
  if (bearer !== undefined) return known(await kb.authenticate(bearer), "the key is not known")
  const session = header === null ? readSession(request) : undefined
  if (session !== undefined) return known(await kb.findSession(session), "the session is over")
  return known(undefined, "no key was sent")
}

/** Throws `forbidden` for everything but the commands of this machine. */
export function requireLocal(principal: Principal): void {
  if (principal.kind !== "local")
    throw new IbidError("forbidden", "Cannot do this: it is for commands on the server's machine")
}

/** Throws `forbidden` for a key that is for reading, before anything is read of the body. */
export function requireAdmin(principal: Principal): void {
  if (principal.role !== "admin") throw new IbidError("forbidden", "Cannot do this: the key is for reading alone")
}

function known(principal: Principal | undefined, otherwise: string): Principal {
  if (principal === undefined) throw new IbidError("unauthenticated", `Cannot answer: ${otherwise}`)
  return principal
}

function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}
