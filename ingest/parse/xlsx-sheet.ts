import { type CellCounter, cellPlace, cellRange, cellText, type MergedCells } from "./sheet.ts"
import type { Row } from "./table-rows.ts"
import { attribute, readXml, type XmlAttributes } from "./xml.ts"

interface SheetContent {
  readonly rows: readonly Row[]
  readonly merged: readonly MergedCells[]
  isHiddenRow(row: number): boolean
  isHiddenColumn(column: number): boolean
}

interface SheetOptions {
  readonly path: string
  readonly counter: CellCounter
  readonly strings: readonly string[]
  /** Shows a number in the style of that number. */
  format(value: number, style: number): string
}

/** Reads the cells of a worksheet as a stream: time and memory go with the cells that there are, never with a range. */
export function readWorksheet(xml: string, options: SheetOptions): SheetContent {
  const rows = new Map<number, { column: number; text: string }[]>()
  const merged: MergedCells[] = []
  const hiddenRows = new Set<number>()
  const hiddenColumns: { readonly first: number; readonly last: number }[] = []
  let row = 0
  let column = -1
  let cell: XmlAttributes = {}
  let value = ""
  let isValue = false
  let reading = 0

  readXml(xml, options.path, {
    open(name, attributes) {
      isValue = false
      if (name === "c") {
        const place = cellPlace(attribute(attributes, "r") ?? "")
        column = place?.column ?? column + 1
        row = place?.row ?? Math.max(1, row)
        cell = attributes
        value = ""
      } else if (name === "v" || (name === "t" && reading === 0)) isValue = true
      else if (name === "rPh") reading++
      else if (name === "row") {
        row = Number(attribute(attributes, "r")) || row + 1
        column = -1
        if (isTrue(attribute(attributes, "hidden"))) hiddenRows.add(row)
      } else if (name === "col" && isTrue(attribute(attributes, "hidden"))) {
        hiddenColumns.push({ first: Number(attributes["min"]) - 1, last: Number(attributes["max"]) - 1 })
      } else if (name === "mergeCell") {
        const range = cellRange(attribute(attributes, "ref") ?? "")
        if (range !== undefined) merged.push(range)
      }
    },
    close(name) {
      isValue = false
      if (name === "rPh") reading--
      if (name !== "c") return
      const text = cellText(shownValue(value, cell, options))
      options.counter.cell(text.length)
      if (text === "") return
      const cells = rows.get(row)
      if (cells === undefined) {
        options.counter.row()
        rows.set(row, [{ column, text }])
      } else cells.push({ column, text })
    },
    text(text) {
      if (isValue) value += text
    },
  })
  return {
    rows: [...rows.entries()].map(([number, cells]) => ({ number, cells })).sort((one, two) => one.number - two.number),
    merged,
    isHiddenRow: (number) => hiddenRows.has(number),
    isHiddenColumn: (number) => hiddenColumns.some(({ first, last }) => first <= number && number <= last),
  }
}

/** Value of a cell as its type says (ECMA-376 part 1, 18.18.11); formulas hold the result of the last calculation. */
function shownValue(value: string, cell: XmlAttributes, { strings, format }: SheetOptions): string {
  switch (attribute(cell, "t")) {
    case "s":
      return strings[Number(value)] ?? ""
    case "b":
      return value === "" ? "" : value === "0" ? "FALSE" : "TRUE"
    case "str":
    case "inlineStr":
    case "e":
      return value
    case "d":
      return value.replace(/T00:00:00(?:\.0+)?Z?$/, "").replace("T", " ")
    default: {
      const number = Number(value)
      return value.trim() === "" ? "" : Number.isFinite(number) ? format(number, Number(cell["s"] ?? 0)) : value
    }
  }
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true"
}
