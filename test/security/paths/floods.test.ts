import { renameSync, rmSync, unlinkSync } from "node:fs"
import { join } from "node:path"
import { count, inArray } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { reconcile } from "../../../ingest/reconcile.ts"
import { jobs } from "../../../src/db/schema.ts"
import { COLLECTION, openReconciledFolder } from "../../support/reconciled-folder.ts"

describe("B6: very many files at once, and a folder that is unmounted", () => {
  test("no more than the files of one transaction are accepted ahead of the one who takes them", async () => {
    const folder = await openReconciledFolder()
    for (let number = 0; number < 1_000; number++) folder.write(`${number}.md`, `# Note ${number}`)
    let taken = 0
    for await (const step of reconcile(folder.root, folder.ports, { collectionId: COLLECTION, removeMissing: true })) {
      if ("accepted" in step) taken++
      if (taken === 25) break
    }
    const [row] = await folder.database.read
      .select({ waiting: count() })
      .from(jobs)
      .where(inArray(jobs.state, ["queued"]))
    expect(row).toEqual({ waiting: 32 })
  })

  test("a fifth may go at once, and one more pauses and removes nothing", async () => {
    const folder = await openReconciledFolder()
    for (let number = 0; number < 30; number++) folder.write(`${number}.md`, `# Note ${number}`)
    await folder.pass()
    for (let number = 0; number < 6; number++) unlinkSync(join(folder.root, `${number}.md`))
    expect((await folder.pass()).filter((line) => line.startsWith("removed"))).toHaveLength(6)
    for (let number = 6; number < 11; number++) unlinkSync(join(folder.root, `${number}.md`))
    expect(await folder.pass()).toEqual([
      "source-paused Many files are gone at once: 5 of 24 documents would be removed",
    ])
    expect(Object.keys(await folder.ids())).toHaveLength(24)
  })

  test("an unmounted folder removes nothing, and is in step again when it is back", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "# One")
    await folder.pass()
    renameSync(folder.root, `${folder.root}-unmounted`)
    expect(await folder.pass()).toEqual(["source-paused The folder is gone: 1 of 1 documents would be removed"])
    rmSync(folder.root, { recursive: true, force: true })
    renameSync(`${folder.root}-unmounted`, folder.root)
    expect(await folder.pass()).toEqual(["unchanged a.md"])
  })
})
