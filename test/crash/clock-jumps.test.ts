import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, onTestFinished, test } from "vitest"
import { findSearchViolations, findViolations } from "../support/crash-check.ts"
import { createCrashClient } from "../support/crash-client.ts"
import { startCrashServer, wait } from "../support/crash-server.ts"
import { createFakeClock } from "../support/fake-clock.ts"
import { makeTemporaryFolder } from "../support/folder.ts"
import { openLedger } from "../support/ledger.ts"

const { path: folder, remove } = makeTemporaryFolder()
afterAll(remove)
const clock = createFakeClock(join(folder, "clock"))
if (clock === undefined) process.stderr.write("SKIP RS7: libfaketime is absent (Debian's package faketime)\n")

const DAY_MS = 24 * 60 * 60 * 1_000
const JUMPS = [1, -1, 0] as const
const DOCUMENTS_A_JUMP = 8

test.skipIf(clock === undefined)(
  "RS7: a clock that jumps by a day in the middle of ingestion runs no job twice, holds none up and loses nothing",
  async () => {
    if (clock === undefined) return
    const data = join(folder, "data")
    mkdirSync(data)
    const environment = { ...clock.environment, CRASH_EMBEDDER_CHILD: "1" }
    const server = await startCrashServer({ kind: "light", data, environment })
    onTestFinished(() => void server.child.kill("SIGKILL"))
    const ledger = openLedger(join(folder, "ledger.jsonl"))
    const client = createCrashClient(server, ledger)

    const words: string[] = []
    for (const [round, days] of JUMPS.entries()) {
      for (let number = 0; number < DOCUMENTS_A_JUMP; number++) {
        const word = `canary${round}x${number}`
        words.push(word)
        await client.put(`${round}-${number}.md`, `# ${word}\n\nThe pump has the number ${round}${number}.`)
        if (number === DOCUMENTS_A_JUMP / 2) clock.jump(days)
      }
      // one that waits for its next attempt while the clock goes back a day
      await client.put(`${round}-poisoned.md`, `# Poisoned ${round}\n\nThis text (throws) is too much.`)
    }
    const poisoned = (await client.settle()).filter(({ path }) => path.endsWith("poisoned.md"))
    expect(poisoned.map(({ state, code }) => [state, code])).toEqual(JUMPS.map(() => ["failed", "embedding-failed"]))
    for (const { path } of poisoned) await client.put(path, `# Healed ${path}\n\nNot too much.`)
    expect(await findViolations(client, ledger)).toEqual([])
    expect(await findSearchViolations(client, words)).toEqual([])

    const jobs = await client.jobs()
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length)
    expect(jobs).toHaveLength(words.length + 2 * JUMPS.length)
    const whole = jobs.filter(({ path }) => !path.endsWith("poisoned.md"))
    expect(whole.map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(whole.map(() => "indexed 1"))
    const times = jobs.map(({ createdAt }) => Date.parse(createdAt) - Date.now())
    expect(Math.max(...times)).toBeGreaterThan(DAY_MS / 2)
    expect(Math.min(...times)).toBeLessThan(-DAY_MS / 2)
  },
)

test.skipIf(clock === undefined)(
  "RS7: a server that was killed a day ahead goes on at once when its clock is right again",
  async () => {
    if (clock === undefined) return
    const data = join(folder, "killed")
    mkdirSync(data)
    const ledger = openLedger(join(folder, "killed.jsonl"))
    for (const days of [1, -1, 0]) {
      clock.jump(days)
      const server = await startCrashServer({ kind: "light", data, environment: clock.environment })
      onTestFinished(() => void server.child.kill("SIGKILL"))
      const client = createCrashClient(server, ledger)
      for (let number = 0; number < DOCUMENTS_A_JUMP; number++) {
        await client.put(`${days}-${number}.md`, `# Day ${days}\n\nThe valve has the number ${number}.`)
      }
      if (days === 0) expect(await findViolations(client, ledger)).toEqual([])
      else await wait(20)
      await server.end("SIGKILL")
    }
  },
)
