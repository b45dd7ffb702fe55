import { type ChildProcess, execFile, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { EXIT_CODES } from "../src/cli/exit-codes.ts"
import { ERROR_CODES } from "../src/core/errors.ts"
import { packageRoot } from "../src/core/package-root.ts"
import type { CommandOutcome } from "./support/command-child.ts"
import { type Commands, startCommands } from "./support/commands.ts"

let commands: Commands
let folder: string
let docs: string
let data: string

const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("IBID_"))),
  ...{ IBID_GENERATOR: "none", IBID_DATA: data },
  ...more,
})
const command = (args: readonly string[]): string[] => [join(packageRoot, "dist", "src", "cli.js"), ...args]

/** In a process that has run others before. */
async function ibid(args: readonly string[], more: Record<string, string> = {}): Promise<CommandOutcome> {
  const settings = { IBID_GENERATOR: "none", IBID_DATA: data, ...more }
  return await commands.run(args, settings)
}

/** In a process of its own, as a person does it. */
async function ibidAlone(args: readonly string[], more: Record<string, string> = {}): Promise<CommandOutcome> {
  return await new Promise((resolve) => {
    execFile(process.execPath, command(args), { env: environment(more), cwd: packageRoot }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr })
    })
  })
}

const lines = ({ stdout }: Pick<CommandOutcome, "stdout">) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))

/** A server on a free port, ready; ended by the caller. */
async function serve(): Promise<ChildProcess> {
  const child = spawn(process.execPath, command(["serve", "--port", "0"]), { env: environment(), cwd: packageRoot })
  let output = ""
  child.stdout.on("data", (piece: Buffer) => {
    output += piece.toString()
  })
  child.stderr.on("data", (piece: Buffer) => {
    output += piece.toString()
  })
  await expect.poll(() => output, { timeout: 30_000 }).toContain("Ctrl-C")
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)))
  child.kill(signal)
  return await ended
}

beforeAll(() => {
  commands = startCommands()
  folder = mkdtempSync(join(tmpdir(), "ibid-cli-"))
  docs = join(folder, "docs")
  data = join(folder, "data")
  mkdirSync(docs)
  writeFileSync(join(docs, "leave.md"), "# Leave\n\nParents get 16 weeks of paid leave, counted from a birth.\n")
  writeFileSync(join(docs, "pump.md"), "# Pump\n\nThe bolts are tightened to 24 newton metres.\n")
})
afterAll(() => {
  commands.end()
  rmSync(folder, { recursive: true, force: true })
})

