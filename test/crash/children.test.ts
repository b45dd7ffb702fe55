import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { findViolations } from "../support/crash-check.ts"
import { type CrashClient, createCrashClient } from "../support/crash-client.ts"
import { type CrashServer, startCrashServer } from "../support/crash-server.ts"
import { makeTemporaryFolder } from "../support/folder.ts"
import { EMBEDDING, killInJob, PARSING, RECOGNISING } from "../support/kill-children.ts"
import { type Ledger, openLedger } from "../support/ledger.ts"
import { pictureOf } from "../support/picture.ts"

describe("RD3: a child that is killed in the middle of a job", () => {
  const folder = makeTemporaryFolder()
  let server: CrashServer
  let client: CrashClient
  let ledger: Ledger
  beforeAll(async () => {
    server = await startCrashServer({ kind: "real", data: join(folder.path, "data") })
    ledger = openLedger(join(folder.path, "ledger.jsonl"))
    client = createCrashClient(server, ledger)
    await client.put("first.png", await scan("The first notice hangs at the north door."))
    await client.put("first.md", "# First\n\nThe children are there when this has been read.")
    await client.settle()
  })
  afterAll(async () => {
    await server.end("SIGKILL")
    folder.remove()
  })

  test("is replaced, and the document is parsed in the second attempt", async () => {
    const put = () => client.put("parsed.md", "# Parsed\n\nThe red pump has the number 4711.")
    const { documentId } = await killInJob(server, client, PARSING, put)
    await client.settle()
    expect(await attemptsAt(documentId)).toEqual([["index", "indexed", 2]])
    expect((await client.search("number of the red pump")).passages[0]?.path).toBe("parsed.md")
  })

  test("is replaced, and the document is embedded", async () => {
    const put = () => client.put("embedded.md", "# Embedded\n\nThe blue valve has the number 4712.")
    const { documentId } = await killInJob(server, client, EMBEDDING, put)
    await client.settle()
    expect(await attemptsAt(documentId)).toEqual([["index", "indexed", 1]])
    expect((await client.search("number of the blue valve")).passages[0]?.path).toBe("embedded.md")
  })

  test("is replaced, and the page is recognised", async () => {
    const picture = await scan("The second notice hangs at the south door.")
    const { documentId } = await killInJob(server, client, RECOGNISING, () => client.put("second.png", picture))
    await client.settle()
    expect((await attemptsAt(documentId)).sort()).toEqual([
      ["index", "indexed", 1],
      ["recognise", "indexed", 1],
    ])
    expect((await client.search("second notice at the south door")).passages[0]?.path).toBe("second.png")
  })

  test("leaves nothing wrong behind, and the server is the same", async () => {
    expect(server.child.exitCode).toBeNull()
    expect(await findViolations(client, ledger)).toEqual([])
  })

  async function attemptsAt(documentId: string): Promise<[string, string, number][]> {
    const jobs = (await client.jobs()).filter((job) => job.documentId === documentId)
    return jobs.map(({ kind, state, attempts }) => [kind, state, attempts])
  }
})

async function scan(line: string): Promise<Uint8Array> {
  return await (await pictureOf([line])).png().toBuffer()
}
