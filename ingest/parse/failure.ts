import { type ErrorCode, IbidError } from "../../src/core/errors.ts"

/** Why a document has no text to index. */
type ParseErrorCode = Extract<
  ErrorCode,
  | "broken-file"
  | "cancelled"
  | "empty-file"
  | "encrypted"
  | "file-too-large"
  | "no-text"
  | "parse-crashed"
  | "parse-out-of-memory"
  | "parse-timeout"
  | "unsupported-type"
>

/** `Cannot parse "a.pdf": the file is encrypted`; `state` says more than the code's own words where it is given. */
export function parseFailure(
  code: ParseErrorCode,
  path: string,
  details: { readonly state?: string; readonly cause?: unknown } = {},
): IbidError {
  const message = `Cannot parse ${JSON.stringify(path)}: ${details.state ?? STATES[code]}`
  return new IbidError(code, message, details.cause === undefined ? {} : { cause: details.cause })
}

/** V8 says so when it cannot give a buffer or a string; a full heap ends the process instead. */
export function isOutOfMemory(thrown: unknown): boolean {
  return (
    thrown instanceof RangeError &&
    /allocation|out of memory|invalid (?:array buffer|array|typed array|string) length/i.test(thrown.message)
  )
}

const STATES = {
  "broken-file": "the file is damaged",
  cancelled: "the request was cancelled",
  "empty-file": "the file is empty",
  encrypted: "the file is encrypted",
  "file-too-large": "the file is too large",
  "no-text": "it holds no text",
  "parse-crashed": "the parser stopped unexpectedly",
  "parse-out-of-memory": "it needs more memory than a document may take",
  "parse-timeout": "it takes longer than a document may take",
  "unsupported-type": "files of this type are not supported",
} as const satisfies Record<ParseErrorCode, string>
