import { randomUUID } from "node:crypto"
import { OpenAPIHono } from "@hono/zod-openapi"
import type { Context } from "hono"
import { bodyLimit } from "hono/body-limit"
import { HTTPException } from "hono/http-exception"
import { secureHeaders } from "hono/secure-headers"
import type { KnowledgeBase } from "../app/knowledge-base.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import { authenticate } from "./auth.ts"
import type { HttpApp, HttpEnvironment, HttpOptions } from "./environment.ts"
import { checkHostAndOrigin } from "./guard.ts"
import { METHOD_NOT_ALLOWED, problemHeaders, type Row, rowOf, toOpenAiError, toProblem } from "./problem.ts"
import { limitQuestions } from "./questions.ts"
import { registerAnswers } from "./routes/answers.ts"
import { registerAsk } from "./routes/ask.ts"
import { registerChatCompletions } from "./routes/chat-completions.ts"
import { registerCollections } from "./routes/collections.ts"
import { registerConversations } from "./routes/conversations.ts"
import { registerDocs } from "./routes/docs.ts"
import { registerDocuments } from "./routes/documents.ts"
import { registerEmbeddings } from "./routes/embeddings.ts"
import { registerEvaluations } from "./routes/evaluations.ts"
import { registerInstalledModels } from "./routes/installed-models.ts"
import { registerJobs } from "./routes/jobs.ts"
import { registerLocal } from "./routes/local.ts"
import { registerModels } from "./routes/models.ts"
import { registerOperations } from "./routes/operations.ts"
import { registerPage } from "./routes/page.ts"
import { registerSearch } from "./routes/search.ts"
import { registerSession } from "./routes/session.ts"
import { registerSources } from "./routes/sources.ts"
import { registerSystem } from "./routes/system.ts"
import { registerVectorStores } from "./routes/vector-stores.ts"
import { invalidRequest, requireJson } from "./validation.ts"

const JSON_BODY_BYTES = 1024 * 1024
/** Of the page, built of files that this server has: nothing inline, nothing from elsewhere, no evaluated text. */
const PAGE_SOURCES = {
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", "data:", "blob:"],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  workerSrc: ["'self'"],
  formAction: ["'self'"],
}
/** About 500 bytes a question. */
const EVALUATION_BYTES = 32 * 1024 * 1024
const WORKER_SOURCES = { scriptSrc: ["'self'"], connectSrc: ["'self'"] }
const ORIGINAL_PATH = /^\/api\/documents\/[^/]+\/original$/
/** Scripts come from this server alone; the page of the API draws with style attributes and icons of its own package. */
const DOCS_SOURCES = {
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", "data:"],
  connectSrc: ["'self'"],
}
const JSON_PATHS = [
  "/api/search",
  "/api/ask",
  "/api/ingest",
  "/api/collections",
  "/api/doctor",
  "/api/evaluations",
  "/api/local/doctor",
  "/api/local/watch",
  "/api/sources/:id/resume",
  "/api/answers/:id/feedback",
  "/api/session",
  "/v1/chat/completions",
  "/v1/embeddings",
  "/v1/vector_stores/:id/search",
]
const PUBLIC_PATHS = /^\/(?:|assets\/.*|health|ready|openapi\.json|docs(?:\/.*)?)$/
/** Answered without a key too, but to the page itself alone. */
const SESSION_PATH = "/api/session"

