import type { Parser } from "../../src/core/ports.ts"
import { drawingTexts } from "./drawing.ts"
import { embedParts } from "./embedded-parts.ts"
import { parseFailure } from "./failure.ts"
import { createNumberFormatter } from "./number-format.ts"
import { type OfficePackage, openOfficePackage, type Relation, relationOf } from "./office-package.ts"
import { documentTitle } from "./office-title.ts"
import { XLSM_TYPE, XLSX_TYPE } from "./office-types.ts"
import { appendSheet, type CellCounter, createCellCounter, type Sheet } from "./sheet.ts"
import { createTextBuilder } from "./text-builder.ts"
import { readComments, readFormats, readSharedStrings } from "./xlsx-parts.ts"
import { readWorksheet } from "./xlsx-sheet.ts"
import { attribute, elements, type XmlNode } from "./xml.ts"

/** Excel workbooks since 2007: cells as they are shown, comments, text boxes and charts, sheet by sheet. */
export const xlsxParser: Parser = {
  mediaTypes: [XLSX_TYPE, XLSM_TYPE],
  extensions: [".xlsx", ".xlsm", ".xltx", ".xltm"],
  async parse(bytes, file, context) {
    // Sheets of equal numbers shrink to less than a hundredth and are sound: their cells are counted instead.
    const office = await openOfficePackage(bytes, file.path, (name) => /\/sheet[^/]*\.xml$/i.test(name))
    const builder = createTextBuilder()
    const book = await openWorkbook(office, file.path)
    for (const [index, sheet] of book.sheets.entries()) {
      const content = readSheet(office, book, sheet)
      if (content !== undefined) appendSheet(builder, index + 1, content)
      else builder.weakPage({ page: index + 1, reason: "unreadable", confidence: null })
    }
    if (context !== undefined) await embedParts(office, "xl/embeddings/", file.path, context)
    return builder.finish({ title: documentTitle(office), pages: book.sheets.length })
  },
}

interface Workbook {
  readonly path: string
  readonly sheets: readonly XmlNode[]
  readonly relations: readonly Relation[]
  readonly strings: readonly string[]
  readonly counter: CellCounter
  format(value: number, style: number): string
}

async function openWorkbook(office: OfficePackage, path: string): Promise<Workbook> {
  const part = office.relations("").find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml"
  const root = office.xml(part)
  if (root === undefined) throw parseFailure("broken-file", path)
  const relations = office.relations(part)
  const target = (type: string): string => relations.find((relation) => relation.type === type)?.target ?? ""
  const [properties] = elements(root, "workbookPr")
  const startsIn1904 = /^(?:1|true)$/.test(attribute(properties?.attributes ?? {}, "date1904") ?? "")
  const show = await createNumberFormatter(startsIn1904)
  const formats = readFormats(office.xml(target("styles")))
  return {
    path,
    sheets: elements(root, "sheet"),
    relations,
    strings: readSharedStrings(office.text(target("sharedStrings")), path),
    counter: createCellCounter(path),
    format: (value, style) => show(value, formats[style] ?? "General"),
  }
}

/** Undefined where the workbook names a sheet that is not there. A sheet may be a chart alone. */
function readSheet(office: OfficePackage, book: Workbook, node: XmlNode): Sheet | undefined {
  const part = relationOf(node, book.relations)?.target
  const xml = part === undefined ? undefined : office.text(part)
  if (part === undefined || xml === undefined) return undefined
  const relations = office.relations(part)
  const parts = (type: string): readonly XmlNode[] =>
    relations.filter((relation) => relation.type === type).flatMap(({ target }) => office.xml(target) ?? [])
  const comments = readComments(parts("comments"), parts("threadedComment"))
  const drawings = relations.filter(({ type }) => type === "drawing").map(({ target }) => target)
  const hidden: string[] = []
  return {
    ...readWorksheet(xml, book),
    name: attribute(node.attributes, "name") ?? "",
    isHidden: /hidden$/i.test(attribute(node.attributes, "state") ?? ""),
    notes: [
      ...drawings.flatMap((drawing) => drawingTexts(office, drawing, (text) => hidden.push(text))),
      ...comments.map(({ cell, text }) => `${cell}: ${text}`),
    ],
    hidden,
  }
}
