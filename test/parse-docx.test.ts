import { describe, expect, test } from "vitest"
import { docxParser } from "../ingest/parse/docx.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { docx, wordParagraph, wordTable, zip } from "./support/zip.ts"

async function parse(bytes: Uint8Array): Promise<ParsedDocument> {
  return await docxParser.parse(bytes, { path: "file.docx", mediaType: docxParser.mediaTypes[0] ?? "" })
}

describe("docxParser", () => {
  test("parse() gives headings by style, paragraphs and tables in order", async () => {
    const body =
      wordParagraph("Leave", "Heading1") +
      wordParagraph("Parental", "Heading2") +
      wordParagraph("Parents get 16 weeks &amp; more.") +
      wordTable([
        ["Grade", "Days"],
        ["A", "30"],
      ])
    const { text, blocks } = await parse(docx(body))
    expect(text).toBe("Leave\n\nParental\n\nParents get 16 weeks & more.\n\nGrade | Days\nA | 30")
    expect(blocks.at(-1)).toMatchObject({ type: "table", headingPath: ["Leave", "Parental"], page: null })
  })

  test("parse() takes the paragraph in the title style for the title", async () => {
    const { title } = await parse(docx(wordParagraph("Handbook", "Title") + wordParagraph("Leave", "Heading1")))
    expect(title).toBe("Handbook")
  })

  test("parse() leaves out deleted text of tracked changes", async () => {
    const body = `<w:p><w:r><w:t>Kept.</w:t></w:r><w:del><w:r><w:delText>Gone.</w:delText></w:r></w:del></w:p>`
    expect((await parse(docx(body))).text).toBe("Kept.")
  })

  test("parse() refuses a document without text", async () => {
    expect(await parse(docx(wordParagraph("")))).toMatchObject({
      text: "",
      warnings: expect.arrayContaining(["no-text"]),
    })
  })

  test("parse() refuses a file that a password protects", async () => {
    const container = Buffer.concat([
      Buffer.from("d0cf11e0a1b11ae1", "hex"),
      Buffer.alloc(512),
      Buffer.from("EncryptedPackage", "utf16le"),
    ])
    await expect(parse(container)).rejects.toMatchObject({ code: "encrypted" })
    await expect(parse(zip({ "word/document.xml": "x" }, { isEncrypted: true }))).rejects.toMatchObject({
      code: "encrypted",
    })
  })

  test("parse() refuses entities, which may name files", async () => {
    const xml =
      '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><w:document>&f;</w:document>'
    await expect(parse(zip({ "word/document.xml": xml }))).rejects.toMatchObject({ code: "broken-file" })
  })

  test("parse() refuses an archive without a document", async () => {
    await expect(parse(zip({ "readme.txt": "x" }))).rejects.toMatchObject({ code: "broken-file" })
  })
})
