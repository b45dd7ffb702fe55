import { zip } from "./zip.ts"

export interface SheetSource {
  readonly name: string
  /** Content of `worksheet`: `cols`, `sheetData`, `mergeCells`. */
  readonly xml: string
  readonly state?: "hidden" | "veryHidden"
  /** Parts that the sheet refers to: comments, drawings. */
  readonly parts?: readonly PartSource[]
}

interface PartSource {
  /** Last word of the relation's type. */
  readonly type: string
  /** Name in the archive. */
  readonly name: string
  readonly xml: string
}

interface WorkbookOptions {
  /** Shared strings as the XML within `si`. */
  readonly strings?: readonly string[]
  /** Format codes; cells name them by `s="1"`, `s="2"` …, for 0 is General. */
  readonly formats?: readonly string[]
  readonly startsIn1904?: boolean
  readonly title?: string
  readonly members?: Readonly<Record<string, string | Uint8Array>>
  readonly isDeflated?: boolean
}

export type CellSource = string | number | { readonly value: number; readonly style: number } | null

/** `sheetData` with a row for each list of cells; null leaves a cell out. */
export function sheetData(rows: readonly (readonly CellSource[])[]): string {
  const lines = rows.map((cells, row) => {
    const written = cells.map((cell, column) => {
      const place = `r="${letters(column)}${row + 1}"`
      if (cell === null) return ""
      if (typeof cell === "string") return `<c ${place} t="inlineStr"><is><t>${escapeXml(cell)}</t></is></c>`
      const { value, style } = typeof cell === "number" ? { value: cell, style: 0 } : cell
      return `<c ${place} s="${style}"><v>${value}</v></c>`
    })
    return `<row r="${row + 1}">${written.join("")}</row>`
  })
  return `<sheetData>${lines.join("")}</sheetData>`
}

/** A workbook as Excel since 2007 writes it, with no more than its cells need. */
export function workbook(sheets: readonly SheetSource[], options: WorkbookOptions = {}): Buffer {
  const { strings = [], formats = [], startsIn1904 = false, title, members = {}, isDeflated = false } = options
  const parts: Record<string, string | Uint8Array> = {
    "[Content_Types].xml": `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${MAIN}.sheet.main+xml"/>${sheets.map((_, index) => `<Override PartName="/xl/worksheets/sheet${index + 1}.xml" ContentType="${MAIN}.worksheet+xml"/>`).join("")}<Override PartName="/xl/styles.xml" ContentType="${MAIN}.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="${MAIN}.sharedStrings+xml"/></Types>`,
    "_rels/.rels": relations([
      { type: "officeDocument", target: "xl/workbook.xml" },
      ...(title === undefined ? [] : [{ type: "core-properties", target: "docProps/core.xml" }]),
    ]),
    "xl/workbook.xml": `${XML}<workbook ${SHEET} ${LINKS}><workbookPr${startsIn1904 ? ' date1904="1"' : ""}/><sheets>${sheets.map(({ name, state }, index) => `<sheet name="${escapeXml(name)}" sheetId="${index + 1}"${state === undefined ? "" : ` state="${state}"`} r:id="rId${index + 1}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations([
      ...sheets.map((_, index) => ({ type: "worksheet", target: `worksheets/sheet${index + 1}.xml` })),
      { type: "styles", target: "styles.xml" },
      { type: "sharedStrings", target: "sharedStrings.xml" },
    ]),
    "xl/styles.xml": `${XML}<styleSheet ${SHEET}><numFmts count="${formats.length}">${formats.map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${escapeXml(code)}"/>`).join("")}</numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="${formats.length + 1}"><xf numFmtId="0"/>${formats.map((_, index) => `<xf numFmtId="${164 + index}" applyNumberFormat="1"/>`).join("")}</cellXfs></styleSheet>`,
    "xl/sharedStrings.xml": `${XML}<sst ${SHEET}>${strings.map((content) => `<si>${content}</si>`).join("")}</sst>`,
  }
  if (title !== undefined) {
    parts["docProps/core.xml"] =
      `${XML}<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${escapeXml(title)}</dc:title></cp:coreProperties>`
  }
  for (const [index, sheet] of sheets.entries()) {
    parts[`xl/worksheets/sheet${index + 1}.xml`] = `${XML}<worksheet ${SHEET} ${LINKS}>${sheet.xml}</worksheet>`
    const targets = (sheet.parts ?? []).map(({ type, name }) => ({ type, target: `/${name}` }))
    if (targets.length > 0) parts[`xl/worksheets/_rels/sheet${index + 1}.xml.rels`] = relations(targets)
    for (const { name, xml } of sheet.parts ?? []) parts[name] = XML + xml
  }
  return zip({ ...parts, ...members }, { isDeflated })
}

/** An OpenDocument spreadsheet with the given tables; `styles` stands in the automatic styles of its content. */
export function spreadsheet(
  tables: string,
  options: {
    readonly styles?: string
    readonly title?: string
    readonly members?: Readonly<Record<string, string | Uint8Array>>
    readonly isDeflated?: boolean
  } = {},
): Buffer {
  const { styles = "", title = "", members = {}, isDeflated = false } = options
  return zip(
    {
      mimetype: ODS,
      "META-INF/manifest.xml": `${XML}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="${ODS}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
      "meta.xml": `${XML}<office:document-meta ${OPEN_DOCUMENT}><office:meta><dc:title>${escapeXml(title)}</dc:title></office:meta></office:document-meta>`,
      "content.xml": `${XML}<office:document-content ${OPEN_DOCUMENT}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`,
      ...members,
    },
    { isDeflated },
  )
}

/** A table of an OpenDocument spreadsheet. */
export function openTable(name: string, rows: readonly (readonly (string | number | null)[])[]): string {
  const lines = rows.map((cells) => {
    const written = cells.map((cell) => {
      if (cell === null) return "<table:table-cell/>"
      const value = typeof cell === "number" ? `"float" office:value="${cell}"` : '"string"'
      return `<table:table-cell office:value-type=${value}><text:p>${escapeXml(String(cell))}</text:p></table:table-cell>`
    })
    return `<table:table-row>${written.join("")}</table:table-row>`
  })
  return `<table:table table:name="${escapeXml(name)}">${lines.join("")}</table:table>`
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const PACKAGE = "http://schemas.openxmlformats.org/package/2006"
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
const MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
const SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const LINKS = `xmlns:r="${OFFICE}"`
const ODS = "application/vnd.oasis.opendocument.spreadsheet"
const OPEN_DOCUMENT = [
  ...["office", "table", "text", "style", "chart"].map((name) => [name, name]),
  ["draw", "drawing"],
  ["svg", "svg-compatible"],
]
  .map(([prefix, name]) => `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .concat('xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"')
  .join(" ")

function relations(targets: readonly { readonly type: string; readonly target: string }[]): string {
  const lines = targets.map(({ type, target }, index) => {
    const base = type === "core-properties" ? `${PACKAGE}/relationships/metadata` : OFFICE
    return `<Relationship Id="rId${index + 1}" Type="${base}/${type}" Target="${target}"/>`
  })
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${lines.join("")}</Relationships>`
}

function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26))
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
}
