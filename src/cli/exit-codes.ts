import type { ErrorCode } from "../core/errors.ts"

const FAILED = 1
const USAGE = 2
const IN_USE = 3
const NEWER = 4
const MODEL = 5
const INTERRUPTED = 130

/** An evaluation was made, and a threshold of `ibid eval` is missed. */
export const THRESHOLD_MISSED = 6

/** Exit codes of the contract: 1 failed, 2 wrong usage, 3 in use, 4 newer data folder, 5 model missing, 130 interrupted. */
export const EXIT_CODES = {
  "invalid-request": USAGE,
  unauthenticated: FAILED,
  forbidden: FAILED,
  "host-not-allowed": FAILED,
  "not-found": FAILED,
  "document-not-found": FAILED,
  "collection-not-found": FAILED,
  "job-not-found": FAILED,
  "model-not-found": USAGE,
  "path-not-found": FAILED,
  "permission-denied": FAILED,
  "not-a-file": FAILED,
  "empty-file": FAILED,
  "unsupported-type": FAILED,
  encrypted: FAILED,
  "broken-file": FAILED,
  "type-mismatch": FAILED,
  "archive-ratio": FAILED,
  "archive-entry": FAILED,
  "archive-corrupt": FAILED,
  "too-deep": FAILED,
  "xml-doctype": FAILED,
  "too-many-cells": FAILED,
  "mail-structure": FAILED,
  "too-many-files": FAILED,
  "converter-missing": FAILED,
  "embedding-failed": FAILED,
  "gave-up": FAILED,
  "outside-root": FAILED,
  "source-not-found": FAILED,
  "source-paused": FAILED,
  "method-not-allowed": FAILED,
  "file-too-large": FAILED,
  "payload-too-large": FAILED,
  "parse-timeout": FAILED,
  "parse-out-of-memory": FAILED,
  "parse-crashed": FAILED,
  conflict: FAILED,
  overloaded: FAILED,
  cancelled: INTERRUPTED,
  "deadline-exceeded": FAILED,
  "disk-full": FAILED,
  "data-folder-in-use": IN_USE,
  "data-folder-newer": NEWER,
  "data-folder-damaged": FAILED,
  "text-damaged": FAILED,
  "port-in-use": FAILED,
  "server-unreachable": IN_USE,
  "model-missing": MODEL,
  "model-damaged": MODEL,
  "model-unavailable": FAILED,
  "download-failed": FAILED,
  internal: FAILED,
} as const satisfies Record<ErrorCode, number>
