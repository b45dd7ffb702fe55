/** Rows A8 to A10 of the attack table, and A4 where a spreadsheet carries it: through the parser process. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { CutDocument } from "../../../ingest/cut.ts"
import { ODS_TYPE, XLS_TYPE, XLSX_TYPE } from "../../../ingest/parse/office-types.ts"
import { createParserHost } from "../../../ingest/parser-host.ts"
import { temporaryFolder } from "../../support/folder.ts"
import { type SheetSource, sheetData, spreadsheet, workbook } from "../../support/workbook.ts"

const host = createParserHost({ timeoutMs: 60_000, memoryMb: 1024, log: () => undefined })
afterAll(async () => await host.dispose())

async function parse(bytes: Uint8Array, mediaType: string = XLSX_TYPE): Promise<CutDocument> {
  const file = join(temporaryFolder(), "stored")
  writeFileSync(file, bytes)
  return (await host.parse({ file, path: "a.sheet", mediaType })).document
}

const sheet = (xml: string, options: Parameters<typeof workbook>[1] = {}): Buffer =>
  workbook([{ name: "S", xml } satisfies SheetSource], { isDeflated: true, ...options })
const cells = (rows: number, columns: number, content: string): string =>
  `<sheetData>${`<row>${`<c>${content}</c>`.repeat(columns)}</row>`.repeat(rows)}</sheetData>`

describe("A8, two cells at the ends of a sheet", () => {
  test("XLSX: both are read", async () => {
    const bytes = sheet(
      `<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>`,
    )
    expect(bytes.length).toBeLessThan(4096)
    const { text, chunks } = await parse(bytes)
    expect(text).toBe("S\n\n1\n2")
    expect(chunks.at(-1)?.rows?.[1]).toBe(1_048_576)
  })

  test("ODS: the last cell is read, the empty ones before it are passed over", async () => {
    const { text } = await parse(
      spreadsheet(
        `<table:table table:name="S"><table:table-row table:number-rows-repeated="1048575"><table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row><table:table-cell table:number-columns-repeated="16383"/><table:table-cell><text:p>last</text:p></table:table-cell></table:table-row></table:table>`,
      ),
      ODS_TYPE,
    )
    expect(text).toBe("S\n\nlast")
  })
})

describe("A9, merges over whole sheets", () => {
  test.each([1, 50_000])("XLSX: one cell is read below %d of them", async (count) => {
    const merges = `<mergeCells>${'<mergeCell ref="A1:XFD1048576"/>'.repeat(count)}</mergeCells>`
    expect((await parse(sheet(sheetData([["all"]]) + merges))).text).toBe("S\n\nall")
  })
})

describe("A10, too many cells", () => {
  test("XLSX: 3,000,000 cells are refused", async () => {
    const bytes = sheet(cells(3000, 1000, "<v>1</v>"))
    expect(bytes.length).toBeLessThan(256 * 1024)
    await expect(parse(bytes)).rejects.toMatchObject({ code: "too-many-cells" })
  })

  test("XLSX: a long text that many cells share is refused", async () => {
    const bytes = sheet(cells(100, 1000, "<v>0</v>").replaceAll("<c>", '<c t="s">'), {
      strings: [`<t>${"word ".repeat(6000)}</t>`],
    })
    await expect(parse(bytes)).rejects.toMatchObject({ code: "too-many-cells" })
  })

  test("ODS: repeated rows of repeated cells are counted, not written out", async () => {
    const row = `<table:table-row table:number-rows-repeated="1000"><table:table-cell table:number-columns-repeated="1000"><text:p>x</text:p></table:table-cell></table:table-row>`
    await expect(
      parse(spreadsheet(`<table:table table:name="S">${row.repeat(100)}</table:table>`), ODS_TYPE),
    ).rejects.toMatchObject({ code: "too-many-cells" })
  })

  test("XLS: cells are counted before anything is made of them", async () => {
    const begin = Buffer.from([0x09, 0x08, 8, 0, 0, 6, 0x10, 0, 0, 0, 0, 0])
    const numbers = Buffer.alloc(4 + 6 + 256 * 6)
    numbers.writeUInt16LE(0x00bd, 0)
    numbers.writeUInt16LE(numbers.length - 4, 2)
    numbers.writeUInt16LE(255, numbers.length - 2)
    const bytes = Buffer.concat([begin, ...Array.from({ length: 4000 }, () => numbers)])
    await expect(parse(bytes, XLS_TYPE)).rejects.toMatchObject({ code: "too-many-cells" })
  })

  test("CSV: 1,200,000 cells are refused", async () => {
    await expect(parse(Buffer.from(`${"1,".repeat(99)}1\n`.repeat(12_000)), "text/csv")).rejects.toMatchObject({
      code: "too-many-cells",
    })
  })
})

describe("A4, declarations of a document type", () => {
  test.each([
    ["entities that grow", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'],
    ["an entity of a local file", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'],
  ])("XLSX with %s is refused", async (_, declaration) => {
    const bytes = workbook([{ name: "S", xml: sheetData([["a"]]) }], {
      members: { "xl/sharedStrings.xml": `${declaration}<sst><si><t>&f;&b;</t></si></sst>` },
    })
    await expect(parse(bytes)).rejects.toMatchObject({ code: "xml-doctype" })
  })
})
