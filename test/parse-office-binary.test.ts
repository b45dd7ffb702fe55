import { describe, expect, test } from "vitest"
import { pptx } from "./support/office.ts"
import { oleContainer, packagedFile } from "./support/ole-streams.ts"
import { readDocument, refusalOf } from "./support/parse-document.ts"
import { ppt } from "./support/powerpoint-binary.ts"
import { doc } from "./support/word-binary.ts"
import { docx, wordParagraph } from "./support/zip.ts"

describe("docParser", () => {
  test("parse() gives paragraphs and the rows of tables in order", async () => {
    const rows = [
      ["Grade", "Weeks"],
      ["A", "16"],
    ]
    const { text, blocks } = await readDocument("a.doc", doc({ body: ["Leave for parents.", rows, "The end."] }))
    expect(text).toBe("Leave for parents.\n\nGrade | Weeks\nA | 16\n\nThe end.")
    expect(blocks.map(({ type }) => type)).toEqual(["paragraph", "table", "paragraph"])
  })

  test("parse() gives the header before the body, text boxes and notes behind it, comments at the end", async () => {
    const { text } = await readDocument(
      "a.doc",
      doc({
        body: ["The body."],
        ...{ header: "Works council", footnote: "Of 2026.", endnote: "See the law.", textBox: "Mind the date." },
        comment: "Is that so?",
      }),
    )
    expect(text).toBe(
      ["Works council", "The body.", "Mind the date.", "Of 2026.", "See the law.", "Comment: Is that so?"].join("\n\n"),
    )
  })

  test.each([
    ["two bytes a character", { isNarrow: false }, "Łódź – “Größe” 日本"],
    ["one byte a character", { isNarrow: true }, "Größe, café"],
  ])("parse() decodes a text of %s", async (_, how, words) => {
    expect((await readDocument("a.doc", doc({ body: [words], ...how }))).text).toBe(words)
  })

  test("parse() refuses a document with a password", async () => {
    expect(await refusalOf("a.doc", doc({ body: ["secret"], isEncrypted: true }))).toBe("encrypted")
  })

  test.each([
    ["without its table", { "/WordDocument": Buffer.concat([Buffer.from([0xec, 0xa5]), Buffer.alloc(5_000)]) }],
    ["whose head is cut off", { "/WordDocument": Buffer.alloc(8), "/1Table": Buffer.alloc(5_000) }],
  ])("parse() refuses a document %s", async (_, streams) => {
    expect(await refusalOf("a.doc", oleContainer(streams))).toBe("broken-file")
  })
})

describe("pptParser", () => {
  test("parse() gives a page a slide with its title, its list, what is drawn, and its notes", async () => {
    const { title, text, blocks, pages } = await readDocument(
      "a.ppt",
      ppt([
        { title: "Parental leave", body: ["16 weeks", "Łódź too"], notes: "Say it slowly." },
        { title: "Dates", drawn: "From May on." },
      ]),
    )
    expect([title, pages]).toEqual(["Parental leave", 2])
    expect(text).toBe("Parental leave\n\n16 weeks\nŁódź too\n\nSay it slowly.\n\nDates\n\nFrom May on.")
    expect(blocks.map(({ type, page }) => [type, page])).toEqual([
      ["heading", 1],
      ["list-item", 1],
      ["list-item", 1],
      ["paragraph", 1],
      ["heading", 2],
      ["paragraph", 2],
    ])
  })

  test("parse() reads a slide as the last save left it", async () => {
    const bytes = ppt([{ drawn: "Old." }, { drawn: "Kept." }], { resaved: { 1: { drawn: "New." } } })
    expect((await readDocument("a.ppt", bytes)).text).toBe("New.\n\nKept.")
  })

  test("parse() reads a slide that the show leaves out, with a warning", async () => {
    const { text, warnings } = await readDocument("a.ppt", ppt([{ title: "One" }, { title: "Two", isHidden: true }]))
    expect(text).toBe("One\n\nTwo")
    expect(warnings).toEqual(["hidden-slide:2"])
  })

  test("parse() ends with saves that go in a circle", async () => {
    expect((await readDocument("a.ppt", ppt([{ title: "One" }], { isCircular: true }))).text).toBe("One")
  })

  test.each([
    ["encrypted", "has a password", ppt([{ title: "One" }], { isEncrypted: true })],
    ["broken-file", "says nothing of its last save", oleContainer({ "/PowerPoint Document": Buffer.alloc(5_000) })],
  ])("parse() throws %s for a presentation that %s", async (code, _, bytes) => {
    expect(await refusalOf("a.ppt", bytes)).toBe(code)
  })
})

describe("embedded OLE objects", () => {
  const named = packagedFile({
    name: "prices.csv",
    content: "Part,Price\nSL-118,12\n",
    wideName: "Preise für März.csv",
  })
  const plain = packagedFile({ name: "C:\\old\\prices.csv", content: "Part,Price\n" })
  const cut = oleContainer({ "/\u0001Ole10Native": Buffer.from("ff00000002006100620000000300ffffff7f", "hex") })
  const formula = oleContainer({ "/Equation Native": Buffer.alloc(64, 1) })
  const inner = doc({ body: ["A document within."] })

  test.each([
    [
      "a.docx",
      (objects: Readonly<Record<string, Buffer>>) => {
        const parts = Object.entries(objects).map(([name, content]) => ({
          ...{ name: `embeddings/${name}`, relation: "oleObject", content },
        }))
        return docx(wordParagraph("Prices."), { parts })
      },
    ],
    [
      "a.pptx",
      (objects: Readonly<Record<string, Buffer>>) => {
        const members = Object.entries(objects).map(([name, content]) => [`ppt/embeddings/${name}`, content])
        return pptx([{ title: "Prices" }], { entries: Object.fromEntries(members) })
      },
    ],
  ])("%s hands over the files within, under the names that the packager kept", async (path, build) => {
    const { files, refused } = await readDocument(
      path,
      build({
        ...{ "oleObject1.bin": named, "oleObject2.bin": plain, "oleObject3.bin": inner },
        ...{ "oleObject4.bin": formula, "oleObject5.bin": cut },
      }),
    )
    expect([...files.keys()].sort()).toEqual(["Preise für März.csv", "oleObject3.doc", "prices.csv"])
    expect(files.get("Preise für März.csv")?.toString()).toBe("Part,Price\nSL-118,12\n")
    expect(files.get("oleObject3.doc")?.equals(inner)).toBe(true)
    expect(Object.fromEntries(refused)).toEqual({
      ...{ "oleObject4.bin": "unsupported-type", "oleObject5.bin": "broken-file" },
    })
  })
})
