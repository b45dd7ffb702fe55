import { type BookType, utils, type WorkBook, write } from "@e965/xlsx"
import { describe, expect, test } from "vitest"
import { odsParser } from "../ingest/parse/ods.ts"
import { xlsParser } from "../ingest/parse/xls.ts"
import { xlsbParser } from "../ingest/parse/xlsb.ts"
import type { Parser } from "../src/core/ports.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { describeParserContract } from "./contract/parser.contract.ts"
import { ole } from "./support/ole.ts"
import { openTable, spreadsheet } from "./support/workbook.ts"

const phrase = "16 weeks of leave"
const file = { path: "a.sheet", mediaType: "" }

/** A workbook in a binary format, as the library writes it. */
function binary(bookType: BookType, change?: (book: WorkBook) => void): Buffer {
  const book = utils.book_new()
  const sheet = utils.aoa_to_sheet([
    ["Topic", "Rule", "Since", "Share"],
    ["Leave", `Parents get ${phrase}.`, { t: "n", v: 46_082.5, z: "m/d/yy h:mm" }, { t: "n", v: 0.25, z: "0.0%" }],
    ["Café", true, 7, "安徽省"],
  ])
  utils.book_append_sheet(book, sheet, "Rules")
  utils.book_append_sheet(book, utils.aoa_to_sheet([["unseen"]]), "Hidden")
  book.Workbook = { Sheets: [{ Hidden: 0 }, { Hidden: 1 }] }
  change?.(book)
  return write(book, { type: "buffer", bookType, cellStyles: true }) as Buffer
}

const parseWith = async (parser: Parser, bytes: Buffer): Promise<ParsedDocument> => await parser.parse(bytes, file)
const parseOds = async (tables: string, options?: Parameters<typeof spreadsheet>[1]): Promise<ParsedDocument> =>
  await parseWith(odsParser, spreadsheet(tables, options))

describeParserContract("xlsParser", xlsParser, { bytes: () => binary("biff8"), phrase, broken: ole(["Pages"]) })
describeParserContract("xlsbParser", xlsbParser, {
  bytes: () => binary("xlsb"),
  phrase,
  broken: Buffer.from("PK\u0003\u0004 no"),
})
describeParserContract("odsParser", odsParser, {
  bytes: () =>
    spreadsheet(
      openTable("Leave", [
        ["Topic", "Rule"],
        ["Cafe\u0301", `Parents get ${phrase}.`],
      ]) + openTable("Second", [["one"]]),
    ),
  phrase,
  broken: Buffer.from("PK\u0003\u0004 and no archive"),
})

describe.each([
  ["xlsParser", xlsParser, "biff8"],
  ["xlsbParser", xlsbParser, "xlsb"],
] as const)("%s", (_, parser, bookType) => {
  test("parse() gives sheets as pages, values as they are shown, dates as ISO 8601", async () => {
    const document = await parseWith(parser, binary(bookType))
    expect(document.text).toBe(
      `Rules\n\nTopic | Rule | Since | Share\nTopic: Leave; Rule: Parents get ${phrase}.; Since: 2026-03-01 12:00; Share: 25.0%\nTopic: Café; Rule: TRUE; Since: 7; Share: 安徽省`,
    )
    expect(document).toMatchObject({ pages: 2, pageLabels: ["Rules", "Hidden"] })
    expect(document.report.hiddenCharacters).toBe("unseen".length)
  })

  test("parse() leaves out hidden columns and says merged cells in each row", async () => {
    const bytes = binary(bookType, (book) => {
      const sheet = book.Sheets["Rules"]
      if (sheet === undefined) return
      sheet["!cols"] = [{}, {}, { hidden: true }, {}]
      sheet["!merges"] = [{ s: { r: 1, c: 3 }, e: { r: 2, c: 3 } }]
      delete sheet["D3"]
    })
    expect((await parseWith(parser, bytes)).text.split("\n").slice(2)).toEqual([
      "Topic | Rule | Share",
      `Topic: Leave; Rule: Parents get ${phrase}.; Share: 25.0%`,
      "Topic: Café; Rule: TRUE; Share: 25.0%",
    ])
  })

  test("parse() does not walk the range of a link", async () => {
    const bytes = binary(bookType, (book) => {
      const cell = book.Sheets["Rules"]?.["A2"]
      if (cell !== undefined) cell.l = { Target: "https://example.org/" }
    })
    expect((await parseWith(parser, bytes)).text).toContain("Topic: Leave")
  })
})

describe("xlsParser", () => {
  test.each(["biff5", "biff2"] as const)("parse() reads %s", async (bookType) => {
    expect((await parseWith(xlsParser, binary(bookType))).text).toContain(`Leave; Rule: Parents get ${phrase}.`)
  })

  test("parse() reads the cells where a comment is damaged", async () => {
    const bytes = binary("biff8")
    // A record of a comment that points to an object that is not there, in place of the sheet's last record before its end.
    const stream = bytes.indexOf(Buffer.from([0x3e, 0x02, 0x12, 0x00]))
    expect(stream).toBeGreaterThan(0)
    bytes.writeUInt16LE(0x001c, stream)
    const document = await parseWith(xlsParser, bytes)
    expect(document.text).toContain("Topic: Leave")
    expect(document.warnings).toEqual(["drawings-unreadable"])
  })
})

