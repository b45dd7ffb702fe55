import { join } from "node:path"
import { packageRoot } from "../../src/core/package-root.ts"
import { launch } from "../../src/launch.ts"

/** The built command line. */
export const builtCli = join(packageRoot, "dist", "src", "cli.js")

export interface BenchServer {
  readonly pid: number
  readonly address: string
  /** An administrator's key. */
  readonly key: string
  post(path: string, body: object, accept?: string): Promise<Response>
  request(path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

/** Starts the built server, as `npm start` does, over a data folder; `knownKey` is needed where the folder has had its first key. */
export async function startBenchServer(
  data: string,
  {
    knownKey = "",
    environment = {},
  }: { readonly knownKey?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<BenchServer> {
  const child = launch(["--data", data, "serve", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
    environment: { ...process.env, ...environment },
  })
  let output = ""
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("The server ended")))
    child.stdout?.on("data", (piece: Buffer) => {
      output += piece.toString()
      if (output.includes("Ctrl-C")) resolve()
    })
  })
  const address = /http:\/\/\S+:\d+/.exec(output)?.[0] ?? ""
  const key = knownKey === "" ? (/ibid_[\w-]+/.exec(output)?.[0] ?? "") : knownKey
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(address + path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
  return {
    ...{ pid: child.pid ?? 0, address, key, request },
    post: (path, body, accept = "application/json") =>
      request(path, {
        method: "POST",
        headers: { "content-type": "application/json", accept },
        body: JSON.stringify(body),
      }),
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGTERM")
      await ended
    },
  }
}
