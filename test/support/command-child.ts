/**
 * Runs commands of the compiled program one after the other in this one process, for most of what a command costs is the
 * start of Node and the loading of modules. Each run evaluates the program's entry anew; what it imports is shared.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { packageRoot } from "../../src/core/package-root.ts"

export interface CommandRun {
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

export interface CommandOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const entry = join(packageRoot, "dist", "src", "cli.js")
let runs = 0

process.on("disconnect", () => process.exit(0))
process.on("message", async ({ args, environment }: CommandRun) => {
  for (const name of Object.keys(process.env)) if (name.startsWith("IBID_")) delete process.env[name]
  Object.assign(process.env, environment)
  process.argv = [process.execPath, entry, ...args]
  process.exitCode = undefined
  const stdout = capture(process.stdout)
  const stderr = capture(process.stderr)
  try {
    await import(`${pathToFileURL(entry).href}?run=${++runs}`)
  } catch (thrown) {
    process.stderr.write(String(thrown))
    process.exitCode = 70
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeAllListeners(signal)
  process.stdout.removeAllListeners("error")
  const code = Number(process.exitCode ?? 0)
  process.send?.({ code, stdout: stdout(), stderr: stderr() } satisfies CommandOutcome)
})

/** Keeps what is written to a stream until it is asked for; then the stream is as it was. */
function capture(stream: NodeJS.WriteStream): () => string {
  const pieces: string[] = []
  const write = stream.write
  stream.write = (piece: string | Uint8Array): boolean => {
    pieces.push(typeof piece === "string" ? piece : Buffer.from(piece).toString())
    return true
  }
  return () => {
    stream.write = write
    return pieces.join("")
  }
}
