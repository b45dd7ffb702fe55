import type { z } from "@hono/zod-openapi"
import type { MiddlewareHandler } from "hono"
import { IbidError } from "../core/errors.ts"

/** A body may hold any number of mistakes; the first ones are enough to mend it. */
const MOST_ERRORS = 20
const LONGEST_KEY = 100

/** `invalid-request` with one JSON pointer (RFC 6901) a mistake; every unknown field has its own. */
export function invalidRequest(error: z.ZodError): IbidError {
  const errors = error.issues
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ pointer: toPointer([...issue.path, key]), detail: "is not a known field" }))
        : [{ pointer: toPointer(issue.path), detail: issue.message }],
    )
    .slice(0, MOST_ERRORS)
  const [first] = errors
  const state = first === undefined ? "it is not valid" : `${first.pointer || "the body"} ${first.detail}`
  return new IbidError("invalid-request", `Cannot read the request: ${state}`, { context: { errors } })
}

/** Refuses a body that does not say it is JSON: browsers send the other types across origins without asking first. */
export const requireJson: MiddlewareHandler = async (context, next) => {
  const mediaType = (context.req.header("content-type") ?? "").split(";")[0] ?? ""
  if (!/^application\/(?:[\w.-]+\+)?json$/i.test(mediaType.trim())) {
    throw new IbidError("unsupported-type", "Cannot read the body: its content type is not application/json")
  }
  await next()
}

function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).slice(0, LONGEST_KEY).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
}
