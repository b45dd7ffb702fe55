import { expect, test } from "vitest"
import { runKillLoop } from "../support/crash-loop.ts"
import { temporaryFolder } from "../support/folder.ts"

test("200 kills at random moments, a fifth of them while the server recovers, leave no violation", async () => {
  const seed = Number(process.env["CRASH_SEED"] ?? Date.now() % 100_000)
  const options = { kind: "light", kills: 200, unchecked: 0.2, seed } as const
  const result = await runKillLoop({ ...options, folder: temporaryFolder() })
  process.stderr.write(`${JSON.stringify({ ...options, ...result })}\n`)
  expect({ seed, kills: result.kills, violations: result.violations }).toEqual({ seed, kills: 200, violations: [] })
  expect(result.acknowledged).toBeGreaterThan(200)
}, 3_600_000)

test("the program is ready again within 10 s of a kill with 2,000 documents", async () => {
  const options = { kind: "real", kills: 3, documents: 2_000, seed: 2 } as const
  const result = await runKillLoop({ ...options, folder: temporaryFolder() })
  process.stderr.write(`${JSON.stringify({ ...options, ...result })}\n`)
  expect(result.violations).toEqual([])
  expect(result.slowestReadyMs).toBeLessThan(10_000)
}, 3_600_000)
