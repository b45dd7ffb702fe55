import { type ErrorCode, IbidError } from "../../src/core/errors.ts"

/** Why a document has no text to index. */
type ParseErrorCode = Extract<
  ErrorCode,
  | "archive-corrupt"
  | "archive-entry"
  | "archive-ratio"
  | "broken-file"
  | "cancelled"
  | "empty-file"
  | "encrypted"
  | "file-too-large"
  | "mail-structure"
  | "parse-crashed"
  | "parse-out-of-memory"
  | "parse-timeout"
  | "too-deep"
  | "too-many-cells"
  | "type-mismatch"
  | "unsupported-type"
  | "xml-doctype"
  | "converter-missing"
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
  "archive-corrupt": "the archive is damaged",
  "archive-entry": "it holds an entry whose name or kind is not allowed",
  "archive-ratio": "it unpacks to too much",
  "broken-file": "the file is damaged",
  cancelled: "the request was cancelled",
  "empty-file": "the file is empty",
  encrypted: "the file is encrypted",
  "file-too-large": "the file is too large",
  "mail-structure": "its parts are too many or nested too deeply",
  "parse-crashed": "the parser stopped unexpectedly",
  "parse-out-of-memory": "it needs more memory than a document may take",
  "parse-timeout": "it takes longer than a document may take",
  "too-deep": "it is nested too deeply",
  "too-many-cells": "its tables have too many cells",
  "type-mismatch": "its content is not what its name says",
  "unsupported-type": "files of this type are not supported",
  "xml-doctype": "its XML declares a document type or entities",
  "converter-missing": "the program that reads this format is not installed",
} as const satisfies Record<ParseErrorCode, string>
