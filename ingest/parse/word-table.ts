import { child, wordSwitch, wordValue } from "./word-styles.ts"
import { attribute, childElements, elements, type XmlNode } from "./xml.ts"

/** A table that holds tables, headings or one column arranges a page and holds no data. */
export function isDataTable(table: XmlNode, isHeading: (paragraph: XmlNode) => boolean): boolean {
  const cells = elements(table, "tc")
  if (cells.some((cell) => elements(cell, "tbl").length > 0 || elements(cell, "p").some(isHeading))) return false
  return elements(table, "tr").some((row) => elements(row, "tc").length > 1)
}

/**
 * Cells of a table row by row. A cell that is merged with those below says its short text in each row, so that no row
 * loses what it belongs to; one that spans columns leaves the others empty.
 */
export function readTable(table: XmlNode, readLine: (paragraph: XmlNode) => string): readonly (readonly string[])[] {
  const above = new Map<number, string>()
  return elements(table, "tr")
    .filter((row) => !isDeleted(row))
    .map((row) => {
      const texts: string[] = []
      for (const cell of elements(row, "tc")) {
        const properties = child(cell, "tcPr")
        const column = texts.length
        const lines = paragraphsOf(cell).map(readLine)
        const merge = child(properties, "vMerge")
        const isContinued = merge !== undefined && attribute(merge.attributes, "val") !== "restart"
        const text = lines.filter((line) => line.trim() !== "").join("\n")
        const shown = isContinued && text === "" ? (above.get(column) ?? "") : text
        if (merge === undefined || shown.length > MOST_REPEATED) above.delete(column)
        else above.set(column, shown)
        texts.push(shown)
        const span = Number(wordValue(properties, "gridSpan") ?? 1)
        for (let more = 1; more < Math.min(span, MOST_SPAN); more++) texts.push("")
      }
      return texts.slice(0, texts.findLastIndex((text) => text.trim() !== "") + 1)
    })
}

/** Longer texts of merged cells stand once. */
const MOST_REPEATED = 100
/** Word's own limit of columns. */
const MOST_SPAN = 63

function isDeleted(row: XmlNode): boolean {
  const properties = child(row, "trPr")
  return child(properties, "del") !== undefined || wordSwitch(properties, "hidden") === true
}

/** Those that were deleted or moved away are left out with all they hold. */
function paragraphsOf(node: XmlNode): readonly XmlNode[] {
  return childElements(node).flatMap((one) => {
    if (one.name === "p") return [one]
    return one.name === "del" || one.name === "moveFrom" ? [] : paragraphsOf(one)
  })
}
