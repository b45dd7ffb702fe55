import { describe, expect, onTestFinished, test, vi } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import type { JobId, Revision } from "../src/core/types.ts"
import { acceptContents, type NewContent } from "../src/db/accept-documents.ts"
import { type Database, openDatabase } from "../src/db/client.ts"
import { DEFAULT_COLLECTION } from "../src/db/collections.ts"
import { findSummary } from "../src/db/documents.ts"
import {
  cancelJob,
  findJobRows,
  finishJobs,
  type JobRow,
  LEASE_MS,
  leaseJobs,
  msToNextAttempt,
  releaseLeases,
  renewLeases,
  retryJob,
} from "../src/db/jobs.ts"
import { acceptContent } from "./support/accept-content.ts"
import { temporaryFolder } from "./support/folder.ts"

async function open(): Promise<Database> {
  const database = await openDatabase(temporaryFolder())
  onTestFinished(() => database.dispose())
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-01T08:00:00Z") })
  onTestFinished(() => void vi.useRealTimers())
  return database
}

const content = (path: string, sizeBytes = 100, revision = "r1"): NewContent => ({
  ...{ collectionId: DEFAULT_COLLECTION, root: "", path, revision: revision as Revision, mediaType: "text/plain" },
  ...{ sizeBytes, modifiedAt: 0, title: null, fileStamp: null, parentId: null },
})
const accept = (database: Database, ...given: Parameters<typeof content>) => acceptContent(database, content(...given))

const lease = async (database: Database, owner = "one", limit = 10): Promise<JobRow[]> =>
  await leaseJobs(database, { kind: "index", owner, limit, sizeBytes: 8 * 1024 * 1024 })
const paths = (rows: readonly JobRow[]): string[] => rows.map(({ path }) => path)

async function rowOf(database: Database, id: JobId): Promise<JobRow> {
  const [row] = await findJobRows(database.read, [id])
  if (row === undefined) throw new Error("the job is there")
  return row
}

describe("leaseJobs()", () => {
  test("takes small documents before large ones, and a large one alone", async () => {
    const database = await open()
    await accept(database, "large.pdf", 9_000_000)
    await accept(database, "middle.pdf", 900_000)
    await accept(database, "small.txt")
    expect(paths(await lease(database))).toEqual(["small.txt", "middle.pdf"])
    expect(paths(await lease(database))).toEqual(["large.pdf"])
  })

  test("takes documents that were accepted together in the order in which they were given", async () => {
    const database = await open()
    const names = Array.from({ length: 30 }, (_, number) => `${(number * 7) % 30}.txt`)
    await acceptContents(
      database,
      names.map((path) => content(path)),
    )
    expect(paths(await lease(database, "one", 30))).toEqual(names)
  })

  test("takes a changed document before new ones", async () => {
    const database = await open()
    await accept(database, "known.txt")
    const first = await lease(database)
    await database.write(async (transaction) => {
      await finishJobs(transaction, first)
      await transaction.run("UPDATE documents SET indexed_revision = revision")
    })
    await accept(database, "new.txt")
    vi.advanceTimersByTime(1_000)
    await accept(database, "known.txt", 100, "r2")
    expect(paths(await lease(database))).toEqual(["known.txt", "new.txt"])
  })

  test("lets a large document wait for small ones, but not for ever", async () => {
    const database = await open()
    await accept(database, "large.pdf", 9_000_000)
    vi.advanceTimersByTime(10 * 60_000)
    await accept(database, "small.txt")
    expect(paths(await lease(database))).toEqual(["large.pdf"])
  })

  test("gives a job to one owner, until the lease ends without being renewed", async () => {
    const database = await open()
    await accept(database, "a.txt")
    expect(paths(await lease(database, "one"))).toEqual(["a.txt"])
    expect(await lease(database, "two")).toEqual([])
    vi.advanceTimersByTime(LEASE_MS - 1_000)
    await renewLeases(database, "one")
    vi.advanceTimersByTime(LEASE_MS - 1_000)
    expect(await lease(database, "two")).toEqual([])
    vi.advanceTimersByTime(2_000)
    expect(paths(await lease(database, "two"))).toEqual(["a.txt"])
  })

  test("does not believe a lease that ends further in the future than leases last: the clock was set back", async () => {
    const database = await open()
    await accept(database, "a.txt")
    await lease(database, "one")
    vi.setSystemTime(new Date("2025-01-01T00:00:00Z"))
    expect(paths(await lease(database, "two"))).toEqual(["a.txt"])
  })

  test("does a job alone that has interrupted processes, and gives it up in the end with the reason", async () => {
    const database = await open()
    const { jobId, documentId } = await accept(database, "deadly.pdf")
    await accept(database, "b.txt")
    for (let time = 0; time < 3; time++) {
      expect(paths(await lease(database))).toContain("deadly.pdf")
      await releaseLeases(database) // as the next process does on its start
    }
    for (let time = 3; time < 12; time++) {
      const batch = await lease(database)
      expect(batch).toHaveLength(1)
      if (batch[0]?.path !== "deadly.pdf") await database.write((transaction) => finishJobs(transaction, batch))
      await releaseLeases(database)
    }
    for (let time = 0; time < 3; time++) {
      await lease(database)
      await releaseLeases(database)
    }
    expect(await rowOf(database, jobId)).toMatchObject({ state: "failed", code: "gave-up" })
    expect(await findSummary(database.read, documentId)).toMatchObject({ state: "failed", code: "gave-up" })
  })

  test("does not count what the process gives back itself", async () => {
    const database = await open()
    const { jobId } = await accept(database, "a.txt")
    for (let time = 0; time < 20; time++) {
      await lease(database)
      await releaseLeases(database, "one")
    }
    expect(await rowOf(database, jobId)).toMatchObject({ state: "queued", interruptions: 0, leaseOwner: null })
  })
})

