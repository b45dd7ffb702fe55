import { describe, expect, test } from "vitest"
import { odpParser } from "../ingest/parse/odp.ts"
import { odtParser } from "../ingest/parse/odt.ts"
import type { ParseContext } from "../src/core/ports.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { flatOdt, odp, odt } from "./support/office.ts"
import { zip } from "./support/zip.ts"

async function parseText(bytes: Uint8Array, context?: ParseContext): Promise<ParsedDocument> {
  return await odtParser.parse(bytes, { path: "a.odt", mediaType: odtParser.mediaTypes[0] ?? "" }, context)
}

async function parseSlides(bytes: Uint8Array): Promise<ParsedDocument> {
  return await odpParser.parse(bytes, { path: "a.odp", mediaType: odpParser.mediaTypes[0] ?? "" })
}

const paragraph = (text: string): string => `<text:p>${text}</text:p>`

describe("odtParser", () => {
  test("parse() gives headings, paragraphs, lists and tables in order", async () => {
    const body =
      '<text:h text:outline-level="1">Leave</text:h><text:h text:outline-level="2">Parental</text:h>' +
      `${paragraph("Parents get<text:s text:c='2'/>16\n weeks.<text:line-break/>Ask.")}` +
      `<text:list><text:list-item>${paragraph("one")}<text:list><text:list-item>${paragraph("two")}</text:list-item></text:list></text:list-item></text:list>` +
      `<table:table><table:table-row><table:table-cell>${paragraph("Grade")}</table:table-cell><table:table-cell>${paragraph("Days")}</table:table-cell></table:table-row></table:table>`
    const { text, blocks } = await parseText(odt(body))
    expect(text).toBe("Leave\n\nParental\n\nParents get 16 weeks.\nAsk.\n\none\ntwo\n\nGrade | Days")
    expect(blocks.at(-1)).toMatchObject({ type: "table", headingPath: ["Leave", "Parental"] })
  })

  test("parse() says the text of a merged cell in each row that it stands beside", async () => {
    const cell = (text: string, attributes = ""): string =>
      `<table:table-cell${attributes}>${paragraph(text)}</table:table-cell>`
    const body =
      `<table:table><table:table-row>${cell("Grade A", ' table:number-rows-spanned="2"')}${cell("30")}</table:table-row>` +
      `<table:table-row><table:covered-table-cell/>${cell("5")}</table:table-row>` +
      `<table:table-row>${cell("B")}${cell("2")}</table:table-row></table:table>`
    expect((await parseText(odt(body))).text).toBe("Grade A | 30\nGrade A | 5\nB | 2")
  })

  test("parse() leaves out deleted text and counts hidden text", async () => {
    const styles = '<style:style style:name="T1"><style:text-properties text:display="none"/></style:style>'
    const body =
      `<text:tracked-changes><text:changed-region><text:deletion>${paragraph("gone")}</text:deletion></text:changed-region></text:tracked-changes>` +
      `${paragraph('Kept.<text:span text:style-name="T1">secret</text:span>')}` +
      `<text:section text:display="none">${paragraph("closed")}</text:section>`
    const { text, report } = await parseText(odt(body, { styles }))
    expect(text).toBe("Kept.")
    expect(report.hiddenCharacters).toBe(12)
  })

  test("parse() puts notes and text boxes behind their block, comments behind everything", async () => {
    const note = `<text:note><text:note-citation>1</text:note-citation><text:note-body>${paragraph("See the law.")}</text:note-body></text:note>`
    const box = `<draw:frame><draw:text-box>${paragraph("In the box.")}</draw:text-box></draw:frame>`
    const comment = `<office:annotation><dc:creator>Ana</dc:creator>${paragraph("Is it so?")}</office:annotation>`
    const { text } = await parseText(odt(`${paragraph(`Rule.${note}${box}${comment}`)}${paragraph("Next.")}`))
    expect(text).toBe("Rule.\n\nSee the law.\n\nIn the box.\n\nNext.\n\nComment by Ana: Is it so?")
  })

  test("parse() reads headers and footers once, without numbers of pages", async () => {
    const masters = `<style:master-page><style:header>${paragraph("Internal <text:page-number>7</text:page-number>")}</style:header><style:footer>${paragraph("Internal")}</style:footer></style:master-page>`
    expect((await parseText(odt(paragraph("Body."), { masters }))).text).toBe("Internal\n\nBody.")
  })

  test("parse() reads a chart where it stands and hands over other documents as packages", async () => {
    const chart = `<office:document-content><chart:title>${paragraph("Ducks")}</chart:title><table:table-row><table:table-cell>${paragraph("2025")}</table:table-cell><table:table-cell>${paragraph("12")}</table:table-cell></table:table-row></office:document-content>`
    const frame = (name: string): string => `<draw:frame><draw:object xlink:href="./${name}"/></draw:frame>`
    const opendocument = "application/vnd.oasis.opendocument"
    const embedded: { readonly name: string; readonly bytes: Uint8Array }[] = []
    const bytes = odt(paragraph(`Before.${frame("Object 1")}${frame("Object 2")}`), {
      entries: [
        { name: "Object 1/", type: `${opendocument}.chart` },
        { name: "Object 1/content.xml", type: "text/xml", content: chart },
        { name: "Object 2/", type: `${opendocument}.text` },
        {
          name: "Object 2/content.xml",
          type: "text/xml",
          content: `<office:document-content><office:body><office:text>${paragraph("Inside.")}</office:text></office:body></office:document-content>`,
        },
      ],
    })
    const { text } = await parseText(bytes, {
      ...{ recognised: new Map(), refuse: () => undefined, part: () => undefined },
      embed: (file) => void embedded.push(file),
    })
    expect(text).toBe("Before.\n\nDucks\n\n2025 | 12")
    expect(embedded.map(({ name }) => name)).toEqual(["Object 2.odt"])
    expect((await parseText(embedded[0]?.bytes ?? Buffer.alloc(0))).text).toBe("Inside.")
  })

  test("parse() takes the stated title, and the paragraph in the title style for a heading", async () => {
    expect((await parseText(odt(paragraph("x"), { title: "Staff handbook" }))).title).toBe("Staff handbook")
    const styles = '<style:style style:name="P1" style:parent-style-name="Title"/>'
    expect((await parseText(odt('<text:p text:style-name="P1">Handbook</text:p>', { styles }))).title).toBe("Handbook")
  })

  test("parse() reads a flat file", async () => {
    const flat = flatOdt(`<text:h text:outline-level="1">Leave</text:h>${paragraph("16 weeks.")}`, "Handbook")
    expect(await parseText(Buffer.from(flat))).toMatchObject({ title: "Handbook", text: "Leave\n\n16 weeks." })
  })

  test.each([
    ["encrypted", odt(paragraph("x"), { isEncrypted: true })],
    ["encrypted", zip({ "encrypted-package": "x" })],
    ["broken-file", zip({ "meta.xml": "x" })],
    ["broken-file", Buffer.from("no archive, no XML")],
    ["too-deep", odt(`${"<text:section>".repeat(500)}${"</text:section>".repeat(500)}`)],
    ["empty-file", Buffer.alloc(0)],
  ])("parse() refuses with %s", async (code, bytes) => {
    await expect(parseText(bytes)).rejects.toMatchObject({ code })
  })

  test("parse() refuses entities, which may name files", async () => {
    const content = '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d>&f;</d>'
    await expect(parseText(zip({ "content.xml": content }))).rejects.toMatchObject({ code: "xml-doctype" })
  })
})

