import { join } from "node:path"
import { expect, test } from "vitest"
import { accept } from "../../ingest/accept.ts"
import { findLeftovers } from "../../src/app/doctor-files.ts"
import { sha256 } from "../../src/core/hash.ts"
import type { CollectionId, Revision } from "../../src/core/types.ts"
import { openDatabase } from "../../src/db/client.ts"
import { createContentStore } from "../../src/db/files.ts"
import { acceptContent } from "../support/accept-content.ts"
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

test("findLeftovers() names bytes whose only job was overtaken just before the process ended", async () => {
  const folder = temporaryFolder()
  const database = await openDatabase(folder)
  const originals = createContentStore(join(folder, "blobs"))
  const texts = createContentStore(join(folder, "texts"))
  const place = { collectionId: "default" as CollectionId, root: "", path: "a.md" }
  const facts = {
    mediaType: "text/markdown",
    sizeBytes: 1,
    modifiedAt: 1,
    title: null,
    fileStamp: null,
    parentId: null,
  }
  try {
    const stored: string[] = []
    for (const text of ["former", "newest"]) {
      const revision = (await originals.write(text)) as Revision
      await acceptContent(database, { ...place, ...facts, revision })
      stored.push(originals.pathOf(revision))
    }
    const leftovers = await findLeftovers({ database, originals, texts }, Number.POSITIVE_INFINITY)
    expect(leftovers.map(({ path }) => path)).toEqual(stored.slice(0, 1))
  } finally {
    await database.dispose()
  }
})