describe("a clock that jumps", () => {
  test.each([1, -1])("by %d day takes no job from who does it", async (days) => {
    const database = await open()
    await accept(database, "a.txt")
    expect(await lease(database)).toHaveLength(1)
    vi.setSystemTime(Date.now() + days * 86_400_000)
    expect(await lease(database)).toEqual([])
  })

  test("back by a day does not hold up another attempt", async () => {
    const database = await open()
    await accept(database, "a.txt")
    const [row] = await lease(database)
    if (row === undefined) throw new Error("the job is due")
    await retryJob(database, row, new IbidError("internal", "Something went wrong"))
    vi.setSystemTime(Date.now() - 86_400_000)
    expect(await msToNextAttempt(database.read)).toBeLessThanOrEqual(15_000)
    expect(await lease(database)).toHaveLength(1)
  })

  test("back by a day does not put what was accepted before behind what is accepted now", async () => {
    const database = await open()
    await accept(database, "before.txt")
    vi.setSystemTime(Date.now() - 86_400_000)
    await accept(database, "after.txt")
    expect(paths(await lease(database))).toEqual(["before.txt", "after.txt"])
  })
})

describe("retryJob()", () => {
  test("waits longer each time, and fails after three attempts with the last reason", async () => {
    const database = await open()
    const { jobId } = await accept(database, "a.txt")
    const error = new IbidError("parse-crashed", 'Cannot parse "a.txt": the parser stopped unexpectedly')
    for (const waitMs of [1_000, 15_000]) {
      const [row] = await lease(database)
      if (row === undefined) throw new Error("the job is due")
      expect(await retryJob(database, row, error)).toBe(true)
      expect(await msToNextAttempt(database.read)).toBe(waitMs)
      expect(await lease(database)).toEqual([])
      vi.advanceTimersByTime(waitMs + 1)
    }
    const [last] = await lease(database)
    if (last === undefined) throw new Error("the job is due")
    expect(await retryJob(database, last, error)).toBe(false)
    expect(await rowOf(database, jobId)).toMatchObject({ state: "failed", code: "parse-crashed", attempts: 3 })
    expect(await msToNextAttempt(database.read)).toBeUndefined()
  })
})

test("cancelJob() ends a job once, and nobody takes it any more", async () => {
  const database = await open()
  const { jobId } = await accept(database, "a.txt")
  await cancelJob(database, jobId)
  expect(await lease(database)).toEqual([])
  await expect(cancelJob(database, jobId)).rejects.toMatchObject({ code: "conflict" })
  await expect(cancelJob(database, "job_none" as JobId)).rejects.toMatchObject({ code: "job-not-found" })
})
