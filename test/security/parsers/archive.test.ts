import { existsSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32, deflateRawSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { storedZip } from "../../../ingest/parse/zip-write.ts"
import { readDocument, refusalOf } from "../../support/parse-document.ts"
import { zip } from "../../support/zip.ts"

/** Offsets in the header of an entry, counted from its mark. */
const SIZES = { local: 18, directory: 20 }

/** An archive of one compressed entry that states a size and a check sum of its own. */
function packed(content: Buffer, stated: { readonly size?: number } = {}): Buffer {
  const data = deflateRawSync(content)
  const archive = storedZip(new Map([["a.txt", data]]))
  for (const [mark, at] of [
    ["PK\u0003\u0004", SIZES.local],
    ["PK\u0001\u0002", SIZES.directory],
  ] as const) {
    const start = archive.indexOf(mark, 0, "latin1")
    archive.writeUInt16LE(8, start + at - 10) // deflated
    archive.writeUInt32LE(crc32(content), start + at - 4)
    archive.writeUInt32LE(stated.size ?? content.length, start + at + 4)
  }
  return archive
}

describe("A6: names and counts in archives", () => {
  test.each([
    ["a name that climbs out", { "../../x.txt": "x" }],
    ["an absolute name", { "/etc/x.txt": "x" }],
    ["a drive", { "C:/x.txt": "x" }],
    ["a backslash", { "..\\x.txt": "x" }],
    ["a zero byte", { "a\0.txt": "x" }],
  ])("%s is `archive-entry`", async (_, members) => {
    expect(await refusalOf("a.zip", zip(members))).toBe("archive-entry")
  })

  test("two entries of one name are `archive-entry`", async () => {
    const archive = zip({ "a.txt": "one", "b.txt": "two" })
    for (let at = archive.indexOf("b.txt"); at >= 0; at = archive.indexOf("b.txt", at)) archive.write("a.txt", at)
    expect(await refusalOf("a.zip", archive)).toBe("archive-entry")
  })

  test("70,000 entries are `archive-entry`, at once", async () => {
    const members = new Map(Array.from({ length: 65_000 }, (_, index) => [`${index}.txt`, Buffer.from("x")] as const))
    expect(await refusalOf("a.zip", storedZip(members))).toBe("archive-entry")
  })

  test("nothing is written beside the folder that is given", async () => {
    const name = `escaped-${process.pid}.txt`
    await refusalOf("a.zip", zip({ [`../${name}`]: "x" }))
    await readDocument("a.zip", zip({ [`folder/${name}`]: "x" }))
    expect([tmpdir(), join(tmpdir(), ".."), process.cwd()].filter((folder) => existsSync(join(folder, name)))).toEqual(
      [],
    )
  })

  test("an archive that contains itself ends at its second level", async () => {
    const inner = storedZip(new Map([["again.zip", storedZip(new Map([["again.zip", Buffer.from(zip({ a: "x" }))]]))]]))
    const first = await readDocument("again.zip", inner)
    const second = await readDocument("again.zip/again.zip", first.files.get("again.zip") ?? "")
    expect([...second.files.keys()]).toEqual([])
    expect(second.refused.get("again.zip")).toBe("too-deep")
  })
})

describe("A7: archives that lie or are damaged", () => {
  test.each([
    ["a size below the real one", packed(Buffer.alloc(100_000, "tide "), { size: 10_000 }), "archive-corrupt"],
    ["a size above the real one", packed(Buffer.alloc(10_000, "tide "), { size: 10_100 }), "archive-corrupt"],
    ["a check sum of something else", damaged(), "archive-corrupt"],
    ["a directory that is cut", zip({ "a.txt": "words" }).subarray(0, -30), "archive-corrupt"],
    ["a password", zip({ "a.txt": "words" }, { isEncrypted: true }), "encrypted"],
  ])("%s is refused with its code", async (_, archive, code) => {
    expect(await refusalOf("a.zip", archive)).toBe(code)
  })
})

function damaged(): Buffer {
  const archive = zip({ "a.txt": "words" })
  archive.write("sword", archive.indexOf("words"))
  return archive
}

describe("A1, RL3: archives that unpack to too much", () => {
  test("one entry of a thousand to one is `archive-ratio`", async () => {
    expect(await refusalOf("a.zip", packed(Buffer.alloc(8 * 1024 * 1024)))).toBe("archive-ratio")
  })

  test("sizes that add up beyond the limit are `archive-ratio` before anything is unpacked", async () => {
    expect(await refusalOf("a.zip", packed(Buffer.alloc(1000), { size: 300 * 1024 * 1024 }))).toBe("archive-ratio")
  })
})
