import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pino } from "pino"
import type { CommandBase } from "../app/knowledge-base.ts"
import type { LoadedConfig } from "../config.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import type { Log, Principal } from "../core/types.ts"

/** What every command is given. */
export interface CommandContext {
  readonly loaded: LoadedConfig
  readonly signal: AbortSignal
  readonly log: Log
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Who works at this machine's command line. */
export const LOCAL: Principal = { id: "local", kind: "local", role: "admin", collections: "all" }

/** Where a running server leaves its address and token for this machine's commands, mode 0600. */
export const SERVER_FILE = "server.json"

/** Opens the data folder, or the server that holds it; exit code 3 when it is held by something else. */
export async function openKnowledgeBase(context: CommandContext): Promise<CommandBase> {
  const { compose } = await import("../compose.ts")
  try {
    return await compose(context.loaded.config, context)
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (error.code !== "data-folder-in-use") throw error
    const server = readServerFile(context.loaded.config.data)
    if (server === undefined) throw error
    const { connectToServer } = await import("../http/client.ts")
    return await connectToServer(server)
  }
}

/** Opens the knowledge base for one piece of work and closes it behind it. */
export async function withKnowledgeBase<Result>(
  context: CommandContext,
  work: (kb: CommandBase, call: { readonly principal: Principal; readonly signal: AbortSignal }) => Promise<Result>,
): Promise<Result> {
  const kb = await openKnowledgeBase(context)
  try {
    return await work(kb, { principal: LOCAL, signal: context.signal })
  } finally {
    await kb.dispose()
  }
}

export function createLog(level: string): Log {
  const logger = pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
  return (lineLevel, message, fields) => {
    const { error, ...rest } = fields ?? {}
    logger[lineLevel]({ ...rest, ...(error === undefined ? {} : { err: error }) }, message)
  }
}

/** Address and token of the server that holds a data folder, or undefined. Throws `server-unreachable` for a damaged file. */
export function readServerFile(folder: string): { address: string; token: string } | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, SERVER_FILE), "utf8"))
    if (typeof content !== "object" || content === null || !("address" in content) || !("token" in content)) {
      return undefined
    }
    return { address: String(content.address), token: String(content.token) }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined
    throw new IbidError(
      "server-unreachable",
      "Cannot reach the server of the data folder: its address file is damaged",
      {
        cause,
      },
    )
  }
}
