import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { packageRoot } from "../src/core/package-root.ts"
import { writeTinyGguf } from "./support/tiny-gguf.ts"

let folder: string
let model: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ibid-cli-calibrate-"))
  model = join(folder, "tiny.gguf")
  writeTinyGguf(model)
  const set = join(folder, "set")
  for (const name of [join(folder, "tmp"), join(folder, "models"), set]) mkdirSync(name)
  const passage = "Parents get 16 weeks of paid leave after a birth. The form is blue."
  const corpus = [
    { _id: "leave", title: "Leave", text: passage },
    { _id: "empty", title: "", text: "" },
  ]
  writeFileSync(join(set, "corpus.jsonl"), corpus.map((one) => JSON.stringify(one)).join("\n"))
  const questions = [
    { _id: "1", text: "How many weeks of leave do parents get?", answers: ["16"], document: "leave" },
    { _id: "2", text: "Who signs the form?", answerable: false },
  ]
  writeFileSync(join(set, "questions.jsonl"), questions.map((one) => JSON.stringify(one)).join("\n"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command as a user runs it, with a folder of models and one for temporary files of its own. */
function start(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Outcome> } {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("IBID_"))
  const settings = { IBID_MODELS: join(folder, "models"), IBID_THREADS: "1", IBID_GENERATOR: model }
  const env = { ...Object.fromEntries(others), ...settings, TMPDIR: join(folder, "tmp") }
  const child = spawn(process.execPath, [join(packageRoot, "dist", "src", "cli.js"), "models", ...args], { env })
  const [stdout, stderr]: [string[], string[]] = [[], []]
  child.stdout.on("data", (piece) => stdout.push(String(piece)))
  child.stderr.on("data", (piece) => stderr.push(String(piece)))
  const ended = new Promise<Outcome>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout: stdout.join(""), stderr: stderr.join("") }))
  })
  return { child, ended }
}

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

describe("ibid models calibrate", () => {
  test("measures a model of one's own on a set of one's own, keeps its roles with its hash, and lists them", async () => {
    const { code, stdout } = await start("calibrate", model, "--set", join(folder, "set"), "--json").ended
    expect(code).toBe(0)
    const measured = JSON.parse(stdout)
    expect(measured).toMatchObject({
      ...{ model: "tiny", set: { name: "set", answerable: 1, unanswerable: 1 }, leftOut: 0 },
      held: { isWriter: false, verifier: null, ranker: null },
      writer: { isGranted: false, reason: expect.any(String), passes: { value: 0 } },
    })
    expect(measured.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.parse(readFileSync(measured.path, "utf8")).calibration.sha256).toBe(measured.sha256)
    expect(readdirSync(join(folder, "tmp"))).toEqual([])
    const listed = JSON.parse((await start("list", "--json").ended).stdout)
    expect(listed.data.find(({ id }: { id: string }) => id === "tiny")).toMatchObject({
      ...{ kind: "generator", inUse: true, roles: [], rolesFrom: "calibration" },
    })
  })

  test("shows each role with the reason and its measures", async () => {
    const { stdout, stderr } = await start("calibrate", model, "--set", join(folder, "set")).ended
    expect(stderr).toContain("Documents of the set that could not be indexed: 1")
    expect(stdout).toMatch(/^tiny \(SHA-256 [0-9a-f]{12}\) on set: 1 answerable and 1 other questions/)
    expect(stdout).toMatch(/^writer +refused +\d+ written sentences passed the gate, 15 are needed$/m)
    expect(stdout).toMatch(/^verifier +refused +1 answerable and 1 other questions, 15 of each are needed$/m)
    expect(stdout).toMatch(/^ranker +refused /m)
    expect(stdout).toMatch(/^verifier +AUROC of the score without it +\d?\.\d\d \(/m)
  })

  test("leaves nothing behind when it is interrupted", async () => {
    rmSync(join(folder, "models", "roles"), { recursive: true, force: true })
    const { child, ended } = start("calibrate", model)
    const tmp = join(folder, "tmp")
    while (readdirSync(tmp).length === 0 && child.exitCode === null) await new Promise((next) => setImmediate(next))
    child.kill("SIGINT")
    expect(await ended).toMatchObject({ code: 130, stdout: "" })
    expect(readdirSync(tmp)).toEqual([])
    expect(existsSync(join(folder, "models", "roles"))).toBe(false)
  })

  test("names what to do where the model is not there, and that none cannot be measured", async () => {
    const [missing, none] = await Promise.all([
      start("calibrate", "smollm2-135m-instruct-q4_1").ended,
      start("calibrate", "none").ended,
    ])
    expect(missing).toMatchObject({ code: 5, stderr: expect.stringContaining("ibid models pull") })
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("it names no model") })
  })
})
