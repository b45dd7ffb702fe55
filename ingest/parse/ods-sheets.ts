import { type CellCounter, cellName, cellText, type MergedCells, type Sheet } from "./sheet.ts"
import type { Row } from "./table-rows.ts"
import { attribute, readXml, type XmlAttributes } from "./xml.ts"

interface OpenCell {
  readonly attributes: XmlAttributes
  readonly isCovered: boolean
  paragraphs: string[]
}

interface OpenSheet {
  readonly name: string
  readonly isHidden: boolean
  readonly rows: Row[]
  readonly merged: MergedCells[]
  readonly hiddenRows: Set<number>
  readonly hiddenColumns: { readonly first: number; readonly last: number }[]
  readonly notes: string[]
  readonly hidden: string[]
}

/** A filled cell or row that is repeated more often is a background: it is shown once. */
const MOST_REPEATED = 1000
const MOST_ROWS = 1_048_576

/**
 * Reads the sheets of an OpenDocument spreadsheet as a stream. Cells come as they are shown, full dates as ISO 8601;
 * repeated cells and rows count once for each, so that time and memory go with what there is to read. `charts` names
 * the objects (`Object 1`) in a sheet. Throws `too-many-cells`, and as `readXml` does.
 */
export function readOdsSheets(
  xml: string,
  options: {
    readonly path: string
    readonly counter: CellCounter
    readonly describeObject: (name: string) => readonly string[]
  },
): readonly Sheet[] {
  const { path, counter, describeObject } = options
  const sheets: OpenSheet[] = []
  const hiddenStyles = new Set<string>()
  let style = ""
  let sheet: OpenSheet | undefined
  let tableDepth = 0
  let skipped = 0
  let notes = 0
  let hiddenGroups = 0
  let row = 0
  let rowRepeats = 1
  let rowCells: { column: number; text: string }[] = []
  let column = 0
  let columnsDefined = 0
  let cell: OpenCell | undefined
  let paragraph: string | undefined
  let noteParagraphs: string[] = []

  const closeCell = ({ attributes, isCovered, paragraphs }: OpenCell, open: OpenSheet): void => {
    const repeats = repeated(attributes, "number-columns-repeated")
    const text = cellText(shownValue(attributes, paragraphs.join(" ")))
    counter.cell(text.length)
    if (text !== "" && isCovered) open.hidden.push(text)
    if (text !== "" && !isCovered) {
      for (let at = 0; at < shownRepeats(repeats); at++) {
        if (at > 0) counter.cell(text.length)
        rowCells.push({ column: column + at, text })
      }
      const columns = Number(attribute(attributes, "number-columns-spanned") ?? 1)
      const rows = Number(attribute(attributes, "number-rows-spanned") ?? 1)
      if (columns > 1 || rows > 1) {
        open.merged.push({
          ...{ firstRow: row + 1, lastRow: row + rows, firstColumn: column, lastColumn: column + columns - 1 },
        })
      }
    }
    column += repeats
  }

  const closeRow = (open: OpenSheet): void => {
    if (rowCells.length > 0) {
      for (let at = 0; at < shownRepeats(rowRepeats); at++) {
        counter.row()
        if (at > 0) for (const { text } of rowCells) counter.cell(text.length)
        open.rows.push({ number: row + 1 + at, cells: rowCells })
      }
    }
    row += rowRepeats
  }

  readXml(xml, path, {
    open(name, attributes) {
      if (SKIPPED.has(name)) skipped++
      if (skipped > 0) return
      if (name === "style") style = attribute(attributes, "name") ?? ""
      else if (name === "table-properties" && attribute(attributes, "display") === "false") hiddenStyles.add(style)
      else if (name === "table" && ++tableDepth === 1) {
        sheet = {
          name: attribute(attributes, "name") ?? "",
          isHidden: hiddenStyles.has(attribute(attributes, "style-name") ?? ""),
          ...{ rows: [], merged: [], hiddenRows: new Set(), hiddenColumns: [], notes: [], hidden: [] },
        }
        sheets.push(sheet)
        row = 0
        columnsDefined = 0
        hiddenGroups = 0
      }
      if (sheet === undefined) return
      if (NOTES.has(name)) {
        if (notes++ === 0) noteParagraphs = []
      } else if (name === "object") sheet.notes.push(...describeObject(attribute(attributes, "href") ?? ""))
      if (paragraph !== undefined) paragraph += WHITE_SPACE.get(name) ?? ""
      if (name === "p" || (notes > 0 && (name === "title" || name === "desc"))) paragraph = ""
      if (tableDepth !== 1 || notes > 0) return
      switch (name) {
        case "table-column": {
          const repeats = repeated(attributes, "number-columns-repeated")
          const isHidden = hiddenGroups > 0 || isCollapsed(attributes)
          if (isHidden) sheet.hiddenColumns.push({ first: columnsDefined, last: columnsDefined + repeats - 1 })
          columnsDefined += repeats
          break
        }
        case "table-row-group":
        case "table-column-group":
          if (hiddenGroups > 0 || attribute(attributes, "display") === "false") hiddenGroups++
          break
        case "table-row":
          rowRepeats = repeated(attributes, "number-rows-repeated")
          rowCells = []
          column = 0
          if (hiddenGroups > 0 || isCollapsed(attributes)) {
            for (let at = 0; at < shownRepeats(rowRepeats); at++) sheet.hiddenRows.add(row + 1 + at)
          }
          break
        case "table-cell":
        case "covered-table-cell":
          cell = { attributes, isCovered: name === "covered-table-cell", paragraphs: [] }
      }
    },
    close(name) {
      if (SKIPPED.has(name)) skipped--
      if (skipped > 0) return
      if (paragraph !== undefined && (name === "p" || name === "title" || name === "desc")) {
        if (notes > 0) noteParagraphs.push(paragraph)
        else cell?.paragraphs.push(paragraph)
        paragraph = undefined
      }
      if (sheet === undefined) return
      if (NOTES.has(name) && --notes === 0) {
        const text = noteParagraphs.join("\n").trim()
        if (text !== "") sheet.notes.push(name === "annotation" ? `${cellName(row + 1, column)}: ${text}` : text)
      }
      if (name === "table" && --tableDepth === 0) sheet = undefined
      if (sheet === undefined || tableDepth !== 1 || notes > 0) return
      if ((name === "table-cell" || name === "covered-table-cell") && cell !== undefined) {
        closeCell(cell, sheet)
        cell = undefined
      } else if (name === "table-row") closeRow(sheet)
      else if ((name === "table-row-group" || name === "table-column-group") && hiddenGroups > 0) hiddenGroups--
    },
    text(text) {
      if (paragraph !== undefined && skipped === 0) paragraph += text
    },
  })
  return sheets.map(({ hiddenRows, hiddenColumns, ...open }) => ({
    ...open,
    isHiddenRow: (number) => hiddenRows.has(number),
    isHiddenColumn: (number) => hiddenColumns.some(({ first, last }) => first <= number && number <= last),
  }))
}

