import { join } from "node:path"
import { expect, test } from "vitest"
import { accept } from "../../ingest/accept.ts"
import { sha256 } from "../../src/core/hash.ts"
import type { CollectionId } from "../../src/core/types.ts"
import { openDatabase } from "../../src/db/client.ts"
import { createContentStore } from "../../src/db/files.ts"
import { temporaryFolder } from "../support/folder.ts"

test("accept() takes bytes off the disk that waited and were overtaken, unless another document needs them", async () => {
  const folder = temporaryFolder()
  const database = await openDatabase(folder)
  const originals = createContentStore(join(folder, "blobs"))
  const put = async (path: string, text: string): Promise<void> => {
    const content = { collectionId: "default" as CollectionId, root: "", path, bytes: Buffer.from(text), modifiedAt: 1 }
    await accept(content, { database, originals, maxFileBytes: 1_000 })
  }
  const isStored = async (text: string): Promise<boolean> => (await originals.read(sha256(text))) !== undefined
  try {
    await put("a.md", "alone")
    await put("a.md", "shared")
    await put("b.md", "shared")
    await put("a.md", "newest")
    expect([await isStored("alone"), await isStored("shared"), await isStored("newest")]).toEqual([false, true, true])
  } finally {
    await database.dispose()
  }
})
