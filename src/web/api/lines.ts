import { ApiProblem, type RequestOptions, request } from "./request.ts"

interface ErrorLine {
  readonly event: "error"
  readonly problem: {
    readonly status: number
    readonly code: string
    readonly detail: string
    readonly instance: string
  }
}

/** Events of an answer that has one JSON object a line. Throws `ApiProblem`, also where the last line is an error. */
export async function* requestLines<Line extends { readonly event: string }>(
  path: string,
  options: RequestOptions,
): AsyncGenerator<Line> {
  const { body } = await request(path, options)
  if (body === null) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ""
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const lines = `${rest}${piece.value}`.split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) {
        if (line === "") continue // keeps the connection open
        const event = JSON.parse(line) as Line | ErrorLine
        if (isError(event)) {
          const { status, code, detail, instance } = event.problem
          throw new ApiProblem({ status, code, detail, requestId: instance })
        }
        yield event
      }
    }
  } finally {
    await reader.cancel()
  }
}

function isError(event: { readonly event: string }): event is ErrorLine {
  return event.event === "error" && "problem" in event
}
