import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { describe, expect, test } from "vitest"
import type { Revision } from "../src/core/types.ts"
import { openDatabase } from "../src/db/client.ts"
import { DEFAULT_COLLECTION } from "../src/db/collections.ts"
import { acceptContent } from "../src/db/documents.ts"
import { countUnfinished } from "../src/db/jobs.ts"
import { temporaryFolder } from "./support/folder.ts"

const DOCUMENTS = 12

/** A data folder whose database has documents and whose `blobs` has a file. */
async function filledFolder(): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = temporaryFolder()
  const database = await openDatabase(folder)
  for (let number = 0; number < DOCUMENTS; number++) {
    await acceptContent(database, {
      ...{ collectionId: DEFAULT_COLLECTION, root: "/docs", path: `${number}.txt`, mediaType: "text/plain" },
      ...{ revision: `r${number}` as Revision, sizeBytes: 3, modifiedAt: 1_000 },
      ...{ title: null, fileStamp: null, parentId: null },
    })
  }
  mkdirSync(join(folder, "blobs", "ab"), { recursive: true })
  writeFileSync(join(folder, "blobs", "ab", "ab12"), "an original")
  await database.dispose()
  return { folder, file: join(folder, "ibid.sqlite") }
}

function overwrite(file: string, from: number, bytes: Uint8Array): void {
  const content = readFileSync(file)
  content.set(bytes, from)
  writeFileSync(file, content)
}

describe("openDatabase() of a damaged file refuses, names the file and the command that restores it", () => {
  const shapes: readonly (readonly [string, (file: string) => void])[] = [
    ["a flip in the header", (file) => overwrite(file, 18, Uint8Array.of(0x41))],
    ["a flip in a page", (file) => overwrite(file, 2 * 4_096, new Uint8Array(8).fill(0xa5))],
    ["the second half missing", (file) => truncateSync(file, readFileSync(file).length >> 1)],
    ["no bytes at all", (file) => truncateSync(file, 0)],
    ["another format", (file) => overwrite(file, 18, Uint8Array.of(9, 9))],
    ["something that is no database", (file) => writeFileSync(file, "a note of some length\n".repeat(400))],
    ["nothing where it was", (file) => rmSync(file)],
  ]
  test.each(shapes)("%s", async (_, damage) => {
    const { folder, file } = await filledFolder()
    const copy = join(folder, "copy")
    copyFileSync(file, copy)
    damage(file)
    const damaged = existsSync(file) ? readFileSync(file) : undefined

    await expect(openDatabase(folder)).rejects.toMatchObject({
      code: "data-folder-damaged",
      message: expect.stringMatching(new RegExp(`${file} is damaged .*cp <backup>/ibid.sqlite "${file}"`)),
    })
    expect(existsSync(file) ? readFileSync(file) : undefined).toEqual(damaged)

    for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true })
    copyFileSync(copy, file)
    const database = await openDatabase(folder)
    expect(await countUnfinished(database.read)).toMatchObject({ index: DOCUMENTS })
    await database.dispose()
  })

  test("a flip of any one byte of the header is refused or loses nothing", async () => {
    const { folder, file } = await filledFolder()
    const sound = readFileSync(file)
    for (let at = 0; at < 100; at++) {
      const flipped = Buffer.from(sound)
      flipped[at] = (flipped[at] ?? 0) ^ 0x81
      writeFileSync(file, flipped)
      const opened = await openDatabase(folder).catch((error: unknown) => error)
      if (opened instanceof Error) {
        expect(opened).toMatchObject({ code: "data-folder-damaged" })
        continue
      }
      const database = opened as Awaited<ReturnType<typeof openDatabase>>
      expect(await countUnfinished(database.read), `byte ${at}`).toMatchObject({ index: DOCUMENTS })
      await database.dispose()
    }
  })

  test("the database of another program is refused", async () => {
    const folder = temporaryFolder()
    const client = createClient({ url: `file:${join(folder, "ibid.sqlite")}` })
    await client.execute("CREATE TABLE notes (text)")
    client.close()
    await expect(openDatabase(folder)).rejects.toMatchObject({ code: "data-folder-damaged" })
  })

  test("an empty file in a folder without documents is a beginning", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "ibid.sqlite"), "")
    const database = await openDatabase(folder)
    expect(await countUnfinished(database.read)).toEqual({ index: 0, recognise: 0 })
    await database.dispose()
  })
})