describe("odpParser", () => {
  const frame = (text: string, kind = ""): string =>
    `<draw:frame presentation:class="${kind}"><draw:text-box>${paragraph(text)}</draw:text-box></draw:frame>`

  test("parse() gives a page a slide: title as heading wherever it stands, notes behind it", async () => {
    const slides =
      `<draw:page>${frame("Ask first.", "outline")}${frame("Travel", "title")}<presentation:notes>${frame("3", "page-number")}${frame("Say why.", "notes")}</presentation:notes></draw:page>` +
      `<draw:page>${frame("No title here.")}</draw:page>`
    const { text, blocks, pages } = await parseSlides(odp(slides))
    expect(text).toBe("Travel\n\nAsk first.\n\nSay why.\n\nNo title here.")
    expect(blocks.map(({ page }) => page)).toEqual([1, 1, 1, 2])
    expect(blocks.at(-1)?.headingPath).toEqual([])
    expect(pages).toBe(2)
  })

  test("parse() reads shapes in groups, tables and comments, and names a slide that the show leaves out", async () => {
    const styles =
      '<style:style style:name="dp1"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    const cell = (text: string): string => `<table:table-cell>${paragraph(text)}</table:table-cell>`
    const slide = `<draw:page draw:style-name="dp1"><draw:g><draw:custom-shape>${paragraph("Grouped.")}</draw:custom-shape></draw:g><draw:frame><table:table><table:table-row>${cell("a")}${cell("b")}</table:table-row></table:table></draw:frame><office:annotation>${paragraph("Why?")}</office:annotation></draw:page>`
    expect(await parseSlides(odp(slide, { styles }))).toMatchObject({
      text: "Grouped.\n\na | b\n\nComment: Why?",
      warnings: ["hidden-slide:1"],
    })
  })
})
