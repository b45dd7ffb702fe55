import { createRoute, z } from "@hono/zod-openapi"
import type { Context } from "hono"
import type { KnowledgeBase } from "../../app/knowledge-base.ts"
import { IbidError } from "../../core/errors.ts"
import type { Principal } from "../../core/types.ts"
import type { HttpApp } from "../environment.ts"
import { json, problemResponses } from "../schemas.ts"
import { readSession, sessionCookies, sessionOf } from "../session.ts"

const tags = ["session"]
const principal = z
  .object({
    id: z.string(),
    role: z.enum(["admin", "reader"]),
    collections: z.union([z.literal("all"), z.array(z.string())]),
  })
  .openapi("Principal")
const session = z.object({ principal: principal.nullable() }).openapi("Session")
const sessionBody = z.strictObject({ key: z.string().min(1).max(200) }).openapi("SessionRequest")

const open = createRoute({
  ...{
    method: "post",
    path: "/api/session",
    tags,
    summary: "Sign in: a cookie that scripts cannot read keeps a session, never the key",
  },
  request: { body: { required: true, content: { "application/json": { schema: sessionBody } } } },
  responses: { 200: json(session, "Who has signed in"), ...problemResponses },
})
const get = createRoute({
  ...{ method: "get", path: "/api/session", tags, summary: "Who has signed in with this browser" },
  description:
    "Without a session `principal` is null: to ask is no failure, which a browser would write in its console.",
  responses: { 200: json(session, "The principal, or null"), ...problemResponses },
})
const end = createRoute({
  ...{ method: "delete", path: "/api/session", tags, summary: "Sign out" },
  responses: { 204: { description: "The session is over, and the cookie taken back" }, ...problemResponses },
})

/** Signing in of the page. Keys of people alone: that of this machine's commands is for no browser. */
export function registerSession(
  app: HttpApp,
  kb: Pick<KnowledgeBase, "openSession" | "findSession" | "closeSession">,
): void {
  app.openapi(open, async (context) => {
    const { key } = context.req.valid("json")
    const replaced = sessionOf(context.req.raw.headers)
    const opened = /^[\w-]+$/.test(key) ? await kb.openSession(key, { replaced }) : undefined
    if (opened === undefined) throw new IbidError("unauthenticated", "Cannot sign in: the key is not known")
    setCookies(context, sessionCookies(opened, context.req.raw))
    return context.json({ principal: shown(opened.principal) }, 200)
  })
  app.openapi(get, async (context) => {
    const session = readSession(context.req.raw)
    const found = session === undefined ? undefined : await kb.findSession(session)
    return context.json({ principal: found === undefined ? null : shown(found) }, 200)
  })
  app.openapi(end, async (context) => {
    const session = readSession(context.req.raw)
    if (session !== undefined) await kb.closeSession(session)
    setCookies(context, sessionCookies(null, context.req.raw))
    return context.body(null, 204)
  })
}

function setCookies(context: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) context.header("Set-Cookie", cookie, { append: true })
}

function shown({ id, role, collections }: Principal): z.infer<typeof principal> {
  return { id, role, collections: collections === "all" ? "all" : [...collections] }
}
