import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Revision } from "../src/core/types.ts"
import { openDatabase } from "../src/db/client.ts"
import { DEFAULT_COLLECTION } from "../src/db/collections.ts"
import { countUnfinished } from "../src/db/jobs.ts"
import { acceptContent } from "./support/accept-content.ts"
import { createFakeEmbedder, type FakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase } from "./support/knowledge-base.ts"

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

describe("a data folder with a damaged part of the index is mended from SQL, and no document is lost", () => {
  const FILES = 12
  let original: string
  let docs: string
  let embedder: FakeEmbedder
  const models = () => ({ embedder, reader: createFakeReader(), dispose: async () => undefined })

  beforeAll(async () => {
    original = mkdtempSync(join(tmpdir(), "ibid-damage-"))
    docs = join(original, "docs")
    mkdirSync(docs)
    for (let number = 0; number < FILES; number++) {
      const filler = Array.from({ length: 60 }, (_, at) => `Sentence ${at} of note ${number} speaks of leave.`).join(
        " ",
      )
      writeFileSync(
        join(docs, `note-${number}.md`),
        `# Note ${number}\n\nThe word is ${canary(number)}.\n\n${filler}\n`,
      )
    }
    embedder = createFakeEmbedder()
    const base = await openTestBase(join(original, "data"), models())
    await base.ingest(docs)
    // a commit after the indexes were folded, so that the newest manifest is one of rows
    writeFileSync(join(docs, "note-0.md"), `# Note 0\n\nThe word is ${canary(0)} still.\n`)
    await base.parts.index.optimize()
    const folded = await base.parts.index.version()
    await base.ingest(join(docs, "note-0.md"))
    expect(await base.parts.index.version()).toBeGreaterThan(folded)
    await base.kb.dispose()
  }, 60_000)
  afterAll(() => rmSync(original, { recursive: true, force: true }))

  const zero = (file: string) => truncateSync(file, 0)
  const half = (file: string) => truncateSync(file, statSync(file).size >> 1)
  const remove = (file: string) => rmSync(file)
  const flip = (file: string) => {
    const content = readFileSync(file)
    for (let part = 1; part < 64; part++) {
      const at = Math.floor((content.length * part) / 64)
      content[at] = (content[at] ?? 0) ^ 0xff
    }
    writeFileSync(file, content)
  }
  const shapes: readonly (readonly [string, RegExp, (file: string) => void])[] = [
    ["the newest manifest without bytes", /_versions\/.*manifest$/, zero],
    ["the newest manifest cut in half", /_versions\/.*manifest$/, half],
    ["the newest manifest flipped", /_versions\/.*manifest$/, flip],
    ["the newest manifest missing", /_versions\/.*manifest$/, remove],
    ["a data file without bytes", /\/data\//, zero],
    ["a data file cut in half", /\/data\//, half],
    ["a data file flipped", /\/data\//, flip],
    ["a data file missing", /\/data\//, remove],
    ["the words of the full-text index missing", /part_\d+_tokens/, remove],
    ["the postings of the full-text index garbled", /part_\d+_invert/, flip],
    ["the documents of the full-text index garbled", /part_\d+_docs/, flip],
    ["a bitmap index garbled", /bitmap_page_lookup/, flip],
    ["a tree index missing", /\/page_data/, remove],
  ]
  test.each(shapes)("%s", async (_, pattern, damage) => {
    const { data, lance } = copy()
    const file = largestOrNewest(lance, pattern)
    damage(file)
    await expectMended(data)
  })

  test("one byte of a data file and of an index changed while the folder is open", async () => {
    for (const pattern of [/\/data\//, /part_\d+_docs/]) {
      const { data, lance } = copy()
      const base = await openTestBase(data, models())
      try {
        const file = largestOrNewest(lance, pattern)
        const content = readFileSync(file)
        content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1
        writeFileSync(file, content)
        expect((await base.kb.doctor({ repair: false })).violations).not.toEqual([])
        expect((await base.kb.doctor({ repair: true })).violations).toEqual([])
        expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
      } finally {
        await base.kb.dispose()
      }
    }
  })

  test("a sound folder: nothing is found and nothing done", async () => {
    const { data } = copy()
    const messages: string[] = []
    const base = await openTestBase(data, models(), { log: (_, message) => void messages.push(message) })
    const embedded = embedder.embedded
    try {
      const version = await base.parts.index.version()
      const report = await base.kb.doctor({ repair: true })
      expect(report).toMatchObject({ violations: [], documents: FILES, notes: [expect.stringContaining("checked")] })
      expect(messages).toEqual([])
      expect(await base.parts.index.version()).toBe(version)
      expect(embedder.embedded).toBe(embedded)
    } finally {
      await base.kb.dispose()
    }
  })

  test("the whole folder of the index missing", async () => {
    const { data, lance } = copy()
    rmSync(lance, { recursive: true })
    await expectMended(data)
  })

  test("stored texts missing and flipped are read again from the originals", async () => {
    const { data } = copy()
    const [first, second] = filesBelow(join(data, "texts"))
    if (first === undefined || second === undefined) throw new RangeError("two texts are needed")
    rmSync(first)
    flip(second)
    await expectMended(data)
  })

  test("an original that is gone is fetched again from its folder", async () => {
    const { data } = copy()
    const [first, second] = filesBelow(join(data, "blobs"))
    if (first === undefined || second === undefined) throw new RangeError("two originals are needed")
    rmSync(first)
    flip(second)
    await expectMended(data)
  })

  test("what cannot be mended is listed, and the rest is", async () => {
    const { data, lance } = copy()
    rmSync(lance, { recursive: true })
    const base = await openTestBase(data, models())
    const [lost] = (await base.kb.listDocuments({ principal: ADMIN })).data
    if (lost === undefined) throw new RangeError("a document is needed")
    rmSync(base.parts.originals.pathOf(lost.revision))
    const moved = `${docs}-elsewhere`
    cpSync(docs, moved, { recursive: true })
    rmSync(docs, { recursive: true })
    try {
      const report = await base.kb.doctor({ repair: true })
      expect(report.violations.map(({ invariant, documentId }) => [invariant, documentId])).toEqual([["V8", lost.id]])
      expect(report.notes).toContainEqual(expect.stringContaining("has to be given again"))
    } finally {
      cpSync(moved, docs, { recursive: true })
      rmSync(moved, { recursive: true })
      await base.kb.dispose()
    }
  })

  function copy() {
    const data = join(temporaryFolder(), "data")
    cpSync(join(original, "data"), data, { recursive: true, preserveTimestamps: true })
    return { data, lance: join(data, "lance") }
  }

  /** Found when the folder is opened or by the doctor, mended by it, and every document is found by its own word. */
  async function expectMended(data: string): Promise<void> {
    const found: unknown[] = []
    const log = (level: string, message: string) => void (level !== "debug" && found.push(message))
    const base = await openTestBase(data, models(), { log })
    try {
      const atStart = found.length
      const first = await base.kb.doctor({ repair: true })
      expect(atStart + found.length + first.notes.length, "something was found").toBeGreaterThan(1)
      expect(first.violations).toEqual([])
      const second = await base.kb.doctor({ repair: false })
      expect(second).toMatchObject({ violations: [], documents: FILES })
      expect(readdirSync(join(data, "lance")).sort()).toEqual(["test.lance", "test.seal"])
      for (let number = 0; number < FILES; number++) {
        const { passages, degraded } = await base.kb.search({ question: canary(number) }, { principal: ADMIN })
        expect(degraded ?? []).toEqual([])
        expect(passages.map(({ path }) => path)).toContain(`note-${number}.md`)
      }
    } finally {
      await base.kb.dispose()
    }
  }
})

const canary = (number: number): string => `zeppelin${"abcdefghijklmnopqrstuvwxyz"[number]}quartz`

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The newest manifest, which has the smallest name, or the largest file of the others. */
function largestOrNewest(folder: string, pattern: RegExp): string {
  const files = filesBelow(folder).filter((path) => pattern.test(path))
  const [first] = files.some((path) => path.endsWith(".manifest"))
    ? files.sort()
    : files.sort((a, b) => statSync(b).size - statSync(a).size)
  if (first === undefined) throw new RangeError(`No file of the index is ${pattern}`)
  return first
}
