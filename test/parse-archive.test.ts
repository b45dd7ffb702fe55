import { describe, expect, test } from "vitest"
import { storedZip } from "../ingest/parse/zip-write.ts"
import { readDocument } from "./support/parse-document.ts"

function archive(members: Readonly<Record<string, string | Uint8Array>>): Buffer {
  return storedZip(new Map(Object.entries(members).map(([name, content]) => [name, Buffer.from(content)])))
}

describe("archiveParser", () => {
  test("parse() lists what lies in the archive and hands over each file", async () => {
    const { text, files } = await readDocument(
      "offsite.zip",
      archive({ "plan/agenda.md": "# Agenda", "plan/costs.csv": "a,b\n1,2\n", "plan/": "" }),
    )
    expect(text).toBe("plan/agenda.md\nplan/costs.csv")
    expect([...files].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ["plan/agenda.md", "# Agenda"],
      ["plan/costs.csv", "a,b\n1,2\n"],
    ])
  })

  test("parse() leaves out what file managers put into archives for themselves", async () => {
    const litter = { "__MACOSX/._a.txt": "x", ".DS_Store": "x", "b/Thumbs.db": "x", "a.txt": "words" }
    const { text, files } = await readDocument("a.zip", archive(litter))
    expect([text, [...files.keys()]]).toEqual(["a.txt", ["a.txt"]])
  })

  test("parse() names an empty file with its code", async () => {
    const { text, files, refused } = await readDocument("a.zip", archive({ "empty.txt": "", "full.txt": "words" }))
    expect([text, files.size, refused.get("empty.txt")]).toEqual(["empty.txt\nfull.txt", 1, "empty-file"])
  })

  test("parse() warns of an archive without a file", async () => {
    expect(await readDocument("a.zip", archive({}))).toMatchObject({ text: "", warnings: ["no-text"] })
  })
})

describe("collectEmbedded()", () => {
  const inner = archive({ "a.txt": "words" })

  test("hands over an archive in an archive, and none in a third", async () => {
    const middle = archive({ "inner.zip": inner })
    expect([...(await readDocument("outer.zip", middle)).files.keys()]).toEqual(["inner.zip"])
    const deep = await readDocument("outer.zip/middle.zip", middle)
    expect([deep.files.size, deep.refused.get("inner.zip")]).toEqual([0, "too-deep"])
  })

  test("counts an archive whose name hides it", async () => {
    expect([...(await readDocument("outer.zip", archive({ "notes.txt": inner, plain: inner }))).files.keys()]).toEqual([
      "notes.txt.zip",
      "plain.zip",
    ])
  })

  test("hands over a document in an archive in a mail, and nothing below that in another one", async () => {
    const documents = archive({ "report.docx": "x", "a.txt": "words" })
    expect((await readDocument("box.mbox/mail.eml/files.zip", documents)).files.size).toBe(2)
    const { files, refused } = await readDocument("box.mbox/mail.eml/files.zip/report.docx/x.zip", documents)
    expect([files.size, refused.get("a.txt")]).toEqual([0, "too-deep"])
  })
})
