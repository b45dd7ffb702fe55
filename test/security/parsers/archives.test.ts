/** Rows A1, A6 and A7 of the attack table: archives, whatever the parser that opens them. */
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { openZip } from "../../../ingest/parse/zip.ts"
import { createParserHost } from "../../../ingest/parser-host.ts"
import { temporaryFolder } from "../../support/folder.ts"
import { docx, wordParagraph, zip } from "../../support/zip.ts"

const MB = 1024 * 1024
const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

const host = createParserHost({ timeoutMs: 60_000, memoryMb: 512, log: () => undefined })
afterAll(async () => await host.dispose())

/** Parses in the parser process; `folder` is where embedded files may be written. */
async function parse(bytes: Uint8Array, name: string, mediaType: string, folder?: string): Promise<string> {
  const file = join(temporaryFolder(), "stored")
  writeFileSync(file, bytes)
  const work = { file, path: name, mediaType, ...(folder !== undefined && { embeddedFolder: folder }) }
  return (await host.parse(work)).document.text
}

async function open(bytes: Uint8Array): Promise<number> {
  return (await openZip(bytes, "a.zip")).entries.length
}

/** Offset of the only entry of the directory. */
function entryOf(archive: Buffer): number {
  return archive.indexOf("PK\u0001\u0002", 0, "latin1")
}

describe("A1, an archive that unpacks to far more than it has", () => {
  test("a Word document of 64 MB in 64 KB is refused before it is unpacked", async () => {
    const bomb = zip({ "word/document.xml": Buffer.alloc(64 * MB, " ") }, { isDeflated: true })
    expect(bomb.length).toBeLessThan(MB / 8)
    await parse(docx(wordParagraph("warm")), "warm.docx", DOCX)
    const before = process.memoryUsage().rss
    await expect(parse(bomb, "bomb.docx", DOCX)).rejects.toMatchObject({ code: "archive-ratio" })
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MB)
    expect(await parse(docx(wordParagraph("next")), "next.docx", DOCX)).toBe("next")
  })

  test("many entries that are one and the same add up", async () => {
    const single = zip({ a: Buffer.alloc(MB, "x") }, { isDeflated: true })
    const at = entryOf(single)
    const entry = single.subarray(at, single.length - 22)
    const entries = Array.from({ length: 300 }, (_, index) => {
      const copy = Buffer.concat([entry, Buffer.from(String(index).padStart(4, "0"))])
      copy.writeUInt16LE(5, 28) // The name has five characters now.
      return copy
    })
    const end = Buffer.from(single.subarray(single.length - 22))
    end.writeUInt16LE(entries.length, 8)
    end.writeUInt16LE(entries.length, 10)
    end.writeUInt32LE(Buffer.concat(entries).length, 12)
    const archive = Buffer.concat([single.subarray(0, at), ...entries, end])
    await expect(open(archive)).rejects.toMatchObject({ code: "archive-ratio" })
  })
})

describe("A6, names and numbers of entries", () => {
  test.each([
    ["leaves the archive", "../../x"],
    ["leaves a folder within", "a/../../x"],
    ["begins at the root", "/etc/x"],
    ["begins at a drive", "C:/x"],
    ["has a backslash", "..\\x"],
    ["has a zero byte", "a\0.txt"],
  ])("a name that %s is refused, and nothing is written", async (_, name) => {
    const parent = temporaryFolder()
    const folder = temporaryFolder()
    await expect(parse(zip({ fine: "x", [name]: "y" }), "a.zip", "application/zip", folder)).rejects.toMatchObject({
      code: "archive-entry",
    })
    expect(readdirSync(parent)).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  test("two entries of one name are refused", async () => {
    const archive = zip({ "a.txt": "one", "b.txt": "two" })
    archive.write("a.txt", archive.lastIndexOf("b.txt"), "latin1")
    await expect(open(archive)).rejects.toMatchObject({ code: "archive-entry" })
  })

  test("60,000 entries are refused", async () => {
    const members = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [String(index), ""]))
    await expect(open(zip(members))).rejects.toMatchObject({ code: "archive-entry" })
  })

  test("70,000 entries, which need the larger kind of directory, are refused", async () => {
    const archive = zip({ a: "x" })
    const at = entryOf(archive)
    const directory = archive.subarray(at, archive.length - 22)
    const large = Buffer.alloc(56)
    large.write("PK\u0006\u0006", "latin1")
    large.writeBigUInt64LE(44n, 4)
    large.writeBigUInt64LE(70_000n, 24)
    large.writeBigUInt64LE(70_000n, 32)
    large.writeBigUInt64LE(BigInt(directory.length), 40)
    large.writeBigUInt64LE(BigInt(at), 48)
    const locator = Buffer.alloc(20)
    locator.write("PK\u0006\u0007", "latin1")
    locator.writeBigUInt64LE(BigInt(archive.length - 22), 8)
    locator.writeUInt32LE(1, 16)
    const end = Buffer.alloc(22, 0xff)
    end.write("PK\u0005\u0006", "latin1")
    end.writeUInt32LE(0, 4)
    end.writeUInt16LE(0, 20)
    const whole = Buffer.concat([archive.subarray(0, archive.length - 22), large, locator, end])
    await expect(open(whole)).rejects.toMatchObject({ code: "archive-entry" })
  })

  test("an archive in an archive is handed over as a file and not opened", async () => {
    const folder = temporaryFolder()
    const inner = zip({ "../../x": "y" })
    expect(await parse(zip({ "inner.zip": inner }), "a.zip", "application/zip", folder)).toBe("inner.zip")
    expect(readdirSync(folder)).toEqual(["1"])
  })
})

describe("A7, directories that lie", () => {
  const text = "x".repeat(10_000)

  test.each([
    ["smaller", 100],
    ["larger", 20_000],
  ])("a stated size that is %s than the content is seen without unpacking more", async (_, size) => {
    const archive = zip({ "a.txt": text }, { isDeflated: true })
    archive.writeUInt32LE(size, entryOf(archive) + 24)
    const opened = await openZip(archive, "a.zip")
    expect(() => opened.read("a.txt")).toThrow(expect.objectContaining({ code: "archive-corrupt" }))
  })

  test("content that is not what was packed is refused", async () => {
    const archive = zip({ "a.txt": text })
    archive.write("y", archive.indexOf("xxx"), "latin1")
    const opened = await openZip(archive, "a.zip")
    expect(() => opened.read("a.txt")).toThrow(expect.objectContaining({ code: "archive-corrupt" }))
  })

  test.each([
    ["Word document", "a.docx", DOCX, { "word/document.xml": text }],
    ["archive", "a.zip", "application/zip", { "a.txt": text }],
  ] as const)("a %s that is cut off within its directory is damaged", async (_, name, type, members) => {
    const archive = zip(members)
    await expect(parse(archive.subarray(0, entryOf(archive) + 30), name, type)).rejects.toMatchObject({
      code: "archive-corrupt",
    })
  })

  test("an entry that begins behind the end is refused", async () => {
    const archive = zip({ "a.txt": text })
    archive.writeUInt32LE(archive.length, entryOf(archive) + 42)
    const opened = await openZip(archive, "a.zip")
    expect(() => opened.read("a.txt")).toThrow(expect.objectContaining({ code: "archive-corrupt" }))
  })

  test.each([
    ["Word document", "a.docx", DOCX],
    ["archive", "a.zip", "application/zip"],
  ])("an encrypted %s is `encrypted`", async (_, name, type) => {
    await expect(parse(zip({ "word/document.xml": text }, { isEncrypted: true }), name, type)).rejects.toMatchObject({
      code: "encrypted",
    })
  })
})
