import { describe, expect, test } from "vitest"
import { docxParser } from "../ingest/parse/docx.ts"
import type { ParseContext } from "../src/core/ports.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { docx, wordParagraph, wordTable, zip } from "./support/zip.ts"

const FILE = { path: "file.docx", mediaType: docxParser.mediaTypes[0] ?? "" }
const NO_CONTEXT: ParseContext = {
  recognised: new Map(),
  embed: () => undefined,
  refuse: () => undefined,
  part: () => undefined,
}

async function parse(bytes: Uint8Array): Promise<ParsedDocument> {
  return await docxParser.parse(bytes, FILE)
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

  test("parse() keeps what tracked changes insert and leaves out what they delete or move away", async () => {
    const run = (text: string): string => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`
    const body =
      `<w:p>${run("Parents get ")}<w:ins>${run("16")}</w:ins><w:del><w:r><w:delText>12</w:delText></w:r></w:del>` +
      `${run(" weeks.")}<w:moveFrom>${run("moved")}</w:moveFrom></w:p>`
    expect((await parse(docx(body))).text).toBe("Parents get 16 weeks.")
  })

  test("parse() counts hidden text and does not index it", async () => {
    const hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret words</w:t></w:r>"
    const shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>Shown.</w:t></w:r>'
    const { text, report } = await parse(docx(`<w:p>${shown}${hidden}</w:p>`))
    expect(text).toBe("Shown.")
    expect(report.hiddenCharacters).toBe(11)
  })

  test("parse() puts comments behind the body, below no heading, and says that they are comments", async () => {
    const content = `<w:comments><w:comment w:author="Ana">${wordParagraph("Is it so?")}</w:comment></w:comments>`
    const comments = { name: "comments.xml", relation: "comments", content }
    const body = `${wordParagraph("Leave", "Heading1")}<w:p><w:r><w:t>Body.</w:t></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>`
    const { text, blocks } = await parse(docx(body, { parts: [comments] }))
    expect(text).toBe("Leave\n\nBody.\n\nComment by Ana: Is it so?")
    expect(blocks.at(-1)?.headingPath).toEqual([])
  })

  test("parse() puts notes behind the block that refers to them, each once", async () => {
    const content = `<w:footnotes><w:footnote w:id="2">${wordParagraph("See the law.")}</w:footnote></w:footnotes>`
    const refers = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    const body = `<w:p><w:r><w:t>Rule.</w:t></w:r>${refers}${refers}</w:p>${wordParagraph("Next.")}`
    const parts = [{ name: "footnotes.xml", relation: "footnotes", content }]
    expect((await parse(docx(body, { parts }))).text).toBe("Rule.\n\nSee the law.\n\nNext.")
  })

  test("parse() reads a text box once, though it stands there for newer and for older programs", async () => {
    const box = `<w:txbxContent>${wordParagraph("In the box.")}</w:txbxContent>`
    const alternatives =
      `<mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>${box}</wps:txbx></w:drawing></mc:Choice>` +
      `<mc:Fallback><w:pict><v:textbox>${box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>`
    const body = `<w:p><w:r><w:t>Outside.</w:t></w:r><w:r>${alternatives}</w:r></w:p>`
    expect((await parse(docx(body))).text).toBe("Outside.\n\nIn the box.")
  })

  test("parse() reads headers and footers once, without numbers of pages, below no heading", async () => {
    const field = (text: string): string =>
      `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>${text}</w:instrText></w:r>` +
      '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>7</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    const header = `<w:hdr><w:p><w:r><w:t>Internal</w:t></w:r>${field(" PAGE ")}</w:p></w:hdr>`
    const parts = ["header1.xml", "header2.xml"].map((name) => ({ name, relation: "header", content: header }))
    const { text, blocks } = await parse(docx(wordParagraph("Leave", "Heading1"), { parts }))
    expect(text).toBe("Internal\n\nLeave")
    expect(blocks[0]?.headingPath).toEqual([])
  })

  test("parse() gives headings and list items the numbers that Word shows", async () => {
    const level = (number: number, format: string, text: string): string =>
      `<w:lvl w:ilvl="${number}"><w:start w:val="1"/><w:numFmt w:val="${format}"/><w:lvlText w:val="${text}"/></w:lvl>`
    const numbering =
      `<w:numbering><w:abstractNum w:abstractNumId="0">${level(0, "decimal", "%1.")}${level(1, "lowerLetter", "%1%2)")}` +
      `</w:abstractNum><w:abstractNum w:abstractNumId="1">${level(0, "bullet", "-")}</w:abstractNum>` +
      '<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    const item = (text: string, list: number, at: number, style = ""): string =>
      `<w:p><w:pPr>${style}<w:numPr><w:ilvl w:val="${at}"/><w:numId w:val="${list}"/></w:numPr></w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`
    const body =
      item("Leave", 5, 0, '<w:pStyle w:val="Heading1"/>') +
      item("first", 5, 1) +
      item("second", 5, 1) +
      item("Travel", 5, 0, '<w:pStyle w:val="Heading1"/>') +
      item("again", 5, 1) +
      item("plain", 6, 0)
    const { text, blocks } = await parse(
      docx(body, { parts: [{ name: "numbering.xml", relation: "numbering", content: numbering }] }),
    )
    expect(text).toBe("1. Leave\n\n1a) first\n1b) second\n\n2. Travel\n\n2a) again\nplain")
    expect(blocks.at(-1)).toMatchObject({ type: "list-item", headingPath: ["2. Travel"] })
  })

  test("parse() says the text of a merged cell in each row that it stands beside", async () => {
    const cell = (text: string, merge = ""): string =>
      `<w:tc><w:tcPr>${merge}</w:tcPr>${text === "" ? "<w:p/>" : wordParagraph(text)}</w:tc>`
    const body =
      `<w:tbl><w:tr>${cell("Grade A", '<w:vMerge w:val="restart"/>')}${cell("30 days")}</w:tr>` +
      `<w:tr>${cell("", "<w:vMerge/>")}${cell("5 more")}</w:tr></w:tbl>`
    expect((await parse(docx(body))).text).toBe("Grade A | 30 days\nGrade A | 5 more")
  })

  test("parse() reads a table that only arranges the page as blocks", async () => {
    const nested = `<w:tbl><w:tr><w:tc>${wordParagraph("Left", "Heading1")}${wordTable([["a", "b"]])}</w:tc><w:tc>${wordParagraph("Right.")}</w:tc></w:tr></w:tbl>`
    const { text } = await parse(docx(nested))
    expect(text).toBe("Left\n\na | b\n\nRight.")
  })

  test("parse() reads web pages and text that the document takes in, and hands over the rest", async () => {
    const parts = [
      { name: "one.html", relation: "aFChunk", content: "<h2>Taken in</h2><p>From a page.</p>" },
      { name: "two.rtf", relation: "aFChunk", content: "{\\rtf1 three}" },
    ]
    const body = `${wordParagraph("Before.")}<w:altChunk r:id="x1"/><w:altChunk r:id="x2"/>`
    const embedded: string[] = []
    const document = await docxParser.parse(docx(body, { parts }), FILE, {
      ...NO_CONTEXT,
      embed: ({ name }) => void embedded.push(name),
    })
    expect(document.text).toBe("Before.\n\nTaken in\n\nFrom a page.")
    expect(embedded).toEqual(["two.rtf"])
  })

  test("parse() hands over embedded files", async () => {
    const parts = [{ name: "embeddings/figures.xlsx", relation: "package", content: "PK and more" }]
    const embedded: string[] = []
    await docxParser.parse(docx(wordParagraph("x"), { parts }), FILE, {
      ...NO_CONTEXT,
      embed: ({ name }) => void embedded.push(name),
    })
    expect(embedded).toEqual(["figures.xlsx"])
  })

  test("parse() takes the title that the file states, unless a program filled it in", async () => {
    const body = wordParagraph("Leave", "Heading1")
    expect((await parse(docx(body, { title: "Staff handbook" }))).title).toBe("Staff handbook")
    expect((await parse(docx(body, { title: "Document1" }))).title).toBe("Leave")
  })

  test("parse() reads formulas in one line and signs of symbol fonts", async () => {
    const formula =
      "<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>"
    const box = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:t xml:space="preserve"> done </w:t></w:r>'
    expect((await parse(docx(`<w:p>${box}${formula}</w:p>`))).text).toBe("☑ done a/b")
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
    await expect(parse(zip({ "word/document.xml": xml }))).rejects.toMatchObject({ code: "xml-doctype" })
  })

  test("parse() refuses an archive without a document", async () => {
    await expect(parse(zip({ "readme.txt": "x" }))).rejects.toMatchObject({ code: "broken-file" })
  })
})
