import { execFile } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { afterAll, afterEach, describe, expect, onTestFinished, test } from "vitest"
import { createParserHost, type ParserHost, type ParserHostOptions } from "../ingest/parser-host.ts"
import { packageRoot } from "../src/core/package-root.ts"
import { temporaryFolder } from "./support/folder.ts"

const MARKDOWN = "text/markdown"
/** Takes far longer, and far more memory, than any limit of these tests. */
const HUGE = "* one [link](https://example.org) **bold** `code` _more_\n".repeat(600_000)

let hosts: ParserHost[] = []
afterEach(async () => {
  for (const host of hosts) await host.dispose()
  hosts = []
})

function open(options: Partial<ParserHostOptions> = {}): ParserHost {
  const host = createParserHost({ timeoutMs: 60_000, memoryMb: 512, log: () => undefined, ...options })
  hosts.push(host)
  return host
}

/** Writes a document and gives the request to parse it. */
function request(content: string | Uint8Array, mediaType = MARKDOWN) {
  const file = join(temporaryFolder(), "stored")
  writeFileSync(file, content)
  return { file, path: "hr/leave.md", mediaType }
}

/** Processes of this test that parse. */
function parserProcesses(): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "latin1")
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "latin1"))?.[1]
      return command.includes("parser-child") && Number(parent) === process.pid ? [Number(name)] : []
    } catch {
      return [] // It has ended since the folder was listed.
    }
  })
}

