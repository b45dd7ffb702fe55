import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { packageRoot } from "../../src/core/package-root.ts"
import { StartFailed, startCrashServer } from "../support/crash-server.ts"
import { temporaryFolder } from "../support/folder.ts"

/** What a server that finds the folder taken needs, beside what any start of the program takes on this machine. */
const REFUSAL_MS = 2_000

test("RC2: a second server on a data folder ends with code 3 and one line, and starts at once when the first is killed", async () => {
  const options = { kind: "real", data: join(temporaryFolder(), "data") } as const
  const first = await startCrashServer(options)
  onTestFinished(() => void first.child.kill("SIGKILL"))

  const beforeAny = performance.now()
  spawnSync(process.execPath, [join(packageRoot, "dist", "src", "cli.js"), "--version"])
  const before = performance.now()
  const refused = await startCrashServer(options).catch((thrown: unknown) => thrown)
  const after = performance.now()
  if (!(refused instanceof StartFailed)) throw new Error("A second server was let into the data folder")
  expect(refused.exit?.code).toBe(3)
  const lines = refused.exit?.output.trim().split("\n")
  expect(lines).toEqual([expect.stringContaining(`a server holds it already, at ${first.address}`)])
  expect(after - before).toBeLessThan(REFUSAL_MS + 2 * (before - beforeAny))

  await first.end("SIGKILL")
  const second = await startCrashServer(options)
  expect((await second.end("SIGTERM")).code).toBe(0)
})