/** The HTTP front end without a server; it only translates between requests and the application core. */
export function createHttpApp(kb: KnowledgeBase, options: HttpOptions): HttpApp {
  const app: HttpApp = new OpenAPIHono<HttpEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error)
    },
  })

  app.use(async (context, next) => {
    const given = context.req.header("x-request-id")
    const requestId = given !== undefined && /^[A-Za-z0-9_-]{1,64}$/.test(given) ? given : `req_${randomUUID()}`
    context.set("requestId", requestId)
    context.header("X-Request-Id", requestId)
    await next()
  })
  const plainHeaders = headersWith({})
  const headersOf: Readonly<Record<string, typeof plainHeaders>> = {
    "/": headersWith(PAGE_SOURCES),
    "/docs": headersWith(DOCS_SOURCES),
  }
  // A worker has the policy that its script came with; what a person has given is never to run where the page runs.
  const [workerHeaders, originalHeaders] = [headersWith(WORKER_SOURCES), headersWith({ sandbox: [] })]
  app.use((context, next) => {
    const { path } = context.req
    const kind = path.startsWith("/assets/") ? workerHeaders : ORIGINAL_PATH.test(path) ? originalHeaders : undefined
    return (kind ?? headersOf[path] ?? plainHeaders)(context, next)
  })
  app.use(async (context, next) => {
    const isPublic = PUBLIC_PATHS.test(context.req.path)
    checkHostAndOrigin(context.req.raw.headers, options, isPublic && ["GET", "HEAD"].includes(context.req.method))
    if (!isPublic) {
      context.header("Cache-Control", "no-store")
    }
    if (!isPublic && context.req.path !== SESSION_PATH) {
      context.set("principal", await authenticate(context.req.raw, kb, options.localToken))
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
  const jsonLimit = limit(JSON_BODY_BYTES)
  const limits = new Map([
    ["/api/documents", limit(options.maxBodyBytes)],
    ["/api/evaluations", limit(EVALUATION_BYTES)],
  ])
  app.use((context, next) => (limits.get(context.req.path) ?? jsonLimit)(context, next))
  for (const path of JSON_PATHS) app.post(path, requireJson)

  const ask = limitQuestions(kb, { timeoutMs: options.answerTimeoutMs })
  registerOperations(app, kb, options)
  registerPage(app, options)
  registerSession(app, kb)
  registerDocs(app, options)
  registerSearch(app, kb)
  registerAsk(app, kb, { ask, log: options.log })
  registerAnswers(app, kb)
  registerConversations(app, kb)
  registerDocuments(app, kb)
  registerJobs(app, kb)
  registerSources(app, kb)
  registerCollections(app, kb)
  registerInstalledModels(app, kb, options)
  registerEvaluations(app, kb)
  registerSystem(app, kb, options)
  registerChatCompletions(app, kb, { ask, log: options.log })
  registerModels(app, kb)
  registerEmbeddings(app, kb)
  registerVectorStores(app, kb)
  registerLocal(app, kb, options)

  app.notFound((context) => {
    const { method, path } = context.req
    const error = new IbidError("not-found", `Cannot answer: there is no ${method} ${path}`)
    const allowed = methodsOf(app, path)
    if (allowed.length === 0) throw error
    return answerProblem(context, error, { row: METHOD_NOT_ALLOWED, headers: { allow: allowed.join(", ") } })
  })
  app.onError((thrown, context) => {
    const error = thrown instanceof HTTPException ? fromHttpException(thrown) : toIbidError(thrown)
    const row = rowOf(error)
    if (row.status >= 500) {
      const requestId = context.get("requestId")
      options.log("error", "a request failed", { requestId, code: error.code, error: error.cause ?? error })
    }
    return answerProblem(context, error, { row, headers: problemHeaders(error) })
  })
  return app
}

function answerProblem(
  context: Context<HttpEnvironment>,
  error: IbidError,
  { row, headers }: { readonly row: Row; readonly headers: Readonly<Record<string, string>> },
): Response {
  const requestId = context.get("requestId")
  const isOpenAi = context.req.path.startsWith("/v1/")
  return new Response(JSON.stringify(isOpenAi ? toOpenAiError(error, row) : toProblem(error, requestId, row)), {
    status: row.status,
    headers: {
      ...Object.fromEntries(context.res.headers),
      "content-type": isOpenAi ? "application/json" : "application/problem+json",
      "x-request-id": requestId,
      // what is left of a body is not read: the connection ends, and the client must not send its next request on it
      ...(row.status === 413 || hasUnreadBody(context.req.raw) ? { connection: "close" } : {}),
      ...headers,
    },
  })
}

function hasUnreadBody({ headers, bodyUsed }: Request): boolean {
  const hasBody = headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0
  return hasBody && !bodyUsed
}

/** Methods that a path answers; those of middleware are left out. */
function methodsOf(app: HttpApp, path: string): string[] {
  const matches = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replaceAll(".", "\\.")
        .replace(/:\w+\{[^}]*\}/g, ".+")
        .replace(/:\w+/g, "[^/]+")}$`,
    ).test(path)
  const methods = app.routes
    .filter((route) => route.method !== "ALL" && matches(route.path))
    .map((route) => route.method)
  return [...new Set(methods.includes("GET") ? [...methods, "HEAD"] : methods)].sort()
}

/** Nothing may be loaded by an answer but by the pages. */
function headersWith(sources: Partial<typeof PAGE_SOURCES & { readonly sandbox: string[] }>) {
  return secureHeaders({
    contentSecurityPolicy: {
      ...{ defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
      ...sources,
    },
    ...{ xFrameOptions: "DENY", referrerPolicy: "no-referrer", strictTransportSecurity: false },
  })
}

/** What hono itself refuses: bad JSON, a missing content type. */
function fromHttpException(exception: HTTPException): IbidError {
  if (exception.status === 413) return new IbidError("payload-too-large", "Cannot read the body: it is too large")
  if (exception.status < 500) return new IbidError("invalid-request", "Cannot read the body: it is not valid JSON")
  return new IbidError("internal", "Something went wrong inside Ibid", { cause: exception })
}
