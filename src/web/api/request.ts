/** What the server says when it refuses, or `unreachable` where it does not answer at all. */
export class ApiProblem extends Error {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  /** Such as `document-not-found`; texts for people are found by it. */
  readonly code: string
  /** A sentence of the server, in English. */
  readonly detail: string
  /** Finds the request in the log of the server. */
  readonly requestId: string | undefined

  constructor(fields: Pick<ApiProblem, "status" | "code" | "detail" | "requestId">, cause?: unknown) {
    super(fields.detail, { cause })
    this.status = fields.status
    this.code = fields.code
    this.detail = fields.detail
    this.requestId = fields.requestId
  }
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** The answer as JSON; undefined for one without content. Throws `ApiProblem`, and what an abort throws. */
export async function requestJson<Result>(path: string, options: RequestOptions = {}): Promise<Result> {
  const response = await request(path, options)
  return (response.status === 204 ? undefined : await response.json()) as Result
}

/** The answer itself, for streams and bytes. Throws `ApiProblem`, and what an abort throws. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = options.body === undefined ? "GET" : "POST", body, headers = {}, signal = null } = options
  let response: Response
  try {
    response = await fetch(path, {
      ...{ method, signal, credentials: "same-origin" },
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    if (signal?.aborted === true) throw cause
    const detail = "The server does not answer"
    throw new ApiProblem({ status: 0, code: "unreachable", detail, requestId: undefined }, cause)
  }
  if (!response.ok) throw toProblem(response.status, await response.json().catch(() => undefined))
  return response
}

/** The problem that stands in the body of an answer, or what can be said without one. */
export function toProblem(status: number, body: unknown): ApiProblem {
  const fields = typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  const { code, detail, instance } = fields
  return new ApiProblem({
    status,
    code: typeof code === "string" ? code : "internal",
    detail: typeof detail === "string" ? detail : `HTTP ${status}`,
    requestId: typeof instance === "string" ? instance : undefined,
  })
}
