import { utimesSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type AnsweringBase, LEAVE, openAnsweringBase } from "./support/answering-base.ts"
import { makeTemporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const folder = makeTemporaryFolder()
let base: AnsweringBase
beforeAll(async () => {
  base = await openAnsweringBase(folder.path)
})
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

const foundBefore = async (modifiedBefore: string): Promise<readonly string[]> => {
  const found = await base.kb.search({ question: LEAVE, filters: { modifiedBefore } }, { principal: ADMIN })
  return found.passages.map(({ path }) => path)
}

test("createHitCheck() drops what was changed at another time than the index says", async () => {
  const time = new Date("2099-01-01")
  expect(await foundBefore("2098-01-01")).toContain("leave.md")
  utimesSync(join(base.docs, "leave.md"), time, time)
  await base.ingest(base.docs)
  const found = await foundBefore("2098-01-01")
  expect(found).not.toContain("leave.md")
  expect(found).toContain("holidays.md")
})
