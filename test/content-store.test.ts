import { readdirSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { sha256 } from "../src/core/hash.ts"
import { createContentStore } from "../src/db/files.ts"
import { temporaryFolder } from "./support/folder.ts"

test("ContentStore gives back what was written, by its hash", async () => {
  const store = createContentStore(temporaryFolder())
  const hash = await store.write("Grüße")
  expect(hash).toBe(sha256("Grüße"))
  expect((await store.read(hash))?.toString("utf8")).toBe("Grüße")
})

test("ContentStore refuses content that no longer matches its name", async () => {
  const store = createContentStore(temporaryFolder())
  const hash = await store.write("sixteen weeks")
  writeFileSync(store.pathOf(hash), "seventeen weeks")
  expect(await store.read(hash)).toBeUndefined()
})

test("ContentStore knows nothing of a hash that was never written or was removed", async () => {
  const store = createContentStore(temporaryFolder())
  expect(await store.read(sha256("never"))).toBeUndefined()
  const hash = await store.write("gone")
  await store.remove(hash)
  expect(await store.read(hash)).toBeUndefined()
})

test("ContentStore leaves no temporary file, also when the same content comes twice at once", async () => {
  const folder = temporaryFolder()
  const store = createContentStore(folder)
  const [first, second] = await Promise.all([store.write("same"), store.write("same")])
  expect(first).toBe(second)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.map((file) => file.name)).toEqual([first])
})

test("ContentStore writes a damaged file anew, also one of the same size", async () => {
  const store = createContentStore(temporaryFolder())
  const hash = await store.write("whole")
  writeFileSync(store.pathOf(hash), "hole!")
  await store.write("whole")
  expect((await store.read(hash))?.toString("utf8")).toBe("whole")
})
