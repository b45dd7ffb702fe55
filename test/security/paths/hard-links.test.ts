import { chownSync, linkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { temporaryFolder } from "../../support/folder.ts"
import { openReconciledFolder } from "../../support/reconciled-folder.ts"

const isRoot = process.getuid?.() === 0
const SOMEBODY = 12_345

describe("B4: a hard link to a file outside of a watched folder", () => {
  test.skipIf(!isRoot)("is refused when another one owns the file (skipped: needs root)", async () => {
    const folder = await openReconciledFolder()
    const outside = join(temporaryFolder(), "secret.md")
    writeFileSync(outside, "# Secret")
    utimesSync(outside, 1_700_000_000, 1_700_000_000)
    chownSync(outside, SOMEBODY, SOMEBODY)
    linkSync(outside, join(folder.root, "a.md"))
    expect(await folder.pass()).toEqual(["failed a.md outside-root"])
    expect(await folder.pass()).toEqual([])
  })

  test.skipIf(!isRoot)("of a folder's owner is a file like any other (skipped: needs root)", async () => {
    const folder = await openReconciledFolder()
    chownSync(folder.root, SOMEBODY, SOMEBODY)
    const outside = join(temporaryFolder(), "own.md")
    writeFileSync(outside, "# Own")
    chownSync(outside, SOMEBODY, SOMEBODY)
    linkSync(outside, join(folder.root, "a.md"))
    expect(await folder.pass()).toEqual(["accepted a.md"])
  })

  test.skipIf(!isRoot)("another's file with one name is a file like any other (skipped: needs root)", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "# One")
    chownSync(join(folder.root, "a.md"), SOMEBODY, SOMEBODY)
    expect(await folder.pass()).toEqual(["accepted a.md"])
  })

  test("of one's own is a document at each of its names, and a rename of one moves that one", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "# One")
    linkSync(join(folder.root, "a.md"), join(folder.root, "b.md"))
    expect(await folder.pass()).toEqual(["accepted a.md", "accepted b.md"])
    expect(await folder.pass()).toEqual(["unchanged a.md", "unchanged b.md"])
  })
})
