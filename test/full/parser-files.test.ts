import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { packageRoot } from "../../src/core/package-root.ts"
import { temporaryFolder } from "../support/folder.ts"

const DOCUMENTS = join(packageRoot, "..", "shared", "eval", "parser-docs", "files")
const hasStrace = spawnSync("strace", ["-V"]).status === 0
const TIMEOUT_SECONDS = 1_800
/**
 * What Node and the machine's libraries read of themselves: no path of a document leads there. Node's module of names
 * reads the machine's settings when it is loaded; links lead from the folder of fonts to those of poppler.
 */
const OF_THE_MACHINE =
  /^\/(?:usr\/(?:lib|bin|local|share\/(?:zoneinfo|fonts|poppler\/cMap|locale))|lib(?:64)?|proc|sys|dev\/(?:null|urandom|shm)|opt\/node[^/]*)(?:\/|$)|^\/(?:etc\/(?:ld\.so\.cache|localtime|ssl\/openssl\.cnf|ssl\/certs\/ca-certificates\.crt|resolv\.conf|nsswitch\.conf|locale\.alias|fonts(?:\/.*)?)|dev\/(?:null|urandom))$/
/** What the tool and its compiler write for themselves. */
const OF_THE_TOOL = /^\/tmp\/(?:ibid-|tsx-)[^/]+(?:\/|$)/

test("no document of the collection makes its parser connect, or read a file that stands elsewhere", ({ skip }) => {
  skip(!hasStrace, "strace is not installed on this machine (Debian's package strace)")
  skip(!existsSync(DOCUMENTS), "../shared/eval/parser-docs is absent")
  const folder = temporaryFolder()
  const [trace, out] = [join(folder, "trace"), join(folder, "out")]
  mkdirSync(out)
  const calls = ["-f", "--seccomp-bpf", "-y", "-e", "trace=connect,sendto,sendmsg,open,openat,openat2", "-o", trace]
  const tool = [process.execPath, "--import", "tsx", "test/tools/extract-texts.ts", DOCUMENTS, out]
  const { status, stdout } = spawnSync("timeout", [String(TIMEOUT_SECONDS), "strace", ...calls, ...tool], {
    cwd: packageRoot,
  })
  const summary = String(stdout).trim().split("\n").at(-1)
  process.stderr.write(`${summary}\n`)
  expect([status, summary]).toEqual([0, expect.stringMatching(/^\d{2,} read, .* 0 hangs, 0 crashes$/)])

  const lines = readFileSync(trace, "utf8").split("\n")
  expect(lines.filter((line) => line.includes("sa_family=AF_INET"))).toEqual([])
  // -y gives an opened file the path that it really has, wherever links led
  const opened = lines.flatMap((line) => /\bopen(?:at|at2)?\(.* = \d+<(.+)>$/.exec(line)?.[1] ?? [])
  expect(opened.filter((path) => path.startsWith(realpathSync(DOCUMENTS))).length).toBeGreaterThan(100)
  const homes = [packageRoot, DOCUMENTS, folder].map((home) => `${realpathSync(home)}/`)
  const isExpected = (path: string): boolean =>
    OF_THE_MACHINE.test(path) || OF_THE_TOOL.test(path) || homes.some((home) => `${path}/`.startsWith(home))
  expect([...new Set(opened.filter((path) => !isExpected(path)))]).toEqual([])
})
