import { describe, expect, test } from "vitest"
import { chunk } from "../ingest/chunk.ts"
import { collectEmbedded } from "../ingest/parse/embedded.ts"
import { createTextBuilder } from "../ingest/parse/text-builder.ts"
import { xlsxParser } from "../ingest/parse/xlsx.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { describeParserContract } from "./contract/parser.contract.ts"
import { type SheetSource, sheetData, workbook } from "./support/workbook.ts"
import { zip } from "./support/zip.ts"

const phrase = "16 weeks of leave"
describeParserContract("xlsxParser", xlsxParser, {
  bytes: () =>
    workbook([
      {
        name: "Leave",
        xml: sheetData([
          ["Topic", "Rule"],
          ["Cafe\u0301", `Parents get ${phrase}.\r\nAnd more.`],
        ]),
      },
      { name: "Second", xml: sheetData([["one"], ["two"]]) },
    ]),
  phrase,
  broken: Buffer.from("PK\u0003\u0004 and no archive"),
})

async function parse(
  sheets: readonly SheetSource[],
  options?: Parameters<typeof workbook>[1],
): Promise<ParsedDocument> {
  return await xlsxParser.parse(workbook(sheets, options), { path: "a.xlsx", mediaType: "" })
}

const rows = (document: ParsedDocument): string[] =>
  document.blocks.flatMap(({ row, start, end }) => (row === undefined ? [] : [document.text.slice(start, end)]))

