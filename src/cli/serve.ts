import { randomBytes } from "node:crypto"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { KnowledgeBase, WatchedFolder } from "../app/knowledge-base.ts"
import { compose } from "../compose.ts"
import { IbidError, toIbidError } from "../core/errors.ts"
import { limitHeapGrowth } from "../core/heap-growth.ts"
import { packageRoot } from "../core/package-root.ts"
import { createHttpApp } from "../http/app.ts"
import { startServer } from "../http/server.ts"
import { type CommandContext, LOCAL, readServerFile, SERVER_FILE } from "./context.ts"
import { describeEvent } from "./describe-event.ts"
import { bar, createStatusLine, note, print } from "./terminal.ts"
import { parseWatched } from "./watch.ts"

export interface ServeOptions {
  /** Indexes the sample documents when the data folder is empty, and prints an example question. */
  readonly sample?: boolean
  readonly version: string
  /** Folders that are kept in step, `FOLDER` or `FOLDER=COLLECTION`. */
  readonly watch?: readonly string[]
  readonly ignore?: readonly string[]
  readonly maxFileSize?: number
}

const EXAMPLE = "How many weeks of parental leave do employees get?"

/** The service, until a signal stops it. Refuses to listen beyond loopback while there is no key. */
export async function serveCommand(options: ServeOptions, context: CommandContext): Promise<number> {
  const { config } = context.loaded
  limitHeapGrowth()
  const kb = await open(context)
  const serverFile = join(config.data, SERVER_FILE)
  try {
    const isLoopback = ["127.0.0.1", "localhost", "::1"].includes(config.host)
    const hasKey = (await kb.countKeys()) > 0
    if (!isLoopback && !hasKey) {
      throw new IbidError(
        "invalid-request",
        `Cannot listen on ${config.host}: there is no key yet; start once on 127.0.0.1 to get the first one`,
      )
    }
    const token = `ibid_local_${randomBytes(32).toString("base64url")}`
    const app = createHttpApp(kb, {
      ...{ host: config.host, port: config.port, maxBodyBytes: config.maxBodyBytes },
      ...{ answerTimeoutMs: config.answerTimeoutMs, localToken: token, log: context.log, version: options.version },
    })
    const server = await startServer(app, { host: config.host, port: config.port })
    try {
      await writeFile(serverFile, JSON.stringify({ address: server.address, token }), { mode: 0o600 })
      if (options.sample === true) await indexSample(kb, context.signal)
      const key = hasKey ? undefined : await kb.createKey({ name: "first", role: "admin", collections: "all" })
      kb.resume()
      announce(server.address, key, options.sample === true)
      if (kb.models().generator === null) note("No language model is in use: answers are quotes (ibid models list)")
      const watched = (options.watch ?? []).map((text) => keepInStep(parseWatched(text, options), kb, context))
      const warming = kb.warm(context.signal)
      await untilAborted(context.signal)
      await Promise.all([...watched, warming])
    } finally {
      note("Stopping")
      await rm(serverFile, { force: true })
      await server.close()
    }
  } finally {
    await kb.dispose()
  }
  return 0
}

/** Says where the server is that already holds the data folder. */
async function open(context: CommandContext): Promise<KnowledgeBase> {
  try {
    return await compose(context.loaded.config, context)
  } catch (thrown) {
    const server = readServerFile(context.loaded.config.data)
    if (!(thrown instanceof IbidError) || thrown.code !== "data-folder-in-use" || server === undefined) throw thrown
    const message = `Cannot open the data folder: a server holds it already, at ${server.address}`
    throw new IbidError("data-folder-in-use", message, { cause: thrown })
  }
}

/** A folder that cannot be watched is told of, and the service goes on without it. */
async function keepInStep(folder: WatchedFolder, kb: KnowledgeBase, context: CommandContext): Promise<void> {
  try {
    for await (const event of kb.watch(folder, { principal: LOCAL, signal: context.signal })) {
      if (event.event === "source-paused") note(describeEvent(event) ?? "")
      else if (event.event === "document-failed") context.log("warn", "a file of a watched folder failed", { ...event })
      else if (event.event === "summary") context.log("info", "a watched folder is in step", { ...folder, ...event })
    }
  } catch (thrown) {
    const error = toIbidError(thrown)
    if (error.code !== "cancelled") note(`Not watched: ${error.message} (${error.code})`)
  }
}

async function indexSample(kb: KnowledgeBase, signal: AbortSignal): Promise<void> {
  const known = await kb.listDocuments({ principal: LOCAL, page: { limit: 1 } })
  if (known.data.length > 0) return
  const status = createStatusLine()
  note("Indexing the sample documents (data/sample), this first time")
  for await (const event of kb.ingest([join(packageRoot, "data", "sample")], { principal: LOCAL, signal })) {
    if (event.event === "progress") {
      status.show(`${bar(event.done, event.total)} ${event.done} of ${event.total} documents`)
    } else if (event.event === "document-failed") {
      status.end()
      note(`  left out ${event.path}: ${event.message}`)
    } else if (event.event === "summary") {
      status.end()
      note(`${event.indexed} documents indexed, ${event.chunks} chunks, ${event.seconds} s`)
    }
  }
}

function announce(address: string, key: string | undefined, isSample: boolean): void {
  print(`\nIbid answers on ${address}   (API: ${address}/docs)`)
  if (key !== undefined) {
    print(`\nOpen this address in a browser; it signs you in:\n  ${address}/#/sign-in/${key}`)
    print(`\nThe first administrator key, shown this once:\n  ${key}`)
  }
  if (isSample) {
    print(`\nTry it from another terminal:\n  npm run ibid -- ask "${EXAMPLE}"`)
    const shown = key ?? "$IBID_KEY"
    print(
      `or\n  curl -s ${address}/api/ask -H "Authorization: Bearer ${shown}" \\\n    -H "Content-Type: application/json" -d '{"question":"${EXAMPLE}"}'`,
    )
  }
  print("\nCtrl-C stops it.")
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
}
