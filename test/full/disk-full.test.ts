import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { findViolations } from "../support/crash-check.ts"
import { type CrashClient, createCrashClient, Refused } from "../support/crash-client.ts"
import { type CrashServer, startCrashServer, wait } from "../support/crash-server.ts"
import { createDocument, createRandom } from "../support/crash-workload.ts"
import { temporaryFolder } from "../support/folder.ts"
import { openLedger } from "../support/ledger.ts"
import { mountSmallDisk } from "../support/small-disk.ts"

const DISK_BYTES = 64 * 1024 * 1024
const RESUME_MS = 60_000
/** More than fit into what the fullest disk has left. */
const MOST_UPLOADS = 400
const LOW_WATER_SHARE = 0.05

/** Uploads until one is refused; no other refusal than 507 is right. */
async function uploadUntilRefused(client: CrashClient, name: string, random: () => number): Promise<number> {
  for (let number = 0; number < MOST_UPLOADS; number++) {
    try {
      await client.put(`${name}/${number}.md`, createDocument(random).content)
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      expect(thrown.message).toMatch(/^507 /)
      return number
    }
  }
  throw new Error(`${MOST_UPLOADS} documents were taken onto a full disk`)
}

/** What `/health` says of the ingestion, when it says one of these. */
async function untilIngestionIs(server: CrashServer, wanted: string, timeoutMs: number): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs)
  for (;;) {
    const response = await fetch(`${server.address}/health`)
    const { components } = (await response.json()) as { components: { ingestion: string } }
    if (components.ingestion === wanted) return
    await wait(100, deadline)
  }
}

describe("RD5: a full disk", () => {
  test("refuses with 507 below the low-water mark, and removes and searches all the same", async ({ skip }) => {
    const disk = mountSmallDisk(DISK_BYTES)
    if (typeof disk === "string") return skip(disk)
    const data = join(disk.folder, "data")
    mkdirSync(data)
    const ledger = openLedger(join(temporaryFolder(), "ledger.jsonl"))
    const environment = { IBID_MIN_FREE_BYTES: String(1024 ** 3) }
    const server = await startCrashServer({ kind: "light", data, environment })
    onTestFinished(() => void server.child.kill("SIGKILL"))
    const client = createCrashClient(server, ledger)
    const random = createRandom(5)
    await client.put("kept.md", "# Kept\n\nThe pump stands in hall seven.")
    await client.put("gone.md", "# Gone\n\nThe valve stands in hall eight.")
    const documents = await client.settle()
    disk.fill(DISK_BYTES * LOW_WATER_SHARE - 1_000_000) // what the index tidies up behind a run makes some room
    expect(await uploadUntilRefused(client, "more", random)).toBe(0)
    const gone = documents.find(({ path }) => path === "gone.md")
    if (gone !== undefined) await client.remove(gone)
    expect((await client.search("pump in hall seven")).passages[0]?.path).toBe("kept.md")
    disk.free()
    await client.put("more/again.md", createDocument(random).content)
    expect(await findViolations(client, ledger)).toEqual([])
  })

  test.for([0, 100_000, 400_000, 1_500_000])(
    "with %i bytes free pauses the queue, and goes on alone within 60 s with nothing lost",
    async (leaveBytes, { skip }) => {
      const disk = mountSmallDisk(DISK_BYTES)
      if (typeof disk === "string") return skip(disk)
      const data = join(disk.folder, "data")
      mkdirSync(data)
      const ledger = openLedger(join(temporaryFolder(), "ledger.jsonl"))
      const server = await startCrashServer({ kind: "light", data })
      onTestFinished(() => void server.child.kill("SIGKILL"))
      const client = createCrashClient(server, ledger)
      const random = createRandom(leaveBytes + 1)
      await client.put("kept.md", "# Kept\n\nThe pump stands in hall seven.")
      await client.settle()
      const queued = Array.from({ length: 20 }, (_, number) =>
        client.put(`q/${number}.md`, createDocument(random).content),
      )
      await Promise.all(queued)
      disk.fill(leaveBytes)
      const taken = await uploadUntilRefused(client, "more", random)
      expect((await client.search("pump in hall seven")).passages[0]?.path).toBe("kept.md")
      expect(server.child.exitCode).toBeNull()
      disk.free()
      const started = performance.now()
      const documents = await client.settle(RESUME_MS).catch(async (cause: unknown) => {
        const { output } = await server.end("SIGKILL")
        throw new Error(`The queue did not go on: ${output.slice(-2_000)}`, { cause })
      })
      await untilIngestionIs(server, "ok", RESUME_MS)
      const seconds = Math.round(performance.now() - started) / 1_000
      process.stderr.write(`${JSON.stringify({ leaveBytes, taken, documents: documents.length, seconds })}\n`)
      expect(seconds).toBeLessThan(RESUME_MS / 1_000)
      expect(await findViolations(client, ledger)).toEqual([])
    },
  )
})
