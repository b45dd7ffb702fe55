import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { createIgnorePatterns } from "../../../ingest/ignore.ts"
import { readFileInside } from "../../../ingest/read-file.ts"
import { walk } from "../../../ingest/walk.ts"
import { toIbidError } from "../../../src/core/errors.ts"
import { startBusyThread } from "../../support/busy-thread.ts"
import { temporaryFolder } from "../../support/folder.ts"
import { openReconciledFolder } from "../../support/reconciled-folder.ts"

const POLICY = { maxFileBytes: 1_000, settleMs: 0 }

/** Content, or the code of the refusal, or `unsettled`. */
async function read(root: string, path: string): Promise<string> {
  try {
    const outcome = await readFileInside(root, path, POLICY)
    return outcome.type === "content" ? outcome.bytes.toString() : outcome.type
  } catch (thrown) {
    return toIbidError(thrown).code
  }
}

function count(outcomes: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return counts
}

describe("B1: links in a watched folder", () => {
  test("are skipped with the reason, and nothing outside becomes a document", async () => {
    const folder = await openReconciledFolder()
    const outside = temporaryFolder()
    writeFileSync(join(outside, "secret.md"), "# Secret")
    folder.write("a.md", "# One")
    const links = {
      "file.md": join(outside, "secret.md"),
      folder: outside,
      "loop.md": "loop.md",
      "round.md": join(folder.root, "a.md"),
      "zero.md": "/dev/zero",
      "up.md": "../../secret.md",
    }
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder.root, name))
    expect(await folder.pass()).toEqual([
      "skipped file.md outside-root",
      "skipped folder outside-root",
      "skipped loop.md not-a-file",
      "skipped round.md not-a-file",
      "skipped up.md outside-root",
      "skipped zero.md outside-root",
      "accepted a.md",
    ])
    expect(Object.keys(await folder.ids())).toEqual(["a.md"])
  })

  test("are refused by the opened descriptor, in the last place and in the middle", async () => {
    const root = realpathSync(temporaryFolder())
    const outside = realpathSync(temporaryFolder())
    mkdirSync(join(outside, "deep"))
    writeFileSync(join(outside, "deep", "secret.md"), "secret")
    symlinkSync(join(outside, "deep", "secret.md"), join(root, "last.md"))
    symlinkSync(outside, join(root, "middle"))
    symlinkSync("/dev/zero", join(root, "zero.md"))
    expect(await read(root, "last.md")).toBe("outside-root")
    expect(await read(root, "middle/deep/secret.md")).toBe("outside-root")
    expect(await read(root, "zero.md")).toBe("outside-root")
    expect(await read(root, "../etc/passwd")).not.toContain("root:")
  })
})

describe("B2: a link put in the place of a file between check and use", () => {
  test("never has a file outside read, in 10,000 tries at the last place", { timeout: 120_000 }, async () => {
    const root = realpathSync(temporaryFolder())
    const outside = realpathSync(temporaryFolder())
    writeFileSync(join(outside, "secret.md"), "secret")
    writeFileSync(join(root, "a.md"), "inside")
    const thread = await startBusyThread(
      `fs.symlinkSync(data.secret, data.aside); fs.renameSync(data.aside, data.file)
       fs.writeFileSync(data.aside, "inside"); fs.renameSync(data.aside, data.file)`,
      { secret: join(outside, "secret.md"), aside: join(root, ".aside"), file: join(root, "a.md") },
    )
    const outcomes: string[] = []
    for (let tries = 0; tries < 10_000; tries += 4) {
      outcomes.push(...(await Promise.all(Array.from({ length: 4 }, () => read(root, "a.md")))))
    }
    const counts = count(outcomes)
    expect(await thread.stop()).toBeGreaterThan(0)
    expect(counts.get("secret")).toBeUndefined()
    expect(counts.get("inside")).toBeGreaterThan(0)
    expect(counts.get("outside-root")).toBeGreaterThan(0)
    expect([...counts.keys()].sort()).toEqual(expect.arrayContaining(["inside", "outside-root"]))
  })

  test("never has a file outside read or named, with a folder changing places", { timeout: 120_000 }, async () => {
    const root = realpathSync(temporaryFolder())
    const outside = realpathSync(temporaryFolder())
    writeFileSync(join(outside, "a.md"), "secret")
    writeFileSync(join(outside, "secret-name.md"), "secret")
    mkdirSync(join(root, "sub"))
    writeFileSync(join(root, "sub", "a.md"), "inside")
    await startBusyThread(
      `fs.renameSync(data.folder, data.aside); fs.symlinkSync(data.outside, data.folder)
       fs.unlinkSync(data.folder); fs.renameSync(data.aside, data.folder)`,
      { outside, aside: join(root, ".aside"), folder: join(root, "sub") },
    )
    const outcomes: string[] = []
    // On busy cores the two threads may take turns for a while: it goes on until they have met.
    const hasMet = (): boolean => outcomes.includes("inside") && outcomes.some((outcome) => outcome !== "inside")
    for (let tries = 0; tries < 4_000 || (tries < 40_000 && !hasMet()); tries += 4) {
      outcomes.push(...(await Promise.all(Array.from({ length: 4 }, () => read(root, "sub/a.md")))))
    }
    const counts = count(outcomes)
    expect(counts.get("secret")).toBeUndefined()
    expect(counts.get("inside")).toBeGreaterThan(0)
    expect(counts.size).toBeGreaterThan(1)

    const names = new Set<string>()
    for (let tries = 0; tries < 500 || (tries < 20_000 && !names.has("file sub/a.md")); tries++) {
      for await (const found of walk(root, { ignore: createIgnorePatterns() })) names.add(`${found.type} ${found.path}`)
    }
    expect([...names].filter((name) => name.includes("secret"))).toEqual([])
    expect(names).toContain("file sub/a.md")
  })
})
