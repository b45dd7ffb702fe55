import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { createParserHost, type ParserHost } from "../../ingest/parser-host.ts"
import { packageRoot } from "../../src/core/package-root.ts"

const ROUNDS = 3
const CLOCK_TICKS = 100

/**
 * Pages of PDF files a second of processor time (user and system, all threads): the parser's child process beside one
 * `pdftotext` a file. All files go through one child, whose start is not counted, for it serves hundreds of files; the
 * first round, in which its code is compiled, is printed apart. Its memory is large, so that it is not replaced meanwhile. `pdftotext` is counted whole, and without its start.
 * Files that either of the two cannot read are left out.
 */
export async function benchPdf(print: (line: string) => void): Promise<void> {
  const eval_ = join(packageRoot, "..", "shared", "eval")
  const files = ["company-docs", "parser-docs"].flatMap((name) => pdfFiles(join(eval_, name)))
  if (files.length === 0) return print(`pdf        skipped: no PDF files below ${eval_}`)
  if (spawnSync("pdftotext", ["-v"]).status !== 0) return print("pdf        skipped: pdftotext is not installed")
  const host = createParserHost({ timeoutMs: 20_000, memoryMb: 4_096, filesPerChild: 100_000, log: () => undefined })
  try {
    const pages = new Map<string, number>()
    const readable = files.filter((file) => spawnSync("pdftotext", [file, "-"], { timeout: 20_000 }).status === 0)
    await parseAll(host, [])
    const cold = await seconds(async () => {
      for (const [file, count] of await parseAll(host, readable)) pages.set(file, count)
    })
    const both = [...pages.keys()]
    const warm = await seconds(async () => {
      for (let round = 0; round < ROUNDS; round++) await parseAll(host, both)
    })
    const count = [...pages.values()].reduce((sum, one) => sum + one, 0)
    const theirs = popplerSeconds(both, ROUNDS) / ROUNDS
    const start =
      popplerSeconds(
        both.map(() => "-v"),
        ROUNDS,
      ) / ROUNDS
    const rate = (taken: number): string => (count / taken).toFixed(0)
    const ratio = (taken: number): string => (theirs / taken).toFixed(2)
    print(`pdf        ${both.length} files, ${count} pages; pdftotext ${rate(theirs)} pages a processor second`)
    print(
      `pdf        ours ${rate(warm / ROUNDS)}: ratio ${ratio(warm / ROUNDS)}; first round ${rate(cold)}: ratio ${ratio(cold)}`,
    )
    print(`pdf        without the start of pdftotext: ratio ${((theirs - start) / (warm / ROUNDS)).toFixed(2)}`)
  } finally {
    await host.dispose()
  }

  /** Processor time of the child during the work; the child must live through it. */
  async function seconds(work: () => Promise<void>): Promise<number> {
    const pid = parserPid()
    const before = processSeconds(pid)
    await work()
    if (parserPid() !== pid) throw new Error("The parser process did not live through the bench")
    return processSeconds(pid) - before
  }
}

function pdfFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".pdf"))
    .sort()
    .map((name) => join(folder, name))
}

/** Pages by file; files that are refused are left out. Without files, the child is started. */
async function parseAll(host: ParserHost, files: readonly string[]): Promise<Map<string, number>> {
  const pages = new Map<string, number>()
  if (files.length === 0)
    await host.parse({ file: join(packageRoot, "README.md"), path: "a.md", mediaType: "text/markdown" })
  for (const file of files) {
    const parsed = await host.parse({ file, path: file, mediaType: "application/pdf" }).catch(() => undefined)
    if (parsed?.document.pages) pages.set(file, parsed.document.pages)
  }
  return pages
}

function parserPid(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "latin1").trim().split(" ")
  const pid = children.find((child) => readFileSync(`/proc/${child}/cmdline`, "latin1").includes("parser-child"))
  if (pid === undefined) throw new Error("There is no parser process")
  return Number(pid)
}

function processSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}

/** Processor time of one process an argument, by the shell's `times`: its second line is that of the children. */
function popplerSeconds(args: readonly string[], rounds: number): number {
  const script = `for round in $(seq ${rounds}); do for one; do pdftotext "$one" - > /dev/null 2>&1; done; done; times`
  const { stdout } = spawnSync("bash", ["-c", script, "bash", ...args], { encoding: "utf8" })
  const line = stdout.trim().split("\n").at(-1) ?? ""
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
    0,
  )
}
