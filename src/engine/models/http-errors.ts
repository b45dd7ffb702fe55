import { IbidError } from "../../core/errors.ts"

/** `download-failed` with a reason for people. */
export function failed(reason: string, cause?: unknown): IbidError {
  return new IbidError("download-failed", `Cannot download: ${reason}`, { cause })
}

/** What went wrong on the network, in words where the code is a usual one. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : ""
  return REASONS[code] ?? (code || thrown.message)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host is not known here",
  EAI_AGAIN: "the host is not known here",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut",
  ENETUNREACH: "the network cannot be reached",
  EHOSTUNREACH: "the host cannot be reached",
  ETIMEDOUT: "there was no connection in time",
}
