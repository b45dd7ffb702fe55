import type { Parser } from "../../src/core/ports.ts"
import { readBinaryWorkbook } from "./binary-workbook.ts"
import { embedParts } from "./embedded-parts.ts"
import { openOfficePackage } from "./office-package.ts"
import { documentTitle } from "./office-title.ts"
import { XLSB_TYPE } from "./office-types.ts"
import { appendSheet, createCellCounter } from "./sheet.ts"
import { createTextBuilder } from "./text-builder.ts"
import { withCellsOnly } from "./xlsb-records.ts"
import { storedZip } from "./zip-write.ts"

/** Excel workbooks since 2007 in the binary format, sheet by sheet. */
export const xlsbParser: Parser = {
  mediaTypes: [XLSB_TYPE],
  extensions: [".xlsb"],
  async parse(bytes, { path }, context) {
    const office = await openOfficePackage(bytes, path, (name) => SHEET.test(name))
    const counter = createCellCounter(path)
    const parts = new Map<string, Uint8Array>()
    for (const { name } of office.archive.entries) {
      if (name === CONTENT_TYPES) continue
      const content = READ.test(name) ? office.archive.read(name) : undefined
      if (content !== undefined) {
        parts.set(name, SHEET.test(name) ? withCellsOnly(content, { counter, path }) : content)
      }
    }
    const types = office.text(CONTENT_TYPES)
    if (types !== undefined) parts.set(CONTENT_TYPES, Buffer.from(withoutMissingParts(types, parts)))
    const sheets = await readBinaryWorkbook(storedZip(parts), { path, counter: createCellCounter(path) })
    const builder = createTextBuilder()
    for (const [index, sheet] of sheets.entries()) appendSheet(builder, index + 1, sheet)
    if (context !== undefined) await embedParts(office, "xl/embeddings/", path, context)
    return builder.finish({ title: documentTitle(office), pages: sheets.length })
  },
}

/** The library looks for each part that the list of types names. */
function withoutMissingParts(types: string, parts: ReadonlyMap<string, unknown>): string {
  const names = new Set([...parts.keys()].map((name) => name.toLowerCase()))
  return types.replace(/<Override\b[^<>]*>/g, (element) => {
    const part = /PartName\s?=\s?["']\/?([^"']*)/.exec(element)?.[1]
    return part !== undefined && names.has(part.toLowerCase()) ? element : ""
  })
}

const CONTENT_TYPES = "[Content_Types].xml"
const SHEET = /^xl\/worksheets\/[^/]+\.bin$/i
/** The parts that say something of the cells; macros, links to other workbooks and printer settings do not. */
const READ = new RegExp(
  [
    String.raw`^_rels\/\.rels$`,
    String.raw`^xl\/(?:_rels\/)?(?:workbook|sharedstrings|styles)\.bin(?:\.rels)?$`,
    String.raw`^xl\/worksheets\/(?:_rels\/)?[^/]+\.bin(?:\.rels)?$`,
    String.raw`^xl\/(?:comments|threadedcomments|persons)[^/]*(?:\/[^/]+)?\.(?:bin|xml)$`,
  ].join("|"),
  "i",
)
