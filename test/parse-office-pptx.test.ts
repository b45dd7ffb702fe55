import { describe, expect, test } from "vitest"
import { pptxParser } from "../ingest/parse/pptx.ts"
import type { ParseContext } from "../src/core/ports.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { pptx, slideShape } from "./support/office.ts"
import { zip } from "./support/zip.ts"

async function parse(bytes: Uint8Array, context?: ParseContext): Promise<ParsedDocument> {
  return await pptxParser.parse(bytes, { path: "deck.pptx", mediaType: pptxParser.mediaTypes[0] ?? "" }, context)
}

describe("pptxParser", () => {
  test("parse() gives a page a slide: title as heading, body as list, table, notes behind them", async () => {
    const { text, blocks, pages } = await parse(
      pptx([
        {
          title: "Leave",
          body: ["16 weeks", "2 days"],
          table: [
            ["Grade", "Days"],
            ["A", "30"],
          ],
          notes: "Say why.",
        },
        { title: "Travel", body: ["Ask first."] },
      ]),
    )
    expect(text).toBe("Leave\n\n16 weeks\n2 days\n\nGrade | Days\nA | 30\n\nSay why.\n\nTravel\n\nAsk first.")
    expect(blocks.map(({ page }) => page)).toEqual([1, 1, 1, 1, 1, 2, 2])
    expect(blocks[3]).toMatchObject({ type: "table", headingPath: ["Leave"] })
    expect(pages).toBe(2)
  })

  test("parse() follows the order of the show, not the names of the files", async () => {
    const slides = [{ title: "One" }, { title: "Two" }, { title: "Three" }]
    expect((await parse(pptx(slides, { order: [3, 1, 2] }))).text).toBe("Three\n\nOne\n\nTwo")
  })

  test("parse() does not read a slide again that the show repeats", async () => {
    expect((await parse(pptx([{ title: "One" }], { order: [1, 1, 1] }))).pages).toBe(1)
  })

  test("parse() names a slide that the show leaves out, and reads it", async () => {
    const document = await parse(pptx([{ title: "Shown" }, { title: "Kept back", isHidden: true }]))
    expect(document).toMatchObject({ text: "Shown\n\nKept back", warnings: ["hidden-slide:2"] })
  })

  test("parse() does not put a slide without a title below the title of the slide before", async () => {
    const { blocks } = await parse(pptx([{ title: "Leave" }, { body: ["No title here."] }]))
    expect(blocks.at(-1)?.headingPath).toEqual([])
  })

  test("parse() reads shapes within groups, leaves out hidden ones and numbers, and takes footers once", async () => {
    const shapes = (own: string): string =>
      `<p:grpSp><p:grpSp>${slideShape([own])}</p:grpSp></p:grpSp>${slideShape(["secret"], undefined, ' hidden="1"')}` +
      `${slideShape(["7"], "sldNum")}${slideShape(["Internal"], "ftr")}`
    const { text, report } = await parse(pptx([{ shapes: shapes("First.") }, { shapes: shapes("Second.") }]))
    expect(text).toBe("First.\n\nInternal\n\nSecond.")
    expect(report.hiddenCharacters).toBe(12)
  })

  test("parse() reads charts and diagrams", async () => {
    const frame = (inner: string): string =>
      `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="f"/></p:nvGraphicFramePr><a:graphic><a:graphicData>${inner}</a:graphicData></a:graphic></p:graphicFrame>`
    const chart =
      "<c:chartSpace><c:title><a:t>Ducks</a:t></c:title><c:ser><c:tx><c:v>North</c:v></c:tx>" +
      '<c:cat><c:pt idx="0"><c:v>2025</c:v></c:pt></c:cat><c:val><c:pt idx="0"><c:v>12</c:v></c:pt></c:val></c:ser></c:chartSpace>'
    const diagram =
      "<dgm:dataModel><dgm:pt><dgm:t><a:p><a:r><a:t>President</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>"
    const slide = {
      shapes: frame('<c:chart r:id="x1"/>') + frame('<dgm:relIds r:dm="x2"/>'),
      parts: [
        { relation: "chart", name: "charts/chart1.xml", content: chart },
        { relation: "diagramData", name: "diagrams/data1.xml", content: diagram },
      ],
    }
    expect((await parse(pptx([slide]))).text).toBe("Ducks\n2025: North 12\n\nPresident")
  })

  test("parse() gives comments and answers behind the slide, with their authors", async () => {
    const comments =
      '<p188:cmLst><p188:cm authorId="{1}"><p188:replyLst><p188:reply authorId="{2}"><p188:txBody><a:p><a:r><a:t>Yes.</a:t></a:r></a:p></p188:txBody></p188:reply></p188:replyLst>' +
      "<p188:txBody><a:p><a:r><a:t>Right?</a:t></a:r></a:p></p188:txBody></p188:cm></p188:cmLst>"
    const slide = { title: "Leave", parts: [{ relation: "comments", name: "comments/c1.xml", content: comments }] }
    expect((await parse(pptx([slide]))).text).toBe("Leave\n\nComment: Right?\n\nComment: Yes.")
  })

  test("parse() marks a slide that is damaged and reads the others", async () => {
    const { text, report } = await parse(pptx([{ title: "One" }, { shapes: "<p:sp>" }, { title: "Three" }]))
    expect(text).toBe("One\n\nThree")
    expect(report).toMatchObject({ pagesRead: 2, weakPages: [{ page: 2, reason: "unreadable" }] })
  })

  test("parse() hands over embedded files and names those that are none", async () => {
    const embedded: string[] = []
    const entries = { "ppt/embeddings/figures.xlsx": "PK and more", "ppt/media/image1.png": "picture" }
    await parse(pptx([{ title: "x" }], { entries }), {
      ...{ recognised: new Map(), refuse: () => undefined, part: () => undefined },
      embed: ({ name }) => void embedded.push(name),
    })
    expect(embedded).toEqual(["figures.xlsx"])
  })

  test("parse() takes the stated title, else the first slide's", async () => {
    expect((await parse(pptx([{ title: "One" }], { title: "All hands" }))).title).toBe("All hands")
    expect((await parse(pptx([{ title: "One" }], { title: "PowerPoint Presentation" }))).title).toBe("One")
  })

  test("parse() refuses an archive without a presentation", async () => {
    await expect(parse(zip({ "readme.txt": "x" }))).rejects.toMatchObject({ code: "broken-file" })
  })
})
