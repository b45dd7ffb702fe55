import { expect, onTestFinished, test } from "vitest"
import { createTermCounts } from "../ingest/term-counts.ts"
import { contentTerms } from "../src/core/terms.ts"
import { openDatabase } from "../src/db/client.ts"
import { termStatistics } from "../src/db/schema.ts"
import { temporaryFolder } from "./support/folder.ts"

const TEXTS = [
  "The policies and the policy of leaving: leave, LEAVE.",
  "Leave it to Müller, Muller & 育児",
  "",
  "The of and",
]

test("createTermCounts() counts each content term once a text and takes back what goes", async () => {
  const database = await openDatabase(temporaryFolder())
  onTestFinished(() => database.dispose())
  const counts = createTermCounts()
  counts.add("one", [...TEXTS, "gone again"], 1)
  counts.add("one", ["gone again"], -1)
  counts.add("two", ["policy"], 1)
  await database.write((transaction) => counts.write(transaction))
  const expected = new Map<string, number>([["two policy", 1]])
  for (const text of TEXTS) {
    for (const term of new Set(contentTerms(text))) {
      expected.set(`one ${term}`, (expected.get(`one ${term}`) ?? 0) + 1)
    }
  }
  const rows = await database.read.select().from(termStatistics)
  expect(new Map(rows.map(({ collectionId, term, chunks }) => [`${collectionId} ${term}`, chunks]))).toEqual(expected)
  expect(expected.get("one leav")).toBe(2)
})
