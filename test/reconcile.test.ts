import { cpSync, mkdirSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { eq } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { sha256 } from "../src/core/hash.ts"
import type { DocumentId } from "../src/core/types.ts"
import { markRemoved } from "../src/db/removals.ts"
import { documents, jobs } from "../src/db/schema.ts"
import { findSource } from "../src/db/sources.ts"
import { acceptContent } from "./support/accept-content.ts"
import { COLLECTION, openReconciledFolder, type ReconciledFolder } from "./support/reconciled-folder.ts"

async function folderOf(files: Readonly<Record<string, string>>): Promise<ReconciledFolder> {
  const folder = await openReconciledFolder()
  for (const [path, text] of Object.entries(files)) folder.write(path, text)
  await folder.pass()
  return folder
}

const rename = ({ root }: ReconciledFolder, from: string, to: string) => renameSync(join(root, from), join(root, to))
const changes = (lines: readonly string[]) => lines.filter((line) => !line.startsWith("unchanged"))
const sourceOf = ({ database, root }: ReconciledFolder) => findSource(database.read, { collectionId: COLLECTION, root })

/** Ten files of one word each: few enough to lose one, enough to lose too many. */
const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`${number}.md`, `text ${number}`]))

describe("reconcile()", () => {
  test("accepts what is new, in the order of the bytes of the names", async () => {
    const folder = await openReconciledFolder()
    for (const path of ["b.md", "a/z.md", "a/B.md", "a.md", "é.md", "Z.md"]) folder.write(path, path)
    expect(await folder.steps()).toMatchObject([
      { found: 6 },
      ...["Z.md", "a/B.md", "a/z.md", "a.md", "b.md", "é.md"].map((path) => ({ accepted: { path } })),
    ])
  })

  test("tells what became of the files of a group in their order, whatever became of them", async () => {
    const folder = await folderOf({ "b.md": "same", "d.md": "other" })
    folder.write("a.md", "new")
    utimesSync(join(folder.root, "b.md"), 1_700_000_000, 1_700_000_000)
    folder.write("c.md", "")
    folder.write("e.md", "\u0001\u0002\u0003".repeat(100))
    folder.write("f.md", "also new")
    expect(await folder.pass()).toEqual([
      ...["accepted a.md", "unchanged b.md", "failed c.md empty-file", "unchanged d.md"],
      ...["failed e.md type-mismatch", "accepted f.md"],
    ])
  })

  test("accepts the files of a group one by one where SQL refuses one of them", async () => {
    const folder = await openReconciledFolder()
    for (const path of ["a.md", "b.md", "c.md"]) folder.write(path, path)
    await folder.database.write((transaction) =>
      transaction.run(`CREATE TRIGGER refuse BEFORE INSERT ON jobs WHEN new.path = 'b.md'
        BEGIN SELECT raise(ABORT, 'not this one'); END`),
    )
    expect(await folder.pass()).toEqual(["accepted a.md", "failed b.md internal", "accepted c.md"])
    expect(Object.keys(await folder.ids())).toEqual(["a.md", "c.md"])
  })

  test("does not read a file whose stamp is the stored one", async () => {
    const folder = await folderOf({ "a.md": "one" })
    const revision = sha256("not the content of the file")
    await folder.database.write((transaction) =>
      transaction.update(documents).set({ revision, indexedRevision: revision }),
    )
    expect(await folder.pass()).toEqual(["unchanged a.md"])
  })

  test("reads a file of new times once, and keeps the stamp of one whose content is the same", async () => {
    const folder = await folderOf({ "a.md": "one" })
    utimesSync(join(folder.root, "a.md"), 1_700_000_000, 1_700_000_000)
    expect(await folder.pass()).toEqual(["unchanged a.md"])
    const [row] = await folder.database.read.select().from(documents)
    expect(row).toMatchObject({
      modifiedAt: 1_700_000_000_000,
      fileStamp: expect.stringContaining("17000000000000000"),
    })
  })

  test("accepts a new content under the same id", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    const before = await folder.ids()
    folder.write("a.md", "another")
    expect(await folder.pass()).toEqual(["accepted a.md", "unchanged b.md"])
    expect(await folder.ids()).toEqual(before)
  })

  test("does not accept twice what waits in the queue", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "one")
    writeFileSync(join(folder.root, "young.md"), "two")
    await folder.steps()
    expect(await folder.steps()).toEqual([{ found: 2 }])
    expect(await folder.database.read.select().from(jobs)).toHaveLength(2)
  })

  test("removes the document of a file that is gone, where it is asked to", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    unlinkSync(join(folder.root, "a.md"))
    expect(await folder.pass({ removeMissing: false })).toEqual(["unchanged b.md"])
    expect(await folder.pass()).toEqual(["removed a.md", "unchanged b.md"])
    expect(Object.keys(await folder.ids())).toEqual(["b.md"])
  })

  test("lists what is refused once, and reads it again when it has changed or is asked to", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.bin", "\u0000\u0001\u0002\u0003")
    folder.write("large.md", "x".repeat(10_001))
    expect(await folder.pass()).toEqual(["failed a.bin unsupported-type", "failed large.md file-too-large"])
    expect(await folder.pass()).toEqual([])
    expect(await folder.pass({ retryFailed: true })).toEqual([
      "failed a.bin unsupported-type",
      "failed large.md file-too-large",
    ])
    folder.write("large.md", "small by now")
    expect(await folder.pass()).toEqual(["accepted large.md"])
  })

  test("leaves a file alone that is being written, and takes it when it has settled", async () => {
    const folder = await openReconciledFolder()
    writeFileSync(join(folder.root, "a.md"), "half of a sen")
    const [, step] = await folder.steps({ settleMs: 2_000 })
    expect(step).toMatchObject({ unsettled: { absolutePath: join(folder.root, "a.md") } })
    const { retryAfterMs } = step !== undefined && "unsettled" in step ? step.unsettled : { retryAfterMs: 0 }
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(2_000)
    folder.write("a.md", "half of a sentence, and the other half")
    expect(await folder.pass({ settleMs: 2_000 })).toEqual(["accepted a.md"])
  })

  test("takes a file that is written to without a pause as it is, when it is told to", async () => {
    const folder = await openReconciledFolder()
    for (const path of ["a.log", "b.log"]) writeFileSync(join(folder.root, path), "line after line")
    const impatientFor = new Set([join(folder.root, "b.log")])
    expect(await folder.pass({ settleMs: 2_000, impatientFor })).toEqual(["unsettled a.log", "accepted b.log"])
  })

  test("looks at one file alone, and sees that it was renamed", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    rename(folder, "a.md", "c.md")
    folder.write("d.md", "three")
    expect(await folder.pass({ removeMissing: false, only: "c.md" })).toEqual(["moved a.md > c.md"])
    expect(await folder.pass({ removeMissing: false, only: "d.md" })).toEqual(["accepted d.md"])
  })
})

