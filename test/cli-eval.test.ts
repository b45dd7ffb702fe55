import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openDatabase } from "../src/db/client.ts"
import { listEvaluations } from "../src/db/evaluations.ts"
import type { CommandOutcome } from "./support/command-child.ts"
import { type Commands, startCommands } from "./support/commands.ts"

let commands: Commands
let folder: string
let set: string
let earlier: string
/** The data folder that the command is given; runs are kept there once it is one. */
let data: string

/** The command with a folder for temporary files of its own. */
async function evaluate(...options: string[]): Promise<CommandOutcome> {
  const settings = { IBID_GENERATOR: "none", IBID_DATA: data, TMPDIR: join(folder, "tmp") }
  return await commands.run(["eval", set, ...options], settings)
}

beforeAll(async () => {
  commands = startCommands()
  folder = mkdtempSync(join(tmpdir(), "ibid-cli-eval-"))
  set = join(folder, "set")
  earlier = join(folder, "earlier.json")
  data = join(folder, "data")
  mkdirSync(join(folder, "tmp"))
  mkdirSync(join(set, "docs", "hr"), { recursive: true })
  writeFileSync(join(set, "docs", "hr", "leave.md"), "# Leave\n\nParents get 16 weeks of paid leave after a birth.\n")
  writeFileSync(join(set, "docs", "pump.md"), "# Pump\n\nThe bolts are tightened to 24 newton metres.\n")
  writeFileSync(
    join(set, "questions.jsonl"),
    `${JSON.stringify({ id: "1", question: "How many weeks of leave do parents get?", answer: "16", doc: "docs/hr/leave.md" })}
${JSON.stringify({ id: "2", question: "How tight are the bolts?", answer: "24 newton metres", doc: "docs/pump.md" })}
`,
  )
  const { code, stdout } = await evaluate("--json", "--keep", "--answers")
  expect(code).toBe(0)
  writeFileSync(earlier, stdout)
})
afterAll(() => {
  commands.end()
  rmSync(folder, { recursive: true, force: true })
})

describe("ibid eval", () => {
  test("--compare prints a verdict for each metric; a kept folder is used again, and thresholds are met", async () => {
    const met = ["--fail-below", "retrieval.ndcg10=0.9"]
    const { code, stdout, stderr } = await evaluate("--compare", earlier, ...met, "--keep", "--answers")
    expect(code).toBe(0)
    expect(stdout).toMatch(/^retrieval\.ndcg10 +1\.0000 +1\.0000 +0\.0000 +0\.0000 to 0\.0000 +undecided$/m)
    expect(stdout).toMatch(/^abstention\.auroc .*undecided$/m)
    expect(stdout).toMatch(/^0 better, 0 worse, \d+ undecided$/m)
    expect(stderr).toContain("2 searches and 2 answers were measured by an earlier run")
    expect(stderr).toMatch(/The index is kept in \S+ibid-eval-[0-9a-f]{16}: /)
  })

  test("exits with 6 when a threshold is missed, says which, and keeps the run in the data folder", async () => {
    await (await openDatabase(data)).dispose()
    const missed = ["--fail-below", "retrieval.ndcg10=1.1", "--fail-above", "timings.searchP95Ms=-1"]
    const { code, stdout, stderr } = await evaluate(
      ...missed,
      "--fail-below",
      "retrieval.mrr10=0.5",
      "--keep",
      "--json",
    )
    expect(code).toBe(6)
    expect(JSON.parse(stdout).missedThresholds.map(({ metric }: { metric: string }) => metric)).toEqual([
      ...["retrieval.ndcg10", "timings.searchP95Ms"],
    ])
    expect(stderr).toContain("threshold missed: retrieval.ndcg10: 1 is below 1.1")
    const database = await openDatabase(data)
    const [run, ...others] = await listEvaluations(database.read, { limit: 10 })
    await database.dispose()
    expect([run?.set, others]).toEqual(["set", []])
    rmSync(data, { recursive: true })
  })

  test("refuses to compare with an evaluation of other questions before anything is measured", async () => {
    const other = join(folder, "other.json")
    const { perQuestion, ...rest } = JSON.parse(readFileSync(earlier, "utf8")) as { perQuestion: { id: string }[] }
    writeFileSync(other, JSON.stringify({ ...rest, perQuestion: perQuestion.map(({ id }) => ({ id: `x${id}` })) }))
    const { code, stdout, stderr } = await evaluate("--compare", other)
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toContain("no question in common")
    expect(stderr).not.toContain("index ")
  })

  test("leaves the folder that --keep has kept when it runs without, and leaves none of its own", async () => {
    const tmp = join(folder, "tmp")
    const kept = readdirSync(tmp).filter((name) => name.startsWith("ibid-eval-"))
    expect(kept).toHaveLength(1)
    const { code, stderr } = await evaluate()
    expect(code).toBe(0)
    expect(stderr).toContain("2 searches and 0 answers were measured by an earlier run")
    rmSync(join(set, "docs", "pump.md"))
    expect((await evaluate()).code).toBe(0)
    expect(readdirSync(tmp).filter((name) => name.startsWith("ibid-eval-"))).toEqual(kept)
  })

  test("refuses an unknown metric before anything is measured", async () => {
    const { code, stdout, stderr } = await evaluate("--fail-below", "ndcg=0.5")
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toMatch(/it is none of retrieval\.ndcg10, /)
  })
})
