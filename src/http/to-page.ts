import type { z } from "@hono/zod-openapi"
import type { PageRequest } from "../app/page.ts"
import type { pageQuery } from "./schemas.ts"

/** Leaves out what was not sent. */
export function toPage({ limit, cursor }: z.infer<typeof pageQuery>): PageRequest {
  return { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) }
}
