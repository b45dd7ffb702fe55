import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { findViolations } from "../support/crash-check.ts"
import { type CrashClient, createCrashClient } from "../support/crash-client.ts"
import { startCrashServer, wait } from "../support/crash-server.ts"
import { temporaryFolder } from "../support/folder.ts"
import { openLedger } from "../support/ledger.ts"

test("a document that always ends the embedder fails after three attempts, and its neighbours are indexed", async () => {
  const { client, ledger } = await start()
  const poisoned = ["(dies)", "(throws)", "(zero)"]
  for (const [number, poison] of poisoned.entries()) {
    await client.put(`before-${number}.md`, `# Before\n\nThe pump ${number} is red.`)
    await client.put(`poisoned-${number}.md`, `# Poisoned\n\nThis text ${poison} is too much.`)
    await client.put(`after-${number}.md`, `# After\n\nThe valve ${number} is blue.`)
  }
  await client.settle()
  for (const { path, state, code, message } of await client.list()) {
    const reason = path.startsWith("poisoned") ? ["failed", "embedding-failed", MESSAGE] : ["indexed", null, null]
    expect([path, state, code, message]).toEqual([path, ...reason])
  }
  const attempts = (await client.jobs()).map((job) => [job.path.startsWith("poisoned"), job.attempts])
  expect(new Set(attempts.map(String))).toEqual(new Set(["true,3", "false,1"]))
  for (const number of poisoned.keys()) await client.put(`poisoned-${number}.md`, "# Healed\n\nNot too much.")
  expect(await findViolations(client, ledger)).toEqual([])
})

test("while the embedder cannot start, documents wait without losing an attempt", async () => {
  const { client, ledger, data } = await start()
  writeFileSync(join(data, "away"), "")
  await client.put("first.md", "# First\n\nThe pump is red.")
  const deadline = AbortSignal.timeout(30_000)
  while ((await client.pausedBy()) === null) await wait(50, deadline)
  expect(await client.pausedBy()).toBe("model-unavailable")
  const waiting = (await client.jobs()).map(({ state, attempts, code }) => [state, attempts, code])
  expect(waiting).toEqual([["queued", 0, null]])
  rmSync(join(data, "away"))
  await client.put("second.md", "# Second\n\nThe valve is blue.")
  await client.settle()
  expect((await client.jobs()).map(({ state, attempts }) => [state, attempts])).toEqual([
    ["indexed", 1],
    ["indexed", 1],
  ])
  expect(await findViolations(client, ledger)).toEqual([])
})

const MESSAGE = "Cannot embed the text: the model fails for it and works for other texts"

async function start(): Promise<{ client: CrashClient; ledger: ReturnType<typeof openLedger>; data: string }> {
  const folder = temporaryFolder()
  const data = join(folder, "data")
  mkdirSync(data)
  const server = await startCrashServer({ kind: "light", data, environment: { CRASH_EMBEDDER_CHILD: "1" } })
  onTestFinished(() => void server.child.kill("SIGKILL"))
  const ledger = openLedger(join(folder, "ledger.jsonl"))
  return { client: createCrashClient(server, ledger), ledger, data }
}