describe("odsParser", () => {
  test("parse() shows cells as they are shown, full dates as ISO 8601", async () => {
    const cell = (type: string, value: string, shown: string): string =>
      `<table:table-cell office:value-type="${type}" ${value}><text:p>${shown}</text:p></table:table-cell>`
    const cells = [
      cell("currency", 'office:value="12.5"', "12,50 €"),
      cell("percentage", 'office:value="0.25"', "25 %"),
      cell("date", 'office:date-value="2026-03-01"', "01.03.26"),
      cell("date", 'office:date-value="2026-03-01T12:30:00"', "1. März 2026 12:30"),
      cell("date", 'office:date-value="2026-03-01"', "Mar 26"),
      cell("string", "", "two<text:s/>words<text:line-break/>and <text:span>more</text:span>"),
      '<table:table-cell office:value-type="float" office:value="7"/>',
      '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
    ]
    const { text } = await parseOds(
      `<table:table table:name="S"><table:table-row>${cells.join("")}</table:table-row></table:table>`,
    )
    expect(text).toBe("S\n\n12,50 € | 25 % | 2026-03-01 | 2026-03-01 12:30 | Mar 26 | two words and more | 7 | TRUE")
  })

  test("parse() counts what repeats once for each, and backgrounds once", async () => {
    const cell = (times: number, text: string): string =>
      `<table:table-cell table:number-columns-repeated="${times}"${text === "" ? "/>" : ` office:value-type="string"><text:p>${text}</text:p></table:table-cell>`}`
    const { text, blocks } = await parseOds(
      `<table:table table:name="S"><table:table-row>${cell(2, "a")}${cell(16_000, "")}</table:table-row><table:table-row table:number-rows-repeated="1000">${cell(16_000, "")}</table:table-row><table:table-row table:number-rows-repeated="2">${cell(1, "b")}</table:table-row><table:table-row table:number-rows-repeated="1048576">${cell(16_384, "x")}</table:table-row></table:table>`,
    )
    expect(text).toBe("S\n\na | a\nb\nb\nx")
    expect(blocks.flatMap(({ row }) => row ?? [])).toEqual([1, 1002, 1003, 1004])
  })

  test("parse() counts hidden sheets, rows, columns and covered cells and leaves them out", async () => {
    const text = (word: string): string => `<table:table-cell><text:p>${word}</text:p></table:table-cell>`
    const document = await parseOds(
      `<table:table table:name="Gone" table:style-name="ta2"><table:table-row>${text("one")}</table:table-row></table:table>
      <table:table table:name="S"><table:table-column/><table:table-column table:visibility="collapse"/>
      <table:table-row>${text("kept")}${text("two")}</table:table-row>
      <table:table-row table:visibility="filter">${text("three")}</table:table-row>
      <table:table-row-group table:display="false"><table:table-row>${text("four")}</table:table-row></table:table-row-group>
      <table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>wide</text:p></table:table-cell></table:table-row>
      <table:table-row><table:covered-table-cell><text:p>five</text:p></table:covered-table-cell><table:table-cell/>${text("beside")}</table:table-row></table:table>`,
      {
        styles: `<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>`,
      },
    )
    expect(document.text).toBe("S\n\nkept\n\nwide\n\nwide | beside")
    expect(document.report.hiddenCharacters).toBe("onetwothreefourfive".length)
  })

  test("parse() reads comments, text boxes and titles of charts, and no former contents", async () => {
    const { title, text } = await parseOds(
      `<table:tracked-changes><table:deletion><table:table-cell><text:p>deleted</text:p></table:table-cell></table:deletion></table:tracked-changes>
      <table:table table:name="S"><table:shapes><draw:frame><draw:text-box><text:p>Box text</text:p></draw:text-box></draw:frame></table:shapes>
      <table:table-row><table:table-cell/><table:table-cell><office:annotation><dc:creator>Ada</dc:creator><dc:date>2026</dc:date><text:p>Please check</text:p></office:annotation><text:p>word</text:p><draw:frame><draw:object xlink:href="./Object 1"/></draw:frame></table:table-cell></table:table-row></table:table>`,
      {
        title: "Stock of the year",
        members: {
          "Object 1/content.xml": `<office:document-content xmlns:office="o" xmlns:chart="c" xmlns:text="t"><office:body><office:chart><chart:chart><chart:title><text:p>Stock by month</text:p></chart:title></chart:chart></office:chart></office:body></office:document-content>`,
        },
      },
    )
    expect(title).toBe("Stock of the year")
    expect(text.split("\n\n")).toEqual(["S", "word", "Box text", "B1: Please check", "Stock by month"])
  })

  test("parse() refuses a spreadsheet with a password", async () => {
    const manifest = `<manifest:manifest xmlns:manifest="m"><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>`
    await expect(
      parseOds(openTable("S", []), { members: { "META-INF/manifest.xml": manifest } }),
    ).rejects.toMatchObject({
      code: "encrypted",
    })
  })
})
