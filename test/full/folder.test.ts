import { mkdirSync, renameSync } from "node:fs"
import { expect, test } from "vitest"
import { temporaryFolder } from "../support/folder.ts"
import { ADMIN } from "../support/knowledge-base.ts"
import { createRandomChanges } from "../support/random-changes.ts"
import { openWatchedBase } from "../support/watched-folder.ts"

const FILES = 10_000
const CHANGES = 500
const ROUNDS = 5

/** Prints what a step has taken, so that figures can be taken down. */
async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result & { seconds: number }> {
  const started = performance.now()
  const result = await work()
  const seconds = Math.round(performance.now() - started) / 1_000
  process.stderr.write(`${name}: ${seconds} s\n`)
  return { ...result, seconds }
}

test("a folder of 10,000 files stays in step through 500 random changes while it is watched and while it is not", async () => {
  const folder = temporaryFolder()
  let base = await openWatchedBase(folder)
  try {
    const changes = createRandomChanges(base.docs, 10_000)
    changes.create(FILES)
    let watched = base.watch()
    await timed("first index", () => watched.next(({ event }) => event === "summary"))
    expect(await base.catalogue()).toEqual(changes.contents())

    for (let round = 0; round < ROUNDS; round++) {
      changes.change(CHANGES / ROUNDS / 2)
      await timed("changes while it runs", () => watched.inStep().then(() => ({})))
      expect(await base.catalogue()).toEqual(changes.contents())
    }
    const embedded = base.embedder.embedded
    changes.rename(CHANGES / 2)
    await timed("renames while it runs", () => watched.inStep().then(() => ({})))
    expect(await base.catalogue()).toEqual(changes.contents())
    expect(base.embedder.embedded).toBe(embedded)

    for (let round = 0; round < ROUNDS; round++) {
      await base.dispose()
      changes.change(CHANGES / ROUNDS / 2)
      base = await openWatchedBase(folder)
      watched = base.watch()
      await timed("changes while it is stopped", () => watched.next(({ event }) => event === "summary"))
      expect(await base.catalogue()).toEqual(changes.contents())
    }

    const before = await base.catalogue()
    renameSync(base.docs, `${base.docs}-mount`)
    await expect(watched.inStep()).rejects.toMatchObject({ code: "source-paused" })
    mkdirSync(base.docs)
    await expect(watched.inStep()).rejects.toMatchObject({ code: "source-paused" })
    expect(await base.catalogue()).toEqual(before)
    renameSync(base.docs, `${base.docs}-point`)
    renameSync(`${base.docs}-mount`, base.docs)
    await watched.inStep()
    expect(await base.catalogue()).toEqual(before)
    await watched.stop()

    const again = await timed("10,000 unchanged files", async () => ({ events: await base.ingest(base.docs) }))
    expect(again.events.at(-1)).toMatchObject({ indexed: 0, moved: 0, removed: 0, failed: 0 })
    expect(again.seconds).toBeLessThan(10)
    expect((await base.kb.listSources({ principal: ADMIN }))[0]?.documents).toBe(Object.keys(before).length)
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  } finally {
    await base.dispose()
  }
})
