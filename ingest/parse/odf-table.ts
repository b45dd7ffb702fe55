import { attribute, childElements, elements, type XmlNode } from "./xml.ts"

/** A table that holds tables, headings or one column arranges a page and holds no data. */
export function isOdfDataTable(table: XmlNode): boolean {
  const cells = elements(table, "table-cell")
  if (cells.some((cell) => elements(cell, "table", "h").length > 0)) return false
  return elements(table, "table-row").some((row) => cellsOf(row).length > 1)
}

/**
 * Cells of a table row by row. A cell that is merged with those below says its short text in each row; one that spans
 * columns leaves the others empty. A row that is repeated stands once.
 */
export function readOdfTable(table: XmlNode, readLine: (paragraph: XmlNode) => string): readonly (readonly string[])[] {
  const above = new Map<number, { readonly text: string; rows: number }>()
  return elements(table, "table-row").map((row) => {
    const texts: string[] = []
    for (const cell of cellsOf(row)) {
      const column = texts.length
      const merged = above.get(column)
      const isCovered = cell.name === "covered-table-cell"
      const own = isCovered
        ? ""
        : elements(cell, "p")
            .map(readLine)
            .filter((line) => line.trim() !== "")
            .join("\n")
      const isBelow = isCovered && merged !== undefined && merged.rows > 0
      if (isBelow) merged.rows--
      const spanned = numberOf(cell, "number-rows-spanned")
      if (spanned > 1 && own.length <= MOST_REPEATED) above.set(column, { text: own, rows: spanned - 1 })
      const text = isBelow ? merged.text : own
      const repeated = Math.min(numberOf(cell, "number-columns-repeated"), MOST_COLUMNS - texts.length)
      for (let copy = 0; copy < Math.max(1, repeated); copy++) texts.push(text)
    }
    return texts.slice(0, texts.findLastIndex((text) => text !== "") + 1)
  })
}

/** Longer texts of merged cells stand once. */
const MOST_REPEATED = 100
const MOST_COLUMNS = 1000

function cellsOf(row: XmlNode): readonly XmlNode[] {
  return childElements(row).filter(({ name }) => name === "table-cell" || name === "covered-table-cell")
}

function numberOf(cell: XmlNode, name: string): number {
  const value = Number(attribute(cell.attributes, name) ?? 1)
  return Number.isInteger(value) && value > 0 ? value : 1
}