describe("reconcile() and renames", () => {
  test("keeps the document of a file that was renamed", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    const { "a.md": id } = await folder.ids()
    rename(folder, "a.md", "z.md")
    expect(changes(await folder.pass())).toEqual(["moved a.md > z.md"])
    expect(await folder.ids()).toMatchObject({ "z.md": id })
    expect(changes(await folder.pass())).toEqual([])
  })

  test("keeps the documents of a folder that was renamed", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, number) => [`old/${number}/a.md`, `text ${number}`]),
    )
    const folder = await folderOf(files)
    const before = await folder.ids()
    rename(folder, "old", "new")
    const lines = await folder.pass()
    expect(lines.filter((line) => line.startsWith("moved"))).toHaveLength(60)
    expect(changes(lines)).toHaveLength(60)
    const renamed = Object.entries(before).map(([path, id]) => [path.replace("old/", "new/"), id])
    expect(await folder.ids()).toEqual(Object.fromEntries(renamed))
  })

  test("removes the document of a file that another one was renamed over", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    const { "a.md": id } = await folder.ids()
    rename(folder, "a.md", "b.md")
    expect(await folder.pass()).toEqual(["removed b.md", "moved a.md > b.md"])
    expect(await folder.ids()).toEqual({ "b.md": id })
  })

  test("sees that two files have exchanged their names", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two", "c.md": "three" })
    const { "a.md": a, "b.md": b, "c.md": c } = await folder.ids()
    rename(folder, "a.md", "aside")
    rename(folder, "b.md", "a.md")
    rename(folder, "aside", "b.md")
    expect(changes(await folder.pass())).toEqual(["moved b.md > a.md", "moved a.md > b.md"])
    expect(await folder.ids()).toEqual({ "a.md": b, "b.md": a, "c.md": c })
  })

  test("sees names change hands in a row, with a new file at the first", async () => {
    const folder = await folderOf({ "1.md": "one", "2.md": "two", "3.md": "three" })
    const { "1.md": one, "2.md": two } = await folder.ids()
    rename(folder, "2.md", "3.md")
    rename(folder, "1.md", "2.md")
    folder.write("1.md", "new")
    expect(await folder.pass()).toEqual(["moved 1.md > 2.md", "removed 3.md", "moved 2.md > 3.md", "accepted 1.md"])
    const after = await folder.ids()
    expect(after).toMatchObject({ "2.md": one, "3.md": two })
    expect([one, two]).not.toContain(after["1.md"])
  })

  test("sees a rename of case alone", async () => {
    const folder = await folderOf({ "Report.md": "one", "b.md": "two" })
    const { "Report.md": id } = await folder.ids()
    rename(folder, "Report.md", "report.md")
    expect(changes(await folder.pass())).toEqual(["moved Report.md > report.md"])
    expect(await folder.ids()).toMatchObject({ "report.md": id })
  })

  test("knows a file by its content when it is a copy and the first one is gone", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    const { "a.md": id } = await folder.ids()
    mkdirSync(join(folder.root, "new"))
    cpSync(join(folder.root, "a.md"), join(folder.root, "new/c.md"))
    unlinkSync(join(folder.root, "a.md"))
    expect(changes(await folder.pass())).toEqual(["moved a.md > new/c.md"])
    expect(await folder.ids()).toMatchObject({ "new/c.md": id })
  })

  test("does not remove what may be the file that is being written", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    unlinkSync(join(folder.root, "a.md"))
    writeFileSync(join(folder.root, "c.md"), "one")
    expect(changes(await folder.pass({ settleMs: 2_000 }))).toEqual(["unsettled c.md"])
    folder.write("c.md", "one")
    expect(changes(await folder.pass({ settleMs: 2_000 }))).toEqual(["moved a.md > c.md"])
  })

  test("takes a copy for a document of its own while the first one stands", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    cpSync(join(folder.root, "a.md"), join(folder.root, "copy.md"))
    expect(changes(await folder.pass())).toEqual(["accepted copy.md"])
  })

  test("takes a file with another ending for another document", async () => {
    const folder = await folderOf({ "a.txt": "# one", "b.md": "two" })
    rename(folder, "a.txt", "a.md")
    expect(changes(await folder.pass())).toEqual(["removed a.txt", "accepted a.md"])
  })

  test("follows a file that becomes a folder of the same name, and back", async () => {
    const folder = await folderOf({ "notes.md": "one", "b.md": "two" })
    unlinkSync(join(folder.root, "notes.md"))
    folder.write("notes.md/part.md", "three")
    expect(changes(await folder.pass())).toEqual(["removed notes.md", "accepted notes.md/part.md"])
    rmSync(join(folder.root, "notes.md"), { recursive: true })
    folder.write("notes.md", "four")
    expect(changes(await folder.pass())).toEqual(["removed notes.md/part.md", "accepted notes.md"])
  })

  test("takes along what is embedded in a document, and removes it with its document", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    const { "a.md": id } = await folder.ids()
    const { documentId } = await acceptContent(folder.database, {
      ...{ collectionId: COLLECTION, root: folder.root, path: "a.md/inner.txt", parentId: id as DocumentId },
      ...{ revision: sha256("inner") as never, mediaType: "text/plain", sizeBytes: 5, modifiedAt: 1, title: null },
      fileStamp: null,
    })
    rename(folder, "a.md", "c.md")
    await folder.pass()
    expect(await folder.ids()).toMatchObject({ "c.md": id, "c.md/inner.txt": documentId })
    unlinkSync(join(folder.root, "c.md"))
    expect(changes(await folder.pass())).toEqual(["removed c.md"])
    expect(Object.keys(await folder.ids())).toEqual(["b.md"])
  })

  test("gives a job that waits the new path", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "one")
    await folder.steps()
    rename(folder, "a.md", "b.md")
    await folder.steps()
    expect(await folder.database.read.select({ path: jobs.path }).from(jobs)).toEqual([{ path: "b.md" }])
  })
})

