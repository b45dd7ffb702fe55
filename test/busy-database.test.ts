import { fork } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setTimeout as delay } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import type { Revision } from "../src/core/types.ts"
import { type Database, openDatabase } from "../src/db/client.ts"
import { DEFAULT_COLLECTION } from "../src/db/collections.ts"
import { countUnfinished } from "../src/db/jobs.ts"
import { acceptContent } from "./support/accept-content.ts"
import { temporaryFolder } from "./support/folder.ts"

const HELD_MS = 2_000
const WRITERS = 8
const WRITES = 5

/** Another program that holds the write lock for a while, and says when it has it. */
const HOLDER = `
const { createClient } = require(process.argv[2])
const client = createClient({ url: process.argv[3], timeout: 5000 })
client.transaction("write").then((transaction) => {
  process.send("held")
  setTimeout(() => { transaction.rollback(); client.close() }, Number(process.argv[4]))
})
`

async function holdLock(folder: string): Promise<void> {
  const script = join(folder, "holder.cjs")
  writeFileSync(script, HOLDER)
  const libsql = createRequire(import.meta.url).resolve("@libsql/client")
  const child = fork(script, [libsql, `file:${join(folder, "ibid.sqlite")}`, String(HELD_MS)])
  onTestFinished(() => void child.kill("SIGKILL"))
  await once(child, "message")
}

const write = (database: Database, name: string) =>
  acceptContent(database, {
    ...{ collectionId: DEFAULT_COLLECTION, root: "/docs", path: name, mediaType: "text/plain" },
    ...{ revision: name as Revision, sizeBytes: 3, modifiedAt: 1_000 },
    ...{ title: null, fileStamp: null, parentId: null },
  })

test("Database.write() of 8 parallel writers waits for an outside process without blocking the event loop", async () => {
  const folder = temporaryFolder()
  const database = await openDatabase(folder)
  onTestFinished(() => database.dispose())
  await write(database, "first")
  await holdLock(folder)

  const lag = monitorEventLoopDelay({ resolution: 5 })
  lag.enable()
  const started = performance.now()
  const writing = Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let number = 0; number < WRITES; number++) await write(database, `${writer}-${number}`)
    }),
  )
  await delay(HELD_MS / 2)
  expect(await countUnfinished(database.read), "reads go on meanwhile").toMatchObject({ index: 1 })
  await delay(HELD_MS / 2 - 200)
  lag.disable()
  await writing

  expect(performance.now() - started).toBeGreaterThan(HELD_MS - 500)
  expect(lag.percentile(99) / 1e6, "ms of lag, p99").toBeLessThanOrEqual(50)
  expect(await countUnfinished(database.read)).toMatchObject({ index: 1 + WRITERS * WRITES })
})