describe("ibid", () => {
  test("ingest --json prints one object a line with the fields of the contract", async () => {
    const outcome = await ibidAlone(["ingest", docs, "--json"])
    expect(outcome.code).toBe(0)
    const [first, , summary] = lines(outcome)
    expect(Object.keys(first)).toEqual([
      "event",
      "documentId",
      "path",
      "revision",
      "mediaType",
      "pages",
      "chunks",
      "warnings",
    ])
    expect(summary).toEqual({
      ...{ event: "summary", indexed: 2, unchanged: 0, moved: 0, removed: 0, failed: 0, chunks: 2 },
      seconds: expect.any(Number),
    })
  })

  test("ingest again reports everything unchanged", async () => {
    const events = lines(await ibid(["ingest", docs, "--json"]))
    expect(events.map((event) => event.event)).toEqual(["document-unchanged", "document-unchanged", "summary"])
  })

  test("search --json and ask --json print one document in the shape of the contract", async () => {
    const [found] = lines(await ibid(["search", "weeks of leave", "--json", "--limit", "1"]))
    expect(found.passages[0]).toMatchObject({ rank: 1, path: "leave.md" })
    const [answer] = lines(await ibid(["ask", "How many weeks of leave do parents get?", "--json"]))
    expect(answer).toMatchObject({ status: "answered", mode: "extractive", citations: [{ verified: true }] })
  })

  test("ask for people prints the answer, its source and the mark of a checked quote", async () => {
    const { stdout, code } = await ibidAlone(["ask", "How many weeks of leave do parents get?"])
    expect(code).toBe(0)
    expect(stdout).toContain("16 weeks")
    expect(stdout).toContain("[1] leave.md  ✓ quote checked")
  })

  test("ask --strict fails when it abstains, and without --strict it does not", async () => {
    expect((await ibid(["ask", "What is the capital of Mongolia?", "--strict"])).code).toBe(1)
    expect((await ibid(["ask", "What is the capital of Mongolia?"])).code).toBe(0)
  })

  test("answers list, show, replay and feedback, and eval collect, work on what was asked", async () => {
    const [{ id, question }] = lines(await ibid(["answers", "list", "--limit", "1", "--json"]))
    expect(question).toBe("What is the capital of Mongolia?")
    const why = await ibid(["answers", "show", id, "--document", "leave.md"])
    expect(why.stdout).toContain("leave.md: evidence (not-enough-support)")
    expect((await ibid(["answers", "replay", id])).stderr).toContain("The text is the same.")
    expect((await ibid(["answers", "feedback", id, "useful"])).stdout).toBe("kept: useful\n")
    const set = join(folder, "collected")
    const [grown] = lines(await ibid(["eval", "collect", set, "--json"]))
    expect(grown).toMatchObject({ questions: 1, added: 1, unlabelled: 0 })
    expect((await ibid(["answers", "show", "ans_none"])).code).toBe(1)
  })

  test("documents list, show and remove work on ids", async () => {
    const listed = lines(await ibid(["documents", "list", "--json"]))
    expect(listed.map((document) => document.path).sort()).toEqual(["leave.md", "pump.md"])
    const pump = listed.find((document) => document.path === "pump.md")
    expect((await ibid(["documents", "show", pump.id, "--text"])).stdout).toContain("24 newton metres")
    expect((await ibid(["documents", "remove", pump.id])).code).toBe(0)
    const gone = await ibid(["documents", "show", pump.id])
    expect([gone.code, gone.stderr]).toEqual([1, "ibid: Cannot find the document: there is none with this id\n"])
  })

  test("documents list --failed, show and retry, and jobs list and cancel, tell what became of files", async () => {
    const name = "a\n<img>\u202etxt.md"
    writeFileSync(join(docs, name), "# Hoses\n\nHoses are changed every two years.\n")
    writeFileSync(join(docs, "empty.txt"), "")
    expect((await ibid(["ingest", docs])).stderr).toContain('failed     empty.txt: Cannot index "empty.txt"')
    const failed = lines(await ibid(["documents", "list", "--failed", "--json"]))
    expect(failed.map(({ path, code }) => [path, code])).toEqual([["empty.txt", "empty-file"]])
    const shown = (await ibid(["documents", "list"])).stdout
    expect(shown).toContain("a\\n<img>\\u202etxt.md")
    expect(shown.trim().split("\n")).toHaveLength(1 + lines(await ibid(["documents", "list", "--json"])).length)
    const job = lines(await ibid(["jobs", "list", "--json", "--state", "indexed"])).find(({ path }) => path === name)
    expect(job).toMatchObject({ kind: "index", state: "indexed" })
    const { stdout } = await ibid(["documents", "show", job.documentId])
    expect(stdout).toMatch(/^state +indexed$/m)
    expect(stdout).toMatch(/^hidden +0 characters/m)
    const cancelled = await ibid(["jobs", "cancel", job.id])
    expect([cancelled.code, cancelled.stderr]).toEqual([1, "ibid: Cannot cancel the job: it is done already\n"])
    const again = await ibid(["documents", "retry", failed[0].id])
    expect(again.stderr).toContain("were never stored; index its file again")
    for (const file of [name, "empty.txt"]) rmSync(join(docs, file))
    for (const id of [job.documentId, failed[0].id]) await ibid(["documents", "remove", id])
  })

  test("tune says that nothing was learnt, refuses too few questions and has nothing to undo", async () => {
    expect(await ibid(["tune"])).toMatchObject({ code: 0, stdout: "Nothing was learnt\n" })
    const set = join(folder, "few")
    mkdirSync(set)
    writeFileSync(join(set, "questions.jsonl"), '{"id":"1","question":"How many weeks?","document":"leave.md"}\n')
    const few = await ibid(["tune", set])
    expect(few).toMatchObject({ code: EXIT_CODES["invalid-request"], stdout: "" })
    expect(few.stderr).toContain("it takes 20 answerable questions in each half")
    const undone = await ibid(["tune", "--undo"])
    expect(undone).toMatchObject({ code: EXIT_CODES["not-found"] })
    expect(undone.stderr).toContain('nothing that was learnt of the collection "default"')
  })

  test("doctor finds nothing wrong afterwards", async () => {
    expect((await ibid(["doctor"])).code).toBe(0)
  })

  test("config prints what is in force, secrets masked", async () => {
    const [config] = lines(await ibid(["config", "--json"], { IBID_GENERATOR_KEY: "sk-1", IBID_PORT: "9000" }))
    expect(config.IBID_PORT).toEqual({ value: 9000, origin: "environment" })
    expect(config.IBID_GENERATOR_KEY.value).toBe("***")
  })
})

