import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { findViolations } from "../support/crash-check.ts"
import { createCrashClient } from "../support/crash-client.ts"
import { startCrashServer } from "../support/crash-server.ts"
import { temporaryFolder } from "../support/folder.ts"
import { EMBEDDING, killAlways, killInJob, PARSING, RECOGNISING } from "../support/kill-children.ts"
import { openLedger } from "../support/ledger.ts"
import { pictureOf } from "../support/picture.ts"

const ROUNDS = 16

test("RD3: 50 kills of parser, embedder and recogniser lose no document; one that never survives fails with the reason", async () => {
  const folder = temporaryFolder()
  const server = await startCrashServer({ kind: "real", data: join(folder, "data") })
  onTestFinished(() => void server.child.kill("SIGKILL"))
  const ledger = openLedger(join(folder, "ledger.jsonl"))
  const client = createCrashClient(server, ledger)
  const scan = async (number: number) =>
    await (await pictureOf([`The notice number ${number} hangs at the north door.`])).png().toBuffer()
  await client.put("first.md", "# First\n\nThe children are there when this has been read.")
  await client.put("first.png", await scan(0))
  await client.settle()

  let kills = 0
  for (let round = 1; round <= ROUNDS; round++) {
    for (const work of [PARSING, EMBEDDING, RECOGNISING]) {
      const path = work === RECOGNISING ? `${round}.png` : `${work.state}-${round}.md`
      const content = work === RECOGNISING ? await scan(round) : `# ${path}\n\nThe pump has the number ${round}.`
      kills += (await killInJob(server, client, work, () => client.put(path, content))).killed
      await client.settle()
    }
  }
  const unread = "# Never read\n\nNobody will ever know."
  const { killed, documentId } = await killInJob(server, client, PARSING, () => client.put("never.md", unread))
  kills += killed + (await killAlways(server, client, PARSING, documentId))
  process.stderr.write(`${kills} children killed\n`)
  expect(kills).toBeGreaterThanOrEqual(50)

  const failed = (await client.list()).find(({ path }) => path === "never.md")
  expect(failed).toMatchObject({ state: "failed", code: "parse-crashed" })
  expect(failed?.message).toContain("never.md")
  const jobs = (await client.jobs()).filter((job) => job.documentId === documentId)
  expect(jobs.map(({ state, code, attempts }) => [state, code, attempts])).toEqual([["failed", "parse-crashed", 3]])
  expect(server.child.exitCode).toBeNull()

  await client.put("never.md", `${unread} Or so it was said.`)
  expect(await findViolations(client, ledger)).toEqual([])
})