describe("reconcile() and folders within folders", () => {
  test("makes no document twice, whichever folder is looked at first", async () => {
    const folder = await folderOf({ "a.md": "one", "inner/b.md": "two" })
    const inner = join(folder.root, "inner")
    expect(await folder.pass({ removeMissing: false }, inner)).toEqual(["unchanged inner/b.md"])
    folder.write("inner/c.md", "three")
    expect(await folder.pass({ removeMissing: false }, inner)).toEqual(["unchanged inner/b.md", "accepted inner/c.md"])
    expect(Object.keys(await folder.ids())).toEqual(["a.md", "inner/b.md", "inner/c.md"])
  })

  test("puts what is new into the deepest folder that is known, and renames across them", async () => {
    const folder = await openReconciledFolder()
    folder.write("inner/b.md", "two")
    const { root, database } = folder
    await acceptContent(database, {
      ...{ collectionId: COLLECTION, root: join(root, "inner"), path: "gone.md", parentId: null, fileStamp: null },
      ...{ revision: sha256("gone") as never, mediaType: "text/plain", sizeBytes: 4, modifiedAt: 1, title: null },
    })
    expect(changes(await folder.pass())).toEqual(["removed gone.md", "accepted b.md"])
    rename(folder, "inner/b.md", "b2.md")
    expect(await folder.pass()).toEqual(["moved b.md > b2.md"])
    expect(Object.keys(await folder.ids())).toEqual(["b2.md"])
  })
})