describe("bad input", () => {
  test("a missing path is a failed document and exit code 1", async () => {
    const outcome = await ibid(["ingest", join(folder, "none"), "--json"])
    expect(outcome.code).toBe(1)
    expect(lines(outcome)[0]).toMatchObject({ event: "document-failed", code: "path-not-found" })
  })

  test.each([
    [["ingest"], 2],
    [["search", "a", "--limit", "0"], 2],
    [["ask", ""], 2],
    [["ask", "x".repeat(100_000)], 2],
    [["ask", "a", "--model", "none-such"], 2],
    [["--help"], 0],
  ])("%j ends with exit code %i", async (args, code) => {
    expect((await ibid(args)).code).toBe(code)
  })

  test.each([
    [["frobnicate"], 2],
    [["documents", "show", "doc_none"], 1],
    [["--version"], 0],
  ])("%j ends with exit code %i in a process of its own", async (args, code) => {
    expect((await ibidAlone(args)).code).toBe(code)
  })

  test("a wrong setting is named", async () => {
    const { code, stderr } = await ibid(["config"], { IBID_PORT: "eighty" })
    expect(code).toBe(2)
    expect(stderr).toContain("IBID_PORT")
  })

  test("a model that is named and not installed is exit code 5 with the command to get it", async () => {
    const models = join(folder, "no-models")
    const { code, stderr } = await ibid(["ask", "a"], {
      IBID_MODELS: models,
      IBID_GENERATOR: "smollm2-135m-instruct-q4_1",
    })
    expect(code).toBe(5)
    expect(stderr).toContain("ibid models pull smollm2-135m-instruct-q4_1")
  })

  test("a port in use is named", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const address = taken.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const { code, stderr } = await ibid(["serve", "--port", String(port)])
    await new Promise((resolve) => taken.close(resolve))
    expect(code).toBe(1)
    expect(stderr).toContain(String(port))
  })

  test("listening beyond this machine without a key is refused", async () => {
    const { code, stderr } = await ibid(["serve", "--host", "0.0.0.0", "--port", "0"], {
      IBID_DATA: join(folder, "fresh"),
    })
    expect(code).toBe(2)
    expect(stderr).toContain("there is no key yet")
  })

  test("a data folder of a newer version is exit code 4 and is left as it is", async () => {
    const newer = join(folder, "newer")
    await ibid(["doctor"], { IBID_DATA: newer })
    const { createClient } = await import("@libsql/client")
    const client = createClient({ url: `file:${join(newer, "ibid.sqlite")}` })
    await client.execute("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 99999999999999)")
    client.close()
    expect((await ibid(["doctor"], { IBID_DATA: newer })).code).toBe(4)
  })

  test("every error code has an exit code", () => {
    expect(Object.keys(EXIT_CODES).sort()).toEqual([...ERROR_CODES].sort())
  })
})