describe("xlsxParser", () => {
  test("parse() makes each sheet a page with its name, each row a block with its number", async () => {
    const document = await parse([
      { name: "Prices", xml: sheetData([["Part", "Price"], ["A-1", 12.5], [], ["B-2", 9]]) },
      {
        name: "Stock",
        xml: sheetData([
          ["Part", "Count"],
          ["A-1", 0.1 + 0.2],
        ]),
      },
    ])
    expect(document.text).toBe(
      "Prices\n\nPart | Price\nPart: A-1; Price: 12.5\nPart: B-2; Price: 9\n\nStock\n\nPart | Count\nPart: A-1; Count: 0.3",
    )
    expect(document).toMatchObject({ pages: 2, pageLabels: ["Prices", "Stock"], report: { pagesRead: 2, tables: 2 } })
    expect(document.blocks.map(({ page, row }) => [page, row])).toEqual([
      [1, undefined],
      [1, 1],
      [1, 2],
      [1, 4],
      [2, undefined],
      [2, 1],
      [2, 2],
    ])
  })

  test("parse() shows numbers as their format does, and full dates as ISO 8601", async () => {
    const formats = [
      "dd/mm/yyyy",
      "#,##0.00",
      "0%",
      "mmm\\-yy",
      '"No. "0',
      "m/d/yy h:mm",
      "[h]:mm",
      "[$-407]d. mmmm yyyy",
    ]
    const values = [46_082, 1234.5, 0.256, 46_082, 7, 46_082.5, 1.5, 46_082]
    const cells = values.map((value, index) => ({ value, style: index + 1 }))
    expect(rows(await parse([{ name: "S", xml: sheetData([cells]) }], { formats }))).toEqual([
      "2026-03-01 | 1,234.50 | 26% | Mar-26 | No. 7 | 2026-03-01 12:00 | 36:00 | 2026-03-01",
    ])
  })

  test("parse() counts days from 1904 where the workbook does", async () => {
    const xml = sheetData([[{ value: 44_620, style: 1 }]])
    const document = await parse([{ name: "S", xml }], { formats: ["yyyy-mm-dd"], startsIn1904: true })
    expect(rows(document)).toEqual(["2026-03-01"])
  })

  test("parse() gives what formulas resulted in, booleans and errors", async () => {
    const xml = `<sheetData><row r="1"><c r="A1"><f>B1*2</f><v>84</v></c><c r="B1" t="str"><f>"x"</f><v>shown</v></c><c r="C1" t="b"><v>1</v></c><c r="D1" t="e"><v>#DIV/0!</v></c><c r="E1" t="d"><v>2026-03-01T00:00:00</v></c></row></sheetData>`
    expect(rows(await parse([{ name: "S", xml }]))).toEqual(["84 | shown | TRUE | #DIV/0! | 2026-03-01"])
  })

  test("parse() joins the runs of shared strings and leaves out readings", async () => {
    const xml = `<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row></sheetData>`
    const strings = ["<r><t>Pump </t></r><r><t>PF-2210</t></r>", "<t>日本</t><rPh sb='0' eb='2'><t>ニホン</t></rPh>"]
    expect(rows(await parse([{ name: "S", xml }], { strings }))).toEqual(["Pump PF-2210 | 日本"])
  })

  test("parse() counts hidden sheets, rows and columns and leaves them out", async () => {
    const hiddenRow = sheetData([
      ["Part", "Secret"],
      ["A-1", "b"],
      ["C-3", "d"],
    ]).replace('<row r="2"', '<row r="2" hidden="1"')
    const document = await parse([
      { name: "Shown", xml: `<cols><col min="2" max="2" hidden="1"/></cols>${hiddenRow}` },
      { name: "Gone", state: "hidden", xml: sheetData([["word"]]) },
      { name: "Gone too", state: "veryHidden", xml: sheetData([["word"]]) },
    ])
    expect(document.text).toBe("Shown\n\nPart\nC-3")
    expect(document.report.hiddenCharacters).toBe("SecretA-1bdwordword".length)
    expect(document.pageLabels).toEqual(["Shown", "Gone", "Gone too"])
  })

  test("parse() says what a merged cell covers in each of its rows and columns", async () => {
    const xml = `${sheetData([
      ["Region", "Sales", null],
      ["North", "a", "b"],
      [null, "c", "d"],
    ])}<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B1:C1"/></mergeCells>`
    expect(rows(await parse([{ name: "S", xml }])).slice(1)).toEqual([
      "Region: North; Sales: a; Sales: b",
      "Region: North; Sales: c; Sales: d",
    ])
  })

  test("parse() takes years for names of columns where the cells below are no years", async () => {
    const budget = sheetData([
      [null, "2025", "2026"],
      ["Rent", 10, 12],
    ])
    expect(rows(await parse([{ name: "S", xml: budget }]))[1]).toBe("Rent; 2025: 10; 2026: 12")
    const years = sheetData([
      ["Leafs", "1962", "1963"],
      ["Kings", "2012", "2014"],
    ])
    expect(rows(await parse([{ name: "S", xml: years }]))[1]).toBe("Kings | 2012 | 2014")
  })

  test("parse() reads comments of both kinds, text boxes, pictures' texts and charts' names", async () => {
    const drawing = `<xdr:wsDr xmlns:xdr="x" xmlns:a="a" xmlns:c="c" xmlns:r="r" xmlns:mc="m"><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="1"/></xdr:nvSpPr><xdr:txBody><a:p><a:r><a:t>Box </a:t></a:r><a:r><a:t>text</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" hidden="1"/></xdr:nvSpPr><a:p><a:t>unseen</a:t></a:p></xdr:sp><mc:AlternateContent><mc:Choice><xdr:sp><a:p><a:t>Newer</a:t></a:p></xdr:sp></mc:Choice><mc:Fallback><xdr:sp><a:p><a:t>Older</a:t></a:p></xdr:sp></mc:Fallback></mc:AlternateContent><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="3" descr="Map of the plant"/></xdr:nvPicPr></xdr:pic><xdr:graphicFrame><c:chart r:id="rId1"/></xdr:graphicFrame></xdr:wsDr>`
    const chart = `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:title><a:t>Sales by month</a:t></c:title><c:ser><c:tx><c:v>North</c:v></c:tx><c:val><c:pt idx="0"><c:v>5</c:v></c:pt></c:val></c:ser></c:chartSpace>`
    const document = await parse(
      [
        {
          name: "S",
          xml: sheetData([["a"]]),
          parts: [
            { type: "drawing", name: "xl/drawings/drawing1.xml", xml: drawing },
            {
              type: "comments",
              name: "xl/comments1.xml",
              xml: `<comments><commentList><comment ref="A1"><text><r><t>Older </t></r><r><t>comment</t></r></text></comment><comment ref="B2"><text><t>[Threaded comment] Your version …</t></text></comment></commentList></comments>`,
            },
            {
              type: "threadedComment",
              name: "xl/threadedComments/threadedComment1.xml",
              xml: `<ThreadedComments><threadedComment ref="B2"><text>Please check</text></threadedComment></ThreadedComments>`,
            },
          ],
        },
      ],
      {
        members: {
          "xl/drawings/_rels/drawing1.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/chart" Target="../charts/chart1.xml"/></Relationships>`,
          "xl/charts/chart1.xml": chart,
        },
      },
    )
    expect(document.text.split("\n\n").slice(2)).toEqual([
      ...["Box text", "Newer", "Map of the plant", "Sales by month", "North"],
      ...["A1: Older comment", "B2: Please check"],
    ])
    expect(document.report.hiddenCharacters).toBe("unseen".length)
  })

  test("parse() gives the title that somebody wrote", async () => {
    const sheets = [{ name: "S", xml: sheetData([["a"]]) }]
    expect((await parse(sheets, { title: "Price list 2026" })).title).toBe("Price list 2026")
    expect((await parse(sheets, { title: "Microsoft Excel Worksheet" })).title).toBeNull()
  })

  test("parse() names a sheet that is missing and reads the others", async () => {
    const bytes = workbook([{ name: "There", xml: sheetData([["word"]]) }], {
      members: {
        "xl/workbook.xml": `<workbook xmlns:r="r"><sheets><sheet name="There" r:id="rId1"/><sheet name="Lost" r:id="rId9"/></sheets></workbook>`,
      },
    })
    const document = await xlsxParser.parse(bytes, { path: "a.xlsx", mediaType: "" })
    expect(document.text).toBe("There\n\nword")
    expect(document.report).toMatchObject({ pagesRead: 1, weakPages: [{ page: 2, reason: "unreadable" }] })
  })

  test("parse() reads what a sheet's protection keeps from being changed", async () => {
    const xml = `${sheetData([["word"]])}<sheetProtection sheet="1" password="CC1A"/>`
    expect((await parse([{ name: "S", xml }])).text).toBe("S\n\nword")
  })

  test("parse() hands over embedded files", async () => {
    const collected = collectEmbedded("a.xlsx", undefined)
    const bytes = workbook([{ name: "S", xml: sheetData([["a"]]) }], {
      members: {
        "xl/embeddings/inner.docx": zip({ "word/document.xml": "x" }),
        "xl/embeddings/broken.bin": BROKEN_OLE,
      },
    })
    await xlsxParser.parse(
      bytes,
      { path: "a.xlsx", mediaType: "" },
      {
        ...{ recognised: new Map(), part: () => undefined },
        ...{ embed: collected.embed, refuse: collected.refuse },
      },
    )
    expect(collected.report.map(({ name, code }) => [name, code])).toEqual([
      ["inner.docx", null],
      ["broken.bin", "broken-file"],
    ])
  })
})

const BROKEN_OLE = Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(600)])

describe("chunk(), tables", () => {
  test("says which rows a chunk holds, with the header's names in each", async () => {
    const body = Array.from({ length: 60 }, (_, index) => [`Part ${index}`, `Depends. On the order ${index}`, index])
    const document = await parse([{ name: "Prices", xml: sheetData([["Part", "Price", "Count"], ...body]) }])
    const chunks = chunk(document)
    expect(chunks.length).toBeGreaterThan(3)
    const ranges = chunks.map(({ rows: [first = 0, last = 0] = [] }) => [first, last])
    expect(ranges[0]?.[0]).toBe(1)
    expect(ranges.at(-1)?.[1]).toBe(61)
    for (const [index, [first]] of ranges.entries())
      if (index > 0) expect(first).toBe((ranges[index - 1]?.[1] ?? 0) + 1)
    for (const { text } of chunks) {
      const last = text.split("\n").at(-1)
      expect(last).toMatch(/^Part: Part \d+; Price: Depends\. On the order \d+; Count: \d+$/)
    }
  })

  test("repeats the first cell of a row that takes several lines", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `Question number ${index} of the form`)
    const answers = names.map((_, index) => (index === 0 ? "Ada" : `answer number ${index} to it`))
    const chunks = chunk(await parse([{ name: "Form", xml: sheetData([names, answers]) }]))
    const ofTheRow = chunks.filter((piece) => piece.rows?.[1] === 2)
    expect(ofTheRow.length).toBeGreaterThan(1)
    for (const { text } of ofTheRow) expect(text).toContain("Question number 0 of the form: Ada")
  })

  test("gives prose no rows", async () => {
    const builder = createTextBuilder()
    builder.paragraph("The office opens early.")
    builder.table([["Part", "Price"]])
    expect(chunk(builder.finish({ title: null })).map(({ text, rows: range }) => [text, range])).toEqual([
      ["The office opens early.\n\nPart | Price", undefined],
    ])
  })
})
