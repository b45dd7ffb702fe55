import type { Parser } from "../../src/core/ports.ts"
import { embedObject } from "./embedded-parts.ts"
import { openOpenDocument } from "./odf.ts"
import { readOdsSheets } from "./ods-sheets.ts"
import { ODS_TYPE } from "./office-types.ts"
import { appendSheet, createCellCounter } from "./sheet.ts"
import { createTextBuilder } from "./text-builder.ts"
import { elements, parseXml, textContent } from "./xml.ts"

/** OpenDocument spreadsheets, sheet by sheet. */
export const odsParser: Parser = {
  mediaTypes: [ODS_TYPE],
  extensions: [".ods", ".ots"],
  async parse(bytes, { path }, context) {
    // Equal cells shrink to less than a hundredth and are sound: they are counted instead.
    const document = await openOpenDocument(bytes, path, (name) => name === "content.xml")
    const sheets = readOdsSheets(document.content, {
      path,
      counter: createCellCounter(path),
      describeObject: (name) => (document.archive === undefined ? [] : objectTitles(document.text, name, path)),
    })
    const builder = createTextBuilder()
    for (const [index, sheet] of sheets.entries()) appendSheet(builder, index + 1, sheet)
    if (context !== undefined) {
      for (const { name } of document.archive?.entries ?? []) {
        const content = OBJECT.test(name) ? document.archive?.read(name) : undefined
        if (content !== undefined) await embedObject({ name, bytes: content }, path, context)
      }
    }
    return builder.finish({ title: document.title, pages: sheets.length })
  },
}

/** An object of another program; charts and formulas are folders instead. */
const OBJECT = /^Object [^/]+$/

/** Titles of a chart and its axes; its values stand in the cells. */
function objectTitles(text: (part: string) => string | undefined, name: string, path: string): readonly string[] {
  const content = text(`${name.replace(/^\.\//, "")}/content.xml`)
  const [chart] = content === undefined ? [] : elements(parseXml(content, path), "chart")
  if (chart === undefined) return []
  return elements(chart, "title", "subtitle")
    .map((title) => textContent(title).trim())
    .filter((title) => title !== "")
}
