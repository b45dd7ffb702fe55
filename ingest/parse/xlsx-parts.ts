import { attribute, childElements, elements, readXml, textContent, type XmlNode } from "./xml.ts"

/** Strings that cells share, in order. Readings of Asian characters, which Excel keeps beside them, are left out. */
export function readSharedStrings(xml: string | undefined, path: string): readonly string[] {
  const strings: string[] = []
  if (xml === undefined) return strings
  let reading = 0
  let isText = false
  readXml(xml, path, {
    open(name) {
      if (name === "si") strings.push("")
      else if (name === "rPh") reading++
      isText = name === "t" && reading === 0
    },
    close(name) {
      if (name === "rPh") reading--
      isText = false
    },
    text(text) {
      if (isText && strings.length > 0) strings[strings.length - 1] += text
    },
  })
  return strings
}

/** Format codes by style; `General` where none is stated. */
export function readFormats(styles: XmlNode | undefined): readonly string[] {
  if (styles === undefined) return []
  const stated = new Map<number, string>()
  for (const format of elements(styles, "numFmt")) {
    const { numFmtId, formatCode } = format.attributes
    if (numFmtId !== undefined && formatCode !== undefined) stated.set(Number(numFmtId), formatCode)
  }
  const [cellFormats] = elements(styles, "cellXfs")
  return (cellFormats === undefined ? [] : childElements(cellFormats)).map((format) => {
    const id = Number(attribute(format.attributes, "numFmtId") ?? 0)
    return stated.get(id) ?? BUILT_IN[id] ?? "General"
  })
}

export interface CellComment {
  readonly cell: string
  readonly text: string
}

/** Comments of both kinds: Excel repeats those of a thread among the older ones, with words of its own. */
export function readComments(older: readonly XmlNode[], threads: readonly XmlNode[]): readonly CellComment[] {
  const threaded = threads.flatMap((root) => elements(root, "threadedComment").map(commentOf))
  const cells = new Set(threaded.map(({ cell }) => cell))
  const plain = older.flatMap((root) => elements(root, "comment").map(commentOf))
  return [...plain.filter(({ cell }) => !cells.has(cell)), ...threaded].filter(({ text }) => text.trim() !== "")
}

function commentOf(node: XmlNode): CellComment {
  const cell = attribute(node.attributes, "ref") ?? ""
  return { cell, text: elements(node, "t", "text").map(commentText).join("") }
}

function commentText(node: XmlNode): string {
  return node.name === "text" && elements(node, "t").length > 0
    ? elements(node, "t").map(textContent).join("")
    : textContent(node)
}

/**
 * Formats that have a number and no code (ECMA-376 part 1, 18.8.30). Those that follow the reader's country, 14 and 22,
 * are shown as ISO 8601, and so are the dates of East Asian editions, which the standard gives by language (27 to 36, 50
 * to 58).
 */
const BUILT_IN: Readonly<Record<number, string>> = {
  1: "0",
  2: "0.00",
  3: "#,##0",
  4: "#,##0.00",
  9: "0%",
  10: "0.00%",
  11: "0.00E+00",
  12: "# ?/?",
  13: "# ??/??",
  14: "yyyy-mm-dd",
  15: "d-mmm-yy",
  16: "d-mmm",
  17: "mmm-yy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "h:mm",
  21: "h:mm:ss",
  22: "yyyy-mm-dd hh:mm",
  ...Object.fromEntries([27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, "yyyy-mm-dd"])),
  ...Object.fromEntries([32, 33, 34, 35, 55, 56].map((id) => [id, "h:mm:ss"])),
  37: "#,##0;(#,##0)",
  38: "#,##0;(#,##0)",
  39: "#,##0.00;(#,##0.00)",
  40: "#,##0.00;(#,##0.00)",
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mmss.0",
  48: "##0.0E+0",
  49: "@",
}
