import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { packageRoot } from "../../src/core/package-root.ts"

const CHROMIUM = "/usr/bin/chromium"
/** Of a browser that asks nobody for anything; as root it has no sandbox. */
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
]
const START_TIMEOUT_MS = 240_000
const POLL_MS = 50

/** Why tests in a browser cannot run here; undefined where they can. */
export const noBrowser: string | undefined = existsSync(CHROMIUM) ? undefined : `there is no ${CHROMIUM}`

export interface PageServer {
  readonly address: string
  /** Of the administrator. */
  readonly key: string
  readonly data: string
  /** A request of the administrator, beside the page. */
  send(path: string, init?: RequestInit): Promise<Response>
  /** Stores a document and waits until it is searchable. Returns its id. */
  add(path: string, content: string | Uint8Array<ArrayBuffer>): Promise<string>
  close(): Promise<void>
}

export interface PageServerOptions {
  /** With the documents of `data/sample`. */
  readonly sample?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Folders that are kept in step. */
  readonly watch?: readonly string[]
}

/** The program itself on a free port, with a data folder of its own, when it takes questions. */
export async function startPageServer({
  sample = false,
  environment = {},
  watch = [],
}: PageServerOptions = {}): Promise<PageServer> {
  const folder = mkdtempSync(join(tmpdir(), "ibid-page-"))
  const data = join(folder, "data")
  const args = [
    ...[join(packageRoot, "dist", "src", "cli.js"), "serve", "--port", "0", ...(sample ? ["--sample"] : [])],
    ...watch.flatMap((watched) => ["--watch", watched]),
  ]
  const child = spawn(process.execPath, args, {
    cwd: packageRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("IBID_"))),
      ...{ IBID_DATA: data, IBID_GENERATOR: "none", IBID_MIN_FREE_BYTES: "0", IBID_LOG_LEVEL: "error" },
      ...environment,
    },
  })
  const output = await untilSaid(child, "Ctrl-C")
  const [, address = "", key = ""] = /(http:\S+)\/#\/sign-in\/(ibid_\S+)/.exec(output) ?? []
  const send: PageServer["send"] = async (path, init = {}) =>
    await fetch(`${address}${path}`, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } })
  return {
    ...{ address, key, data, send },
    add: async (path, content) => {
      const headers = { "content-type": "application/octet-stream" }
      const query = new URLSearchParams({ path })
      const response = await send(`/api/documents?${query}`, { method: "POST", body: content, headers })
      const { documentId } = (await response.json()) as { documentId: string }
      const state = async () => {
        const found = (await (await send(`/api/documents/${documentId}`)).json()) as { state: string }
        return found.state
      }
      for (const deadline = Date.now() + START_TIMEOUT_MS; (await state()) !== "indexed"; await wait(POLL_MS)) {
        if (Date.now() > deadline) throw new Error(`"${path}" was not indexed in time`)
      }
      return documentId
    },
    close: async () => {
      const ended = new Promise((resolve) => child.once("close", resolve))
      child.kill("SIGTERM")
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

export interface OpenedPage {
  readonly page: Page
  /** What the console and the network said that they must not say, a line each. */
  readonly complaints: readonly string[]
  /** Ends it. Fails for any error or warning of the console, and any request that left the server. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: "light" | "dark"
  readonly locale?: string
  /** False leaves the page at its sign-in. */
  readonly isSignedIn?: boolean
  /** Part of a line that is expected among the complaints. */
  readonly allowed?: readonly RegExp[]
}

/** A page of the server in a profile of its own, signed in by the address that the server has printed. */
export async function openPage(browser: Browser, server: PageServer, options: OpenOptions = {}): Promise<OpenedPage> {
  const { width = 1280, height = 900, theme = "light", locale = "en-GB", isSignedIn = true, allowed = [] } = options
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale })
  const page = await context.newPage()
  const complaints: string[] = []
  const complain = (line: string) => {
    if (!allowed.some((pattern) => pattern.test(line))) complaints.push(line)
  }
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complain(`console ${message.type()}: ${message.text()}`)
  })
  page.on("pageerror", (error) => complain(`page error: ${error.message}`))
  context.on("request", (request) => {
    const url = request.url()
    if (!url.startsWith(`${server.address}/`) && !/^(?:data|blob):/.test(url)) complain(`request to ${url}`)
  })
  await page.goto(isSignedIn ? `${server.address}/#/sign-in/${server.key}` : server.address)
  if (isSignedIn) await page.getByRole("main").waitFor()
  return {
    page,
    complaints,
    close: async () => {
      await context.close()
      if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join("\n")}`)
    },
  }
}

async function wait(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function untilSaid(child: ChildProcess, sign: string): Promise<string> {
  let output = ""
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The server did not start: ${output}`)), START_TIMEOUT_MS)
    const take = (piece: Buffer) => {
      output += piece.toString()
      if (!output.includes(sign)) return
      clearTimeout(timer)
      resolve(output)
    }
    child.stdout?.on("data", take)
    child.stderr?.on("data", take)
    child.once("exit", (code) => {
      clearTimeout(timer)
      reject(new Error(`The server ended with ${code}: ${output}`))
    })
  })
}