describe("a running server", () => {
  test("holds the data folder, and the commands work through it with the same results; killed, it leaves no lock", async () => {
    const alone = lines(await ibid(["search", "weeks of leave", "--json"]))[0]
    const child = await serve()
    const file = join(data, "server.json")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const through = lines(await ibidAlone(["search", "weeks of leave", "--json"]))[0]
    expect({ ...through, timings: null }).toEqual({ ...alone, timings: null })
    const [answer] = lines(await ibid(["ask", "How many weeks of leave do parents get?", "--json"]))
    expect(answer).toMatchObject({ status: "answered", citations: [{ verified: true }] })
    const events = lines(await ibid(["ingest", docs, "--json"]))
    expect(events.at(-1)).toMatchObject({ event: "summary", failed: 0 })
    const missing = await ibid(["documents", "show", "doc_none"])
    expect(missing.code).toBe(1)

    const kept = readFileSync(file, "utf8")
    writeFileSync(file, JSON.stringify({ ...JSON.parse(kept), address: "http://127.0.0.1:9" }))
    const unreachable = await ibid(["search", "leave"])
    rmSync(file)
    const unknown = await ibid(["search", "leave"])
    expect([unreachable.code, unknown.code]).toEqual([3, 3])
    writeFileSync(file, kept)

    await end(child, "SIGKILL")
    expect(existsSync(file)).toBe(true)
    expect((await ibid(["doctor"])).code).toBe(0)
  })

  test("keeps a folder in step with --watch, and names why one is paused", async () => {
    const own = join(folder, "watching")
    const watched = join(folder, "watched")
    mkdirSync(watched)
    writeFileSync(join(watched, "a.md"), "# One\n\nThe pump needs oil.\n")
    const old = new Date(Date.now() - 60_000)
    utimesSync(join(watched, "a.md"), old, old)
    const child = spawn(process.execPath, command(["serve", "--port", "0", "--watch", `${watched}=manuals`]), {
      ...{ env: environment({ IBID_DATA: own, IBID_READER: "none" }), cwd: packageRoot },
    })
    let output = ""
    child.stdout.on("data", (piece: Buffer) => {
      output += piece.toString()
    })
    try {
      await expect.poll(() => output, { timeout: 30_000 }).toContain("Ctrl-C")
      const list = async () => lines(await ibid(["documents", "list", "--json"], { IBID_DATA: own }))
      await expect
        .poll(list, { timeout: 30_000, interval: 500 })
        .toMatchObject([{ path: "a.md", collection: "manuals", state: "indexed" }])
      const sources = async () => lines(await ibid(["sources", "list", "--json"], { IBID_DATA: own }))
      const [{ id }] = await sources()
      rmSync(join(watched, "a.md"))
      expect(await ibid(["sources", "resume", id], { IBID_DATA: own })).toMatchObject({
        ...{ code: EXIT_CODES["source-paused"], stderr: expect.stringContaining("The folder is empty") },
      })
      expect(await sources()).toMatchObject([{ documents: 1, isWatched: true, pausedAt: expect.any(String) }])
      expect(await ibid(["sources", "resume", id, "--confirm"], { IBID_DATA: own })).toMatchObject({ code: 0 })
      expect(await sources()).toMatchObject([{ documents: 0, pausedAt: null }])
    } finally {
      expect(await end(child, "SIGINT")).toBe(0)
    }
  })

  test("ibid watch tells what it does, line by line, until it is stopped", async () => {
    const watched = join(folder, "followed")
    mkdirSync(watched)
    writeFileSync(join(watched, "a.md"), "# One\n\nThe valve needs none.\n")
    writeFileSync(join(watched, "b.log"), "left out")
    const old = new Date(Date.now() - 60_000)
    for (const name of ["a.md", "b.log"]) utimesSync(join(watched, name), old, old)
    const child = spawn(process.execPath, command(["watch", watched, "--ignore", "*.log", "--json"]), {
      ...{ env: environment({ IBID_DATA: join(folder, "following") }), cwd: packageRoot },
    })
    let output = ""
    child.stdout.on("data", (piece: Buffer) => {
      output += piece.toString()
    })
    await expect.poll(() => output, { timeout: 30_000 }).toContain("summary")
    expect(await end(child, "SIGINT")).toBe(0)
    const events = lines({ stdout: output })
    expect(events).toMatchObject([
      { event: "document-indexed", path: "a.md" },
      { event: "summary", indexed: 1 },
    ])
  })

  test("prints the first key once, and leaves nothing of a server when it is ended", async () => {
    const own = join(folder, "first-key")
    const key = async () => {
      const child = spawn(process.execPath, command(["serve", "--port", "0"]), {
        env: environment({ IBID_DATA: own, IBID_READER: "none" }),
        cwd: packageRoot,
      })
      let output = ""
      child.stdout.on("data", (piece: Buffer) => {
        output += piece.toString()
      })
      await expect.poll(() => output, { timeout: 30_000 }).toContain("Ctrl-C")
      expect(existsSync(join(own, "server.json"))).toBe(true)
      expect(await end(child)).toBe(0)
      expect(existsSync(join(own, "server.json"))).toBe(false)
      return /ibid_[\w-]{43}/.exec(output)?.[0]
    }
    expect(await key()).toMatch(/^ibid_/)
    expect(await key()).toBeUndefined()
  })
})
