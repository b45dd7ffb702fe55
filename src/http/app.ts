import { randomUUID } from "node:crypto"
import { OpenAPIHono } from "@hono/zod-openapi"
import { bodyLimit } from "hono/body-limit"
import { HTTPException } from "hono/http-exception"
import { secureHeaders } from "hono/secure-headers"
import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import { authenticate } from "./auth.ts"
import type { HttpApp, HttpEnvironment, HttpOptions } from "./environment.ts"
import { checkHostAndOrigin } from "./guard.ts"
import { PROBLEMS, problemHeaders, toOpenAiError, toProblem } from "./problem.ts"
import { registerAsk } from "./routes/ask.ts"
import { registerChatCompletions } from "./routes/chat-completions.ts"
import { registerDocuments } from "./routes/documents.ts"
import { registerJobs } from "./routes/jobs.ts"
import { registerLocal } from "./routes/local.ts"
import { registerOperations } from "./routes/operations.ts"
import { registerSearch } from "./routes/search.ts"

const JSON_BODY_BYTES = 1024 * 1024
const PUBLIC_PATHS = /^\/(?:|health|ready|openapi\.json|docs(?:\/.*)?)$/

/** The HTTP front end without a server; it only translates between requests and the application core. */
export function createHttpApp(kb: KnowledgeBase, options: HttpOptions): HttpApp {
  const app: HttpApp = new OpenAPIHono<HttpEnvironment>({
    defaultHook: (result) => {
      if (result.success) return
      const errors = result.error.issues.map((issue) => ({
        pointer: `/${[...issue.path, ...("keys" in issue && issue.path.length === 0 ? issue.keys.slice(0, 1) : [])].join("/")}`,
        detail: issue.message,
      }))
      const [first] = errors
      const detail = first === undefined ? "it is not valid" : `${first.pointer} ${first.detail}`
      throw new IbidError("invalid-request", `Cannot read the request: ${detail}`, { context: { errors } })
    },
  })

  app.use(async (context, next) => {
    const given = context.req.header("x-request-id")
    const requestId = given !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(given) ? given : `req_${randomUUID()}`
    context.set("requestId", requestId)
    context.header("X-Request-Id", requestId)
    await next()
  })
  const [pageHeaders, docsHeaders] = [headersWith(["'self'"]), headersWith(["'self'", "'unsafe-inline'"])]
  app.use((context, next) => (context.req.path === "/docs" ? docsHeaders : pageHeaders)(context, next))
  app.use(async (context, next) => {
    checkHostAndOrigin(context.req.raw.headers, options)
    if (!PUBLIC_PATHS.test(context.req.path)) {
      context.header("Cache-Control", "no-store")
      const header = context.req.header("authorization") ?? null
      context.set("principal", await authenticate(header, kb, options.localToken))
    }
    await next()
  })
  const limit = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError: () => {
        const state = `it is larger than ${maxSize} bytes`
        throw new IbidError("payload-too-large", `Cannot read the body: ${state}`, { context: { limitBytes: maxSize } })
      },
    })
  const [jsonLimit, uploadLimit] = [limit(JSON_BODY_BYTES), limit(options.maxBodyBytes)]
  app.use((context, next) => (context.req.path === "/api/documents" ? uploadLimit : jsonLimit)(context, next))

  registerOperations(app, kb, options)
  registerSearch(app, kb)
  registerAsk(app, kb, options)
  registerDocuments(app, kb)
  registerJobs(app, kb)
  registerChatCompletions(app, kb, options)
  registerLocal(app, kb)

  app.notFound((context) => {
    throw new IbidError("not-found", `Cannot answer: there is no ${context.req.method} ${context.req.path}`)
  })
  app.onError((thrown, context) => {
    const error = thrown instanceof HTTPException ? fromHttpException(thrown) : toIbidError(thrown)
    const requestId = context.get("requestId")
    if (PROBLEMS[error.code].status >= 500) {
      options.log("error", "a request failed", { requestId, code: error.code, error: error.cause ?? error })
    }
    const status = PROBLEMS[error.code].status
    const isOpenAi = context.req.path.startsWith("/v1/")
    const body = isOpenAi ? toOpenAiError(error) : toProblem(error, requestId)
    return new Response(JSON.stringify(body), {
      status,
      headers: {
        ...Object.fromEntries(context.res.headers),
        "content-type": isOpenAi ? "application/json" : "application/problem+json",
        "x-request-id": requestId,
        ...problemHeaders(error),
      },
    })
  })
  return app
}

/** Scripts come from this server alone; the API page draws with style attributes and icons of its own package. */
function headersWith(styleSrc: string[]) {
  return secureHeaders({
    contentSecurityPolicy: {
      ...{ defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc, imgSrc: ["'self'", "data:"] },
      ...{ connectSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
    },
    ...{ xFrameOptions: "DENY", referrerPolicy: "no-referrer", strictTransportSecurity: false },
  })
}

/** What hono itself refuses: bad JSON, a missing content type. */
function fromHttpException(exception: HTTPException): IbidError {
  if (exception.status === 413) return new IbidError("payload-too-large", "Cannot read the body: it is too large")
  if (exception.status === 415)
    return new IbidError("invalid-request", "Cannot read the body: its content type is not application/json")
  if (exception.status < 500) return new IbidError("invalid-request", "Cannot read the body: it is not valid JSON")
  return new IbidError("internal", "Something went wrong inside Ibid", { cause: exception })
}