/** What is not in the sheets: former contents, contents of other files, words for input that fails; author and date. */
const SKIPPED: ReadonlySet<string> = new Set([
  ...["tracked-changes", "dde-links", "content-validations", "cell-range-source", "ruby-text", "creator", "date"],
  ...["date-string", "creator-initials", "meta"],
])
/** Elements that stand on a sheet beside its cells, also where they are anchored in one. */
const NOTES: ReadonlySet<string> = new Set([
  ...["annotation", "frame", "custom-shape", "rect", "ellipse", "circle", "line", "connector", "caption", "polygon"],
  ...["polyline", "path", "regular-polygon", "measure"],
])
const WHITE_SPACE: ReadonlyMap<string, string> = new Map([
  ["s", " "],
  ["tab", " "],
  ["line-break", " "],
])

function repeated(attributes: XmlAttributes, name: string): number {
  const count = Math.floor(Number(attribute(attributes, name) ?? 1))
  return count >= 1 ? Math.min(count, MOST_ROWS) : 1
}

function shownRepeats(repeats: number): number {
  return repeats > MOST_REPEATED ? 1 : repeats
}

function isCollapsed(attributes: XmlAttributes): boolean {
  return /^(?:collapse|filter)$/.test(attribute(attributes, "visibility") ?? "")
}

/** The text that is shown; the value itself where a program left the text out, and full dates as ISO 8601. */
function shownValue(attributes: XmlAttributes, shown: string): string {
  const type = attribute(attributes, "value-type")
  if (type === undefined || type === "string")
    return shown === "" ? (attribute(attributes, "string-value") ?? "") : shown
  if (type === "date") {
    const value = attribute(attributes, "date-value") ?? ""
    const [, date, time = ""] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?))?/.exec(value) ?? []
    const isFull = shown === "" || (shown.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) >= 3
    if (date === undefined || !isFull) return shown
    const hasTime = shown === "" ? !/^(?:00:00(?::00)?)?$/.test(time) : shown.includes(":") && time !== ""
    return hasTime ? `${date} ${shown.split(":").length > 2 ? time : time.slice(0, 5)}` : date
  }
  if (shown !== "") return shown
  const value = attribute(attributes, type === "boolean" ? "boolean-value" : type === "time" ? "time-value" : "value")
  return type === "boolean" ? (value ?? "").toUpperCase() : (value ?? "")
}