describe("reconcile() and what may not be removed", () => {
  const paused = (lines: readonly string[]) => lines.filter((line) => line.startsWith("source-paused"))

  test("pauses when the folder is gone, and goes on when it comes back", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    renameSync(folder.root, `${folder.root}-elsewhere`)
    const reason = "The folder is gone: 2 of 2 documents would be removed"
    expect(await folder.pass()).toEqual([`source-paused ${reason}`])
    expect(await sourceOf(folder)).toMatchObject({ pauseReason: reason, pausedAt: expect.any(Number) })
    renameSync(`${folder.root}-elsewhere`, folder.root)
    expect(await folder.pass()).toEqual(["unchanged a.md", "unchanged b.md"])
    expect(await sourceOf(folder)).toMatchObject({ pauseReason: null, pausedAt: null })
  })

  test("pauses when another folder stands in its place, and takes nothing from it", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    renameSync(folder.root, `${folder.root}-elsewhere`)
    mkdirSync(folder.root)
    folder.write("b.md", "something else")
    folder.write("other.md", "other")
    expect(await folder.pass()).toEqual([
      "source-paused Another folder stands in its place: 1 of 2 documents would be removed",
    ])
    expect(Object.keys(await folder.ids())).toEqual(["a.md", "b.md"])
  })

  test("takes another folder with the same files for the same one", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    cpSync(folder.root, `${folder.root}-copy`, { recursive: true })
    rmSync(folder.root, { recursive: true })
    renameSync(`${folder.root}-copy`, folder.root)
    expect(await folder.pass()).toEqual(["unchanged a.md", "unchanged b.md"])
    unlinkSync(join(folder.root, "a.md"))
    expect(await folder.pass()).toEqual(["removed a.md", "unchanged b.md"])
  })

  test("pauses when the folder is empty and was not", async () => {
    const folder = await folderOf({ "a.md": "one" })
    unlinkSync(join(folder.root, "a.md"))
    expect(await folder.pass()).toEqual(["source-paused The folder is empty: 1 of 1 documents would be removed"])
  })

  test("removes four of ten at once, and pauses at five", async () => {
    const folder = await folderOf(TEN)
    for (const number of [0, 1, 2, 3]) unlinkSync(join(folder.root, `${number}.md`))
    expect(changes(await folder.pass())).toEqual(["removed 0.md", "removed 1.md", "removed 2.md", "removed 3.md"])
    const other = await folderOf(TEN)
    for (const number of [0, 1, 2, 3, 4]) unlinkSync(join(other.root, `${number}.md`))
    expect(await other.pass()).toEqual([
      "source-paused Many files are gone at once: 5 of 10 documents would be removed",
    ])
  })

  test("counts what was removed in the last minutes", async () => {
    const folder = await folderOf(TEN)
    unlinkSync(join(folder.root, "0.md"))
    expect(paused(await folder.pass({ recentlyRemoved: 4 }))).toHaveLength(1)
  })

  test("pauses for renames no more than for anything else that removes nothing", async () => {
    const folder = await folderOf(TEN)
    mkdirSync(join(folder.root, "new"))
    for (const path of Object.keys(TEN)) rename(folder, path, `new/${path}`)
    expect(changes(await folder.pass())).toHaveLength(10)
  })

  test("stays paused until all files are back or a person confirms", async () => {
    const folder = await folderOf(TEN)
    mkdirSync(join(folder.root, "../aside"))
    for (const number of [0, 1, 2, 3, 4]) rename(folder, `${number}.md`, `../aside/${number}.md`)
    await folder.pass()
    rename(folder, "../aside/0.md", "0.md")
    folder.write("new.md", "new")
    expect(await folder.pass()).toEqual([
      "source-paused Some files have not come back: 4 of 10 documents would be removed",
    ])
    expect(changes(await folder.pass({ confirmRemoval: true }))).toEqual([
      ...[1, 2, 3, 4].map((number) => `removed ${number}.md`),
      "accepted new.md",
    ])
    expect(await sourceOf(folder)).toMatchObject({ pausedAt: null })
  })

  test("removes everything of a folder that is gone when a person confirms", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    rmSync(folder.root, { recursive: true })
    expect(await folder.pass({ confirmRemoval: true })).toEqual(["removed a.md", "removed b.md"])
    expect(await folder.pass()).toEqual([`failed ${folder.root} path-not-found`])
  })

  test("says nothing of what stands in a folder that cannot be looked at", async () => {
    const folder = await folderOf({ "a.md": "one", "closed/b.md": "two", "closed/deep/c.md": "three" })
    mkdirSync(join(folder.root, "closed", ".ibidignore"))
    expect(await folder.pass()).toEqual(["failed closed not-a-file", "unchanged a.md"])
    expect(Object.keys(await folder.ids())).toEqual(["a.md", "closed/b.md", "closed/deep/c.md"])
  })
})