describe("createParserHost()", () => {
  test("parse() gives what the parser in the child gives", async () => {
    const { document: parsed } = await open().parse(request("# Leave\n\nParents get 16 weeks."))
    expect(parsed).toMatchObject({ title: "Leave", text: "Leave\n\nParents get 16 weeks.", pages: null, warnings: [] })
  })

  test("parse() uses one process for file after file, also when asked at once", async () => {
    const host = open()
    const texts = await Promise.all(
      ["one", "two", "three"].map(async (word) => (await host.parse(request(word))).document.text),
    )
    expect(texts).toEqual(["one", "two", "three"])
    expect(parserProcesses()).toHaveLength(1)
  })

  test("parse() replaces the process after so many files", async () => {
    const host = open({ filesPerChild: 1 })
    await host.parse(request("one"))
    expect(parserProcesses()).toHaveLength(0)
    expect((await host.parse(request("two"))).document.text).toBe("two")
  })

  test("parse() replaces a process that holds much more than at its start", async () => {
    const host = open({ memoryMb: 256 })
    await host.parse(request("one"))
    expect(parserProcesses()).toHaveLength(1)
    await host.parse(request("A line of a long text.\n".repeat(200_000), "text/plain"))
    expect(parserProcesses()).toHaveLength(0)
  })

  test("parse() throws `parse-timeout`, ends the process and parses the next file", async () => {
    const host = open({ timeoutMs: 6000, memoryMb: 4096 })
    await expect(host.parse(request(HUGE))).rejects.toMatchObject({ code: "parse-timeout" })
    expect(parserProcesses()).toHaveLength(0)
    expect((await host.parse(request("next"))).document.text).toBe("next")
  })

  test("parse() throws `parse-out-of-memory` for a file that needs too much and parses the next file", async () => {
    const host = open({ memoryMb: 256 })
    await expect(host.parse(request(HUGE))).rejects.toMatchObject({ code: "parse-out-of-memory" })
    expect((await host.parse(request("next"))).document.text).toBe("next")
  })

  test("parse() throws `parse-crashed` when the process ends, and starts another", async () => {
    const host = open()
    await host.parse(request("warm"))
    const [pid] = parserProcesses()
    const crashed = host.parse(request(HUGE))
    const waiting = host.parse(request("next"))
    process.kill(pid ?? 0, "SIGSEGV")
    await expect(crashed).rejects.toMatchObject({ code: "parse-crashed" })
    expect((await waiting).document.text).toBe("next")
  })

  test("parse() blames an end of the process on no file that was read before, nor on one that had only been sent", async () => {
    const host = open()
    await host.parse(request("warm"))
    const [pid] = parserProcesses()
    const both = Promise.all([host.parse(request("first")), host.parse(request("second"))])
    await new Promise((resolve) => setImmediate(resolve)) // both are sent
    const until = performance.now() + 300
    while (performance.now() < until) void 0 // the process reads, and this one does not listen
    process.kill(pid ?? 0, "SIGSEGV")
    while (performance.now() < until + 100) void 0
    expect((await both).map(({ document }) => document.text)).toEqual(["first", "second"])
  })

  test("parse() throws `cancelled` when the signal fires, and ends the process", async () => {
    const host = open()
    await host.parse(request("warm"))
    const controller = new AbortController()
    const cancelled = host.parse({ ...request(HUGE), signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" })
    expect((await host.parse(request("next"))).document.text).toBe("next")
  })

  test("parse() does not wait for a file that the process has and nobody wants any more", async () => {
    const host = open({ timeoutMs: 6000, memoryMb: 4096 })
    await host.parse(request("warm"))
    const [before] = parserProcesses()
    const controller = new AbortController()
    const first = host.parse(request("A line of a text.\n".repeat(20_000)))
    const unwanted = host.parse({ ...request(HUGE), signal: controller.signal })
    setImmediate(() => controller.abort()) // by then it is sent
    await expect(unwanted).rejects.toMatchObject({ code: "cancelled" })
    await first
    expect((await host.parse(request("next"))).document.text).toBe("next")
    expect(parserProcesses()).not.toContain(before)
  })

  test("parse() does not start for a signal that has fired", async () => {
    await expect(open().parse({ ...request("x"), signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    })
    expect(parserProcesses()).toHaveLength(0)
  })

  test("dispose() ends the process and refuses what comes after", async () => {
    const host = open()
    await host.parse(request("one"))
    await host.dispose()
    expect(parserProcesses()).toHaveLength(0)
    await expect(host.parse(request("two"))).rejects.toMatchObject({ code: "cancelled" })
  })
})

describe("createParserHost(), one process for all", () => {
  const host = createParserHost({ timeoutMs: 60_000, memoryMb: 512, log: () => undefined })
  afterAll(async () => await host.dispose())

  test("parse() throws the parser's error and goes on", async () => {
    const broken = { ...request("%PDF-1.7 and nothing", "application/pdf"), path: "a.pdf" }
    await expect(host.parse(broken)).rejects.toMatchObject({
      name: "IbidError",
      code: "broken-file",
      message: 'Cannot parse "a.pdf": the file is damaged',
    })
    expect((await host.parse(request("fine"))).document.text).toBe("fine")
  })

  test.each([
    ["path-not-found", { file: "/nowhere/at/all", path: "a.md", mediaType: MARKDOWN }],
    ["unsupported-type", { file: "/dev/null", path: "a.png", mediaType: "application/x-unknown" }],
    ["empty-file", { file: "/dev/null", path: "a.md", mediaType: MARKDOWN }],
  ])("parse() throws %s", async (code, work) => {
    await expect(host.parse(work)).rejects.toMatchObject({ code })
  })

  test("parse() warns when the name says another type", async () => {
    const { document: parsed } = await host.parse({ ...request("<p>Text.</p>", "text/html"), path: "a.md" })
    expect(parsed.warnings).toEqual(["extension-mismatch:text/html"])
  })

  test("parse() leaves the queue at once when the signal fires", async () => {
    const controller = new AbortController()
    const first = host.parse(request("first"))
    const second = host.parse({ ...request("second"), signal: controller.signal })
    controller.abort()
    await expect(second).rejects.toMatchObject({ code: "cancelled" })
    expect((await first).document.text).toBe("first")
  })
})

describe("refuseNetwork()", () => {
  test.each([
    ["fetch", "await fetch(address)"],
    ["node:http", 'await new Promise((_, no) => require("node:http").get(address).on("error", no))'],
    [
      "node:net",
      "await new Promise((_, no) => require('node:net').connect(Number(new URL(address).port)).on('error', no))",
    ],
    ["node:dns", "await require('node:dns').promises.lookup('localhost')"],
    ["node:dgram", "require('node:dgram').createSocket('udp4')"],
  ])("takes %s away", async (_, attempt) => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = address !== null && typeof address === "object" ? address.port : 0
    const script = `
      import { createRequire } from "node:module"
      import { refuseNetwork } from ${JSON.stringify(pathToFileURL(join(packageRoot, "ingest/refuse-network.ts")).href)}
      const require = createRequire(import.meta.url)
      const address = "http://127.0.0.1:${port}/"
      refuseNetwork()
      try { ${attempt}; console.log("connected") } catch (error) { console.log(error.code) }`
    const tsx = createRequire(import.meta.url).resolve("tsx")
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--import",
      tsx,
      "--input-type=module",
      "-e",
      script,
    ])
    expect(stdout.trim()).toBe("forbidden")
    expect(connections).toBe(0)
  })
})
