import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"

/** llama.cpp's own llama-server, in a Python process. */
const PACKAGE = "xllamacpp"
const VERSION = "2026.10.11549"
const INSTALL_TIMEOUT_MS = 5 * 60_000
const SLOTS = 2

export type InstalledServer = { readonly python: string } | { readonly missing: string }

/**
 * Puts the server into a virtual environment in the folder for temporary files, where it stays for the next run. Says what
 * is missing where there is no Python, no pip, or no package index that can be reached.
 */
export async function installLlamaServer(): Promise<InstalledServer> {
  const folder = join(tmpdir(), `ibid-${PACKAGE}-${VERSION}`)
  const python = join(folder, "bin", "python")
  const whole = join(folder, "is-whole")
  if (existsSync(whole)) return { python }
  const run = promisify(execFile)
  rmSync(folder, { recursive: true, force: true })
  try {
    await run("python3", ["-m", "venv", folder], { timeout: INSTALL_TIMEOUT_MS })
    const wanted = ["--only-binary", ":all:", "--no-deps", `${PACKAGE}==${VERSION}`]
    await run(python, ["-m", "pip", "install", "--quiet", "--retries", "1", ...wanted], { timeout: INSTALL_TIMEOUT_MS })
    await run(python, ["-c", `import ${PACKAGE}`], { timeout: INSTALL_TIMEOUT_MS })
  } catch (thrown) {
    const [reason = ""] = String(thrown).split("\n")
    return { missing: `${PACKAGE} ${VERSION} cannot be installed: ${reason}` }
  }
  writeFileSync(`${whole}.new`, VERSION)
  renameSync(`${whole}.new`, whole)
  return { python }
}

export interface LlamaServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly address: string
  readonly pid: number
  /** What the server says at a path of its own. */
  ask(path: string, body?: object): Promise<unknown>
  /** A counter or gauge of the server. */
  metric(name: string): Promise<number>
  /** Resolves when no slot works; a test that waits in vain runs into its time limit. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** Starts a server with a model under a name, one thread and a context of so many tokens for each of two requests at once. */
export async function startLlamaServer(
  python: string,
  { file, name, contextTokens }: { readonly file: string; readonly name: string; readonly contextTokens: number },
): Promise<LlamaServer> {
  const given = [file, name, String(contextTokens * SLOTS), String(SLOTS)]
  const child = spawn(python, ["-c", SCRIPT, ...given], { stdio: ["pipe", "pipe", "pipe"] })
  const ended = once(child, "exit")
  const lines: string[] = []
  createInterface({ input: child.stderr }).on("line", (line) => lines.push(line))
  const started = once(createInterface({ input: child.stdout }), "line")
  const [address] = await Promise.race([started, ended.then(() => [undefined])])
  if (typeof address !== "string" || child.pid === undefined)
    throw new Error(`No server: ${lines.slice(-5).join("\n")}`)
  const fetched = async (path: string, body?: object): Promise<Response> =>
    await fetch(`${address}${path}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) })
  const metric = async (of: string): Promise<number> => {
    const text = await (await fetched("/metrics")).text()
    return Number(new RegExp(`^llamacpp:${of} (.*)$`, "m").exec(text)?.[1])
  }
  return {
    ...{ address, pid: child.pid, metric },
    ask: async (path, body) => await (await fetched(path, body)).json(),
    async idle() {
      while ((await metric("requests_processing")) + (await metric("requests_deferred")) > 0);
    },
    async close() {
      child.kill("SIGKILL")
      await ended
    },
  }
}

/** It ends with its parent: then stdin ends. */
const SCRIPT = `
import os, sys
import xllamacpp
file, name, context, slots = sys.argv[1:]
parameters = xllamacpp.CommonParams()
parameters.model.path = file
parameters.model_alias = {name}
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = int(context)
parameters.n_parallel = int(slots)
parameters.cpuparams.n_threads = 1
parameters.cpuparams_batch.n_threads = 1
parameters.endpoint_slots = True
parameters.endpoint_metrics = True
parameters.ui = False
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
`
