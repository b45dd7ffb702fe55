import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { packageRoot } from "../../src/core/package-root.ts"

export interface CrashServer {
  readonly child: ChildProcess
  readonly address: string
  /** Of the administrator of this machine. */
  readonly token: string
  /** From the start of the process to the first answer of `/ready` with 200. */
  readonly readyMs: number
  /** How the process ended, when it has. */
  readonly exited: Promise<Exit>
  end(signal: NodeJS.Signals): Promise<Exit>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

export interface CrashServerOptions {
  /** `light`: real SQL, index and HTTP, a hashed embedder, parsers in the process. `real`: the program itself. */
  readonly kind: "light" | "real"
  readonly data: string
  readonly environment?: Readonly<Record<string, string>>
  /** Put before the command, such as `faketime -f +30d`. */
  readonly wrapper?: readonly string[]
}

/** A server that ended or was not ready in time. */
export class StartFailed extends Error {
  /** How it ended by itself; undefined where it had to be ended. */
  readonly exit: Exit | undefined
  constructor(exit: Exit | undefined, output: string, cause: unknown) {
    super(`The server did not start: ${output.trim().slice(-2_000)}`, { cause })
    this.exit = exit
  }
}

const START_TIMEOUT_MS = 120_000
const POLL_MS = 20

/** Starts a server on a free port and waits until it is ready. Throws `StartFailed` when it ends before that. */
export async function startCrashServer(options: CrashServerOptions): Promise<CrashServer> {
  const started = performance.now()
  const { child, exited, output } = spawnServer(options)
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS)
  let early: Exit | undefined
  void exited.then((exit) => {
    early = exit
  })
  const endedEarly = ({ code, signal }: Exit): never => {
    throw new Error(`it ended with ${signal ?? code}`)
  }
  try {
    while (!output().includes("Ctrl-C")) {
      await Promise.race([once(child.stdout ?? child, "data", { signal: deadline }), exited.then(endedEarly)])
    }
    const { address, token } = JSON.parse(readFileSync(join(options.data, "server.json"), "utf8"))
    while (!(await isReady(address))) {
      if (early !== undefined) endedEarly(early)
      await wait(POLL_MS, deadline)
    }
    return {
      ...{ child, address, token, exited },
      readyMs: performance.now() - started,
      end: async (signal) => {
        child.kill(signal)
        return await exited
      },
    }
  } catch (cause) {
    const exit = early
    child.kill("SIGKILL")
    throw new StartFailed(exit, output(), cause)
  }
}

/** Starts the command and lets it run to its end, whatever that is. */
function spawnServer({ kind, data, environment = {}, wrapper = [] }: CrashServerOptions): {
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  output(): string
} {
  const entry = kind === "light" ? ["test", "support", "crash-light-server.js"] : ["src", "cli.js"]
  const call = [process.execPath, join(packageRoot, "dist", ...entry), "serve", "--port", "0"]
  const [program = "", ...rest] = [...wrapper, ...call]
  const child = spawn(program, rest, {
    cwd: packageRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("IBID_"))),
      ...{ IBID_DATA: data, IBID_GENERATOR: "none", IBID_MIN_FREE_BYTES: "0", IBID_LOG_LEVEL: "error" },
      ...environment,
    },
  })
  let output = ""
  const take = (piece: Buffer): void => {
    output += piece.toString()
  }
  child.stdout.on("data", take)
  child.stderr.on("data", take)
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, output }))
  })
  return { child, exited, output: () => output }
}

/** Waits for a time that passes outside of this process; throws when the deadline comes first. */
export async function wait(milliseconds: number, deadline?: AbortSignal): Promise<void> {
  deadline?.throwIfAborted()
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function isReady(address: string): Promise<boolean> {
  return await fetch(`${address}/ready`).then(
    (response) => response.ok,
    () => false,
  )
}
