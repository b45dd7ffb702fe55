/** One error class. Each code has one row in each edge's table (`http/problem.ts`, `cli.ts`). */

export const ERROR_CODES = [
  "invalid-request",
  "unauthenticated",
  "forbidden",
  "host-not-allowed",
  "not-found",
  "document-not-found",
  "collection-not-found",
  "job-not-found",
  "model-not-found",
  "source-not-found",
  "source-paused",
  "method-not-allowed",
  "path-not-found",
  "permission-denied",
  "not-a-file",
  "empty-file",
  "unsupported-type",
  "encrypted",
  "broken-file",
  "type-mismatch",
  "archive-ratio",
  "archive-entry",
  "archive-corrupt",
  "too-deep",
  "xml-doctype",
  "too-many-cells",
  "mail-structure",
  "too-many-files",
  "converter-missing",
  "file-too-large",
  "payload-too-large",
  "parse-timeout",
  "parse-out-of-memory",
  "parse-crashed",
  "embedding-failed",
  "gave-up",
  "outside-root",
  "conflict",
  "overloaded",
  "cancelled",
  "deadline-exceeded",
  "disk-full",
  "data-folder-in-use",
  "data-folder-newer",
  "data-folder-damaged",
  "text-damaged",
  "port-in-use",
  "server-unreachable",
  "model-missing",
  "model-damaged",
  "model-unavailable",
  "download-failed",
  "internal",
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

export interface ErrorDetails {
  readonly cause?: unknown
  /** Facts that a client may see. Paths, prompts and stacks belong to the log. */
  readonly context?: Readonly<Record<string, unknown>>
}

/** What a caller can meet. The message is written for the caller: action, then state. */
export class IbidError extends Error {
  override readonly name = "IbidError"
  readonly code: ErrorCode
  readonly context: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.context = details.context ?? {}
  }
}

/** Of an `invalid-request`: what was too small for it. */
const TOO_LONG = { exceeds: "context" }

/** The `invalid-request` of a language model whose context does not hold the prompt. */
export function promptTooLong(message: string): IbidError {
  return new IbidError("invalid-request", message, { context: TOO_LONG })
}

export function isPromptTooLong({ code, context }: IbidError): boolean {
  return code === "invalid-request" && context["exceeds"] === TOO_LONG.exceeds
}

/** Turns anything thrown into an `IbidError`; what is not one, an abort or a full disk becomes `internal`. */
export function toIbidError(thrown: unknown): IbidError {
  if (thrown instanceof IbidError) return thrown
  const text = describeWithCauses(thrown)
  const systemCode = systemErrorCode(thrown)
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new IbidError("cancelled", "The request was cancelled", { cause: thrown })
  }
  if (systemCode === "ENOSPC" || /ENOSPC|No space left on device|SQLITE_FULL|disk is full/i.test(text)) {
    return new IbidError("disk-full", "Cannot write: the disk is full", { cause: thrown })
  }
  if (systemCode === "EACCES" || systemCode === "EPERM") {
    return new IbidError("permission-denied", "Cannot open a file: permission denied", { cause: thrown })
  }
  return new IbidError("internal", "Something went wrong inside Ibid", { cause: thrown })
}

/** Throws `cancelled` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new IbidError("cancelled", "The request was cancelled", { cause: signal.reason })
  }
}

/** A query that has failed says so first, and why in its cause. */
function describeWithCauses(thrown: unknown): string {
  const texts: string[] = []
  let error = thrown
  for (; error instanceof Error; error = error.cause) texts.push(`${error.name} ${error.message}`)
  return [...texts, error === undefined ? "" : String(error)].join(" ")
}

function systemErrorCode(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code
  }
  return undefined
}
