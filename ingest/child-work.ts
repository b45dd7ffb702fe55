import { IbidError } from "../src/core/errors.ts"
import type { ChildReply, ChildRequest } from "./child-worker.ts"
import { isOutOfMemory, parseFailure } from "./parse/failure.ts"
import { refuseNetwork } from "./refuse-network.ts"

/**
 * The child's side of `createChildHost`: a process without network that does one piece of work after the other. It ends
 * with its parent. `prepare` runs before the memory limit is set, which counts from what the started process has.
 */
export async function serveWork<Work, Result, Part = never>(
  handle: (work: Work, context: { readonly path: string; part(part: Part): void }) => Promise<Result>,
  prepare: () => Promise<unknown>,
): Promise<void> {
  refuseNetwork()
  silenceConsole()
  /** Resolves when the reply has left: the next piece of work would hold it up. */
  const send = (reply: ChildReply<Result, Part>): Promise<void> =>
    new Promise((resolve) => process.send?.(reply, () => resolve()) ?? resolve())
  const doNext = async ({ id, path, work }: ChildRequest<Work>): Promise<void> => {
    const part = (read: Part): void => void send({ type: "part", id, part: read })
    await handle(work, { path, part }).then(
      (result) => send({ type: "done", id, result }),
      (thrown: unknown) => {
        const error = asIbidError(thrown, path)
        const reason = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined
        return send({ type: "failed", id, code: error.code, message: error.message, ...(reason && { reason }) })
      },
    )
  }
  let last = Promise.resolve()
  process.on("message", (request: ChildRequest<Work>) => {
    last = last.then(() => doNext(request))
  })
  process.on("disconnect", () => process.exit(0))
  await prepare()
  await send({ type: "ready" })
}

/** What a parser throws unforeseen, it throws over the content: the file is damaged. */
function asIbidError(thrown: unknown, path: string): IbidError {
  if (thrown instanceof IbidError) return thrown
  if (isOutOfMemory(thrown)) return parseFailure("parse-out-of-memory", path, { cause: thrown })
  const systemCode = thrown instanceof Error && "code" in thrown ? thrown.code : undefined
  const name = JSON.stringify(path)
  if (systemCode === "ENOENT")
    return new IbidError("path-not-found", `Cannot parse ${name}: it is gone`, { cause: thrown })
  if (systemCode === "EACCES") {
    return new IbidError("permission-denied", `Cannot parse ${name}: permission denied`, { cause: thrown })
  }
  return parseFailure("broken-file", path, { cause: thrown })
}

/** Libraries print what they find odd; the log is JSON lines and the results are elsewhere. */
function silenceConsole(): void {
  const quiet = (): void => undefined
  Object.assign(globalThis.console, { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet })
}
