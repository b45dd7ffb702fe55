import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { packageRoot } from "../../src/core/package-root.ts"

const hasStrace = spawnSync("strace", ["-V"]).status === 0
const NO_STRACE = "strace is not installed on this machine"

/** Addresses of all connections and datagrams that leave this machine in a trace of strace. */
function outside(trace: string): string[] {
  const found: string[] = []
  for (const line of trace.split("\n")) {
    const address = /sin6?_addr(?:=inet_addr\(|.*?inet_pton\(AF_INET6, )"([^"]+)"/.exec(line)?.[1]
    if (address !== undefined && !/^(127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$)/.test(address)) found.push(line)
  }
  return found
}

describe("connections", () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ibid-egress-"))
    const hostile =
      '# Leave\n\n![x](http://192.0.2.1/x.png) Parents get 16 weeks of leave.\n\n<img src="http://192.0.2.1/y.png">\n'
    writeFileSync(join(folder, "leave.md"), hostile)
    writeFileSync(
      join(folder, "page.html"),
      '<link rel="stylesheet" href="http://192.0.2.1/a.css"><p>Pumps are tested for 12 minutes.</p>',
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs a command under strace; after the given seconds it gets the signal of Ctrl-C. */
  const traced = (name: string, args: readonly string[], seconds = 150): string => {
    const trace = join(folder, `${name}.trace`)
    const program = [process.execPath, join(packageRoot, "dist", "src", "cli.js"), "--data", join(folder, "data")]
    const strace = ["strace", "-f", "-e", "trace=connect,sendto,sendmsg", "-o", trace, ...program, ...args]
    const { status, stdout, stderr } = spawnSync("timeout", ["-s", "INT", String(seconds), ...strace], {
      cwd: packageRoot,
      env: { ...process.env, IBID_GENERATOR: "none" },
    })
    expect(`${status} ${stderr}`).toMatch(args[0] === "serve" ? /^124 / : /^0 /)
    if (args[0] === "serve") expect(String(stdout)).toContain("Ibid answers on")
    return readFileSync(trace, "utf8")
  }

  test("ingest makes none to the outside, whatever the documents name", ({ skip }) => {
    skip(!hasStrace, NO_STRACE)
    expect(outside(traced("ingest", ["ingest", join(folder, "leave.md"), join(folder, "page.html")]))).toEqual([])
  })

  test("ask makes none to the outside", ({ skip }) => {
    skip(!hasStrace, NO_STRACE)
    expect(outside(traced("ask", ["ask", "How many weeks of leave do parents get?"]))).toEqual([])
  })

  test("serve makes none to the outside while it stands ready", ({ skip }) => {
    skip(!hasStrace, NO_STRACE)
    const trace = traced("serve", ["serve", "--port", "0"], 10)
    expect(outside(trace)).toEqual([])
  })

  test("the check finds a connection when there is one", ({ skip }) => {
    skip(!hasStrace, NO_STRACE)
    const trace = join(folder, "probe.trace")
    const script =
      'require("node:net").connect(9, "192.0.2.1").on("error", () => {}); setTimeout(() => process.exit(0), 300)'
    execFileSync("strace", ["-f", "-e", "trace=connect", "-o", trace, process.execPath, "-e", script], {
      stdio: "pipe",
    })
    expect(outside(readFileSync(trace, "utf8"))).toHaveLength(1)
  })
})