describe("reconcile() and patterns", () => {
  test("leaves out what the ignore files name; the deeper one wins", async () => {
    const folder = await openReconciledFolder()
    const files = {
      "a.md": "1",
      "a.log": "2",
      "build/x.md": "3",
      "sub/b.log": "4",
      "sub/keep.log": "5",
      "sub/t/c.md": "6",
    }
    for (const [path, text] of Object.entries(files)) folder.write(path, text)
    folder.write(".ibidignore", "# what is made\n*.log\n/build/\n")
    folder.write("sub/.ibidignore", "!keep.log\nt\n")
    expect(await folder.pass()).toEqual(["accepted a.md", "accepted sub/keep.log"])
  })

  test("leaves out what the settings name, and removes what was taken before", async () => {
    const folder = await folderOf({ "a.md": "1", "drafts/b.md": "2", "c.tmp.md": "3", "C.TMP.MD": "4" })
    expect(changes(await folder.pass({ ignore: ["drafts/", "*.tmp.md"] }))).toEqual([
      "removed c.tmp.md",
      "removed drafts/b.md",
    ])
  })

  test("takes a smaller limit of size", async () => {
    const folder = await openReconciledFolder()
    folder.write("a.md", "x".repeat(101))
    expect(await folder.pass({ maxFileBytes: 100 })).toEqual(["failed a.md file-too-large"])
    expect(await folder.pass({ maxFileBytes: 101 })).toEqual(["accepted a.md"])
  })
})

describe("moveDocuments()", () => {
  test("leaves a removed document alone that stood at the place", async () => {
    const folder = await folderOf({ "a.md": "one", "b.md": "two" })
    const { "a.md": a, "b.md": b } = await folder.ids()
    await markRemoved(folder.database, b as DocumentId)
    unlinkSync(join(folder.root, "b.md"))
    rename(folder, "a.md", "b.md")
    expect(await folder.pass()).toEqual(["moved a.md > b.md"])
    const [row] = await folder.database.read
      .select()
      .from(documents)
      .where(eq(documents.id, b ?? ""))
    expect(row).toMatchObject({ path: "b.md", removedAt: expect.any(Number) })
    expect(await folder.ids()).toEqual({ "b.md": a })
  })
})
