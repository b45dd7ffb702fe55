import type { ErrorCode, IbidError } from "../core/errors.ts"

export interface Row {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 499 | 500 | 503 | 504 | 507
  readonly title: string
}

/** HTTP status and title of each error code. */
export const PROBLEMS = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "A key is needed" },
  forbidden: { status: 403, title: "The key does not allow this" },
  "host-not-allowed": { status: 403, title: "The host or origin is not allowed" },
  "not-found": { status: 404, title: "Not found" },
  "document-not-found": { status: 404, title: "Document not found" },
  "collection-not-found": { status: 404, title: "Collection not found" },
  "job-not-found": { status: 404, title: "Job not found" },
  "model-not-found": { status: 404, title: "Model not found" },
  "source-not-found": { status: 404, title: "Folder not found" },
  "source-paused": { status: 409, title: "The folder is paused" },
  "method-not-allowed": { status: 405, title: "The method is not allowed" },
  "path-not-found": { status: 404, title: "Path not found" },
  "permission-denied": { status: 422, title: "The file cannot be opened" },
  "not-a-file": { status: 422, title: "Not a file" },
  "empty-file": { status: 422, title: "The file is empty" },
  "unsupported-type": { status: 415, title: "The type of content is not supported" },
  encrypted: { status: 422, title: "The file is encrypted" },
  "broken-file": { status: 422, title: "The file is broken" },
  "type-mismatch": { status: 415, title: "The content is not what the name says" },
  "archive-ratio": { status: 422, title: "The archive unpacks to too much" },
  "archive-entry": { status: 422, title: "The archive holds an entry that is not allowed" },
  "archive-corrupt": { status: 422, title: "The archive is damaged" },
  "too-deep": { status: 422, title: "The document is nested too deeply" },
  "xml-doctype": { status: 422, title: "The document declares a document type" },
  "too-many-cells": { status: 422, title: "The table has too many cells" },
  "mail-structure": { status: 422, title: "The message is built in a way that is not allowed" },
  "too-many-files": { status: 400, title: "Too many files at once" },
  "converter-missing": { status: 422, title: "A converter for this format is not installed" },
  "file-too-large": { status: 413, title: "The file is too large" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "parse-timeout": { status: 422, title: "The document took too long to read" },
  "parse-out-of-memory": { status: 422, title: "The document took too much memory to read" },
  "parse-crashed": { status: 422, title: "The parser ended early" },
  "embedding-failed": { status: 422, title: "The embedder fails for this text and works for others" },
  "gave-up": { status: 422, title: "The document was given up after several attempts" },
  "outside-root": { status: 422, title: "The file stands outside of the folder" },
  conflict: { status: 409, title: "Conflict" },
  overloaded: { status: 503, title: "Too much is waiting" },
  cancelled: { status: 499, title: "The request was cancelled" },
  "deadline-exceeded": { status: 504, title: "The answer took too long" },
  "disk-full": { status: 507, title: "The disk is full" },
  "data-folder-in-use": { status: 503, title: "The data folder is in use" },
  "data-folder-newer": { status: 503, title: "The data folder is newer than this version" },
  "data-folder-damaged": { status: 503, title: "The data folder is damaged" },
  "text-damaged": { status: 500, title: "A stored text is damaged" },
  "port-in-use": { status: 500, title: "The port is in use" },
  "server-unreachable": { status: 503, title: "The server cannot be reached" },
  "model-missing": { status: 503, title: "A model is missing" },
  "model-damaged": { status: 503, title: "A model is damaged" },
  "model-unavailable": { status: 503, title: "The model is not available" },
  "download-failed": { status: 503, title: "The download failed" },
  internal: { status: 500, title: "Something went wrong" },
} as const satisfies Record<ErrorCode, Row>

/** Where the error itself does not say when (`retryAfterSeconds`). */
const RETRY_AFTER_SECONDS = 5

/** A path that is answered, but not by this method; it has no code of its own among the core's errors. */
export const METHOD_NOT_ALLOWED = { status: 405, title: "The method is not allowed" } as const satisfies Row

/** Questions beyond what is taken at once are the clients' to hold back; documents that wait are the service's. */
const TOO_MANY_REQUESTS = { status: 429, title: "Too many requests" } as const satisfies Row

/** Status and title of an error. */
export function rowOf({ code, context }: IbidError): Row {
  return code === "overloaded" && context["waiting"] === "questions" ? TOO_MANY_REQUESTS : PROBLEMS[code]
}

/** RFC 9457 problem details; `errors` point into the body by JSON pointer. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  /** The request's id. */
  readonly instance: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** What a client may know of an error; an unexpected one tells nothing but the request's id. */
export function toProblem(error: IbidError, requestId: string, row: Row = rowOf(error)): Problem {
  const { status, title } = row
  const { errors } = error.context
  return {
    type: `urn:ibid:problem:${error.code}`,
    ...{ title, status, detail: detailOf(error), code: error.code, instance: requestId },
    ...(Array.isArray(errors) ? { errors } : {}),
  }
}

/** The error shape of OpenAI's API. */
export interface OpenAiError {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly code: string
    readonly param: string | null
  }
}

export function toOpenAiError(error: IbidError, row: Row = rowOf(error)): OpenAiError {
  const { status } = row
  const { errors } = error.context
  const [first] = Array.isArray(errors) ? errors : []
  const code =
    error.code === "model-not-found" || error.code === "collection-not-found" ? "model_not_found" : error.code
  return {
    error: {
      message: detailOf(error),
      type: openAiType(status),
      code: status === 401 ? "invalid_api_key" : code,
      param: typeof first?.pointer === "string" ? first.pointer.replace(/^\//, "").replaceAll("/", ".") : null,
    },
  }
}

/** Headers that go with a status. */
export function problemHeaders(error: IbidError): Record<string, string> {
  const { status } = rowOf(error)
  if (status === 401) return { "www-authenticate": 'Bearer realm="ibid"' }
  if (status !== 429 && status !== 503 && status !== 507) return {}
  const { retryAfterSeconds } = error.context
  return { "retry-after": String(typeof retryAfterSeconds === "number" ? retryAfterSeconds : RETRY_AFTER_SECONDS) }
}

function detailOf(error: IbidError): string {
  return error.code === "internal"
    ? "Something went wrong inside Ibid; the log knows more under the request id"
    : error.message
}

function openAiType(status: number): string {
  if (status === 401) return "authentication_error"
  if (status === 403) return "permission_error"
  if (status === 429) return "rate_limit_error"
  return status >= 500 ? "server_error" : "invalid_request_error"
}
