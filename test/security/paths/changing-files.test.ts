import { chmodSync, realpathSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { factsOf } from "../../../ingest/file-stamp.ts"
import { readFileInside } from "../../../ingest/read-file.ts"
import { toIbidError } from "../../../src/core/errors.ts"
import { startBusyThread } from "../../support/busy-thread.ts"
import { temporaryFolder } from "../../support/folder.ts"
import { openReconciledFolder } from "../../support/reconciled-folder.ts"
import { withoutPrivilege } from "../../support/without-privilege.ts"

const AT_ONCE = { maxFileBytes: 10_000_000, settleMs: 0 }
const SETTLED = { maxFileBytes: 10_000_000, settleMs: 2_000 }
const MEGABYTE = 1_000_000

function age(path: string, seconds = 60): void {
  const then = Date.now() / 1_000 - seconds
  utimesSync(path, then, then)
}

describe("B5: a file that changes while it is read", () => {
  test("is not read before its content is two seconds old", async () => {
    const root = realpathSync(temporaryFolder())
    const file = join(root, "a.md")
    writeFileSync(file, "half a sen")
    const early = await readFileInside(root, "a.md", SETTLED)
    expect(early).toMatchObject({ type: "unsettled", retryAfterMs: expect.any(Number) })
    writeFileSync(file, "half a sentence and the rest")
    age(file, 3)
    expect(await readFileInside(root, "a.md", SETTLED)).toMatchObject({
      ...{ type: "content", bytes: Buffer.from("half a sentence and the rest"), fileStamp: expect.any(String) },
    })
  })

  test("has no stamp to be trusted when it was read young", async () => {
    const root = realpathSync(temporaryFolder())
    writeFileSync(join(root, "a.md"), "young")
    expect(await readFileInside(root, "a.md", AT_ONCE)).toMatchObject({ type: "content", fileStamp: null })
  })

  test("is not waited for for ever because its times lie in the future", async () => {
    const root = realpathSync(temporaryFolder())
    writeFileSync(join(root, "a.md"), "from tomorrow")
    age(join(root, "a.md"), -86_400)
    const stats = statSync(join(root, "a.md"), { bigint: true })
    expect(factsOf(stats).ageMs).toBeLessThan(2_000)
    expect(factsOf(stats, Date.now() + 3_000).ageMs).toBeGreaterThanOrEqual(2_000)
    // both times in the future: the clock was set back
    expect(factsOf(stats, Date.now() - 86_400_000).ageMs).toBe(2_000)
  })

  test("is never half a document while it grows and shrinks", { timeout: 60_000 }, async () => {
    const root = realpathSync(temporaryFolder())
    const file = join(root, "a.md")
    writeFileSync(file, "a".repeat(MEGABYTE))
    const thread = await startBusyThread(
      `fs.truncateSync(data.file, 500000); fs.appendFileSync(data.file, "b".repeat(500000))
       fs.truncateSync(data.file, 1); fs.appendFileSync(data.file, "a".repeat(999999))`,
      { file },
    )
    const outcomes = new Set<string>()
    for (let tries = 0; tries < 300; tries++) outcomes.add((await readFileInside(root, "a.md", SETTLED)).type)
    expect(outcomes).toEqual(new Set(["unsettled"]))
    await thread.stop()
    age(file)
    const content = await readFileInside(root, "a.md", SETTLED)
    expect(content.type === "content" && nameOf(content.bytes)).toBe("whole")
  })

  test("is one content or the other while others are renamed over it, or it is removed", {
    timeout: 60_000,
  }, async () => {
    const root = realpathSync(temporaryFolder())
    const file = join(root, "a.md")
    writeFileSync(file, "a".repeat(MEGABYTE))
    age(file)
    await startBusyThread(
      `for (const letter of "ab") {
         fs.writeFileSync(data.aside, letter.repeat(1000000)); fs.utimesSync(data.aside, 1700000000, 1700000000)
         fs.renameSync(data.aside, data.file)
       }
       fs.unlinkSync(data.file)`,
      { file, aside: join(root, ".aside") },
    )
    const outcomes = new Set<string>()
    for (let tries = 0; tries < 300; tries++) {
      try {
        const outcome = await readFileInside(root, "a.md", SETTLED)
        outcomes.add(outcome.type === "content" ? nameOf(outcome.bytes) : outcome.type)
      } catch (thrown) {
        outcomes.add(toIbidError(thrown).code)
      }
    }
    expect([...outcomes].filter((one) => !["whole", "unsettled", "path-not-found"].includes(one))).toEqual([])
    expect(outcomes).toContain("whole")
  })

  test("is listed with the reason when nobody may read it, and taken when somebody may", async () => {
    const root = realpathSync(temporaryFolder())
    const file = join(root, "a.md")
    writeFileSync(file, "closed")
    chmodSync(file, 0)
    await expect(withoutPrivilege(root, () => readFileInside(root, "a.md", AT_ONCE))).rejects.toMatchObject({
      ...{ code: "permission-denied", message: 'Cannot read "a.md": permission denied' },
    })
    chmodSync(file, 0o644)
    expect(await withoutPrivilege(root, () => readFileInside(root, "a.md", AT_ONCE))).toMatchObject({ type: "content" })
  })

  test("is looked for again when it is gone after the look, and no document is made or removed for it", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "# One")
    folder.write("b.md", "# Two")
    unlinkSync(join(folder.root, "b.md"))
    expect(await folder.pass()).toEqual(["accepted a.md"])
    await expect(readFileInside(folder.root, "b.md", AT_ONCE)).rejects.toMatchObject({ code: "path-not-found" })
  })
})

function nameOf(bytes: Buffer): string {
  const isWhole = bytes.length === MEGABYTE && bytes.every((byte) => byte === bytes[0])
  return isWhole ? "whole" : `a mixture of ${bytes.length} bytes`
}
