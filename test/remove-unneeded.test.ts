import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { removeUnneeded } from "../ingest/store.ts"
import { openDatabase } from "../src/db/client.ts"
import { createContentStore } from "../src/db/files.ts"
import { temporaryFolder } from "./support/folder.ts"

test("removeUnneeded() passes over a document that failed before it was read: it has no hash", async () => {
  const folder = temporaryFolder()
  const database = await openDatabase(folder)
  onTestFinished(() => database.dispose())
  const originals = createContentStore(join(folder, "blobs"))
  const texts = createContentStore(join(folder, "texts"))
  const hash = await originals.write(Buffer.from("an original"))
  await removeUnneeded(["", hash], { database, originals, texts })
  expect([await originals.read(hash), existsSync(join(folder, "blobs"))]).toEqual([undefined, true])
})
