import { child, type WordStyles, wordSwitch, wordValue } from "./word-styles.ts"
import { attribute, childElements, elements, textContent, type XmlNode } from "./xml.ts"

/** A paragraph's line, and what hangs on it. */
export interface WordParagraph {
  readonly text: string
  /** Text that is formatted as hidden. */
  readonly hidden: string
  /** What hangs on the paragraph, in order: the contents of text boxes (`w:txbxContent`), graphics (`w:drawing`). */
  readonly attached: readonly XmlNode[]
  readonly notes: readonly WordNote[]
}

export interface WordNote {
  readonly type: "footnote" | "endnote"
  readonly id: string
}

/**
 * Reads a `w:p`: what was inserted is text, what was deleted or moved away is not; fields give their last result, but for
 * numbers of pages.
 */
export function readParagraph(node: XmlNode, styles: WordStyles): WordParagraph {
  const reading: Reading = {
    ...{ styles, text: "", hidden: "", attached: [], notes: [], fields: [], isHidden: false },
    isHiddenStyle: styles.isHidden(wordValue(child(node, "pPr"), "pStyle")),
  }
  for (const one of childElements(node)) readInline(one, reading)
  return reading
}

/** Newer elements stand beside what older programs show instead; one of both is read. */
export function chosenContent(node: XmlNode): readonly XmlNode[] {
  const children = childElements(node)
  const chosen = children.find(({ name }) => name === "Choice") ?? children.find(({ name }) => name === "Fallback")
  return chosen === undefined ? [] : childElements(chosen)
}

interface Reading {
  readonly styles: WordStyles
  readonly isHiddenStyle: boolean
  readonly attached: XmlNode[]
  readonly notes: WordNote[]
  /** Open fields, outermost first. */
  readonly fields: { instruction: string; isResult: boolean }[]
  text: string
  hidden: string
  isHidden: boolean
}

const SKIPPED = new Set(
  "pPr rPr del moveFrom delText delInstrText sdtPr sdtEndPr rt rubyPr fldData sectPr tblPr ctrlPr".split(" "),
)

function readInline(node: XmlNode, reading: Reading): void {
  switch (node.name) {
    case "r":
      readRun(node, reading)
      return
    case "t":
      add(textContent(node), reading)
      return
    case "tab":
    case "ptab":
      add("\t", reading)
      return
    case "br":
    case "cr":
      add("\n", reading)
      return
    case "noBreakHyphen":
      add("-", reading)
      return
    case "sym":
      add(symbol(node), reading)
      return
    case "instrText":
      addInstruction(textContent(node), reading)
      return
    case "fldChar":
      readFieldMark(attribute(node.attributes, "fldCharType"), reading)
      return
    case "fldSimple":
      if (!isPageField(attribute(node.attributes, "instr") ?? "")) readChildren(node, reading)
      return
    case "footnoteReference":
    case "endnoteReference": {
      const type = node.name === "footnoteReference" ? "footnote" : "endnote"
      reading.notes.push({ type, id: attribute(node.attributes, "id") ?? "" })
      return
    }
    case "AlternateContent":
      for (const one of chosenContent(node)) readInline(one, reading)
      return
    case "drawing":
    case "pict":
    case "object":
      reading.attached.push(...attachedTo(node))
      return
    // Formulas are read in one line: a fraction, an index, a power.
    case "f":
      readFraction(node, reading)
      return
    case "sub":
    case "sup":
      add(node.name === "sub" ? "_" : "^", reading)
      readChildren(node, reading)
      return
    default:
      if (!SKIPPED.has(node.name)) readChildren(node, reading)
  }
}

/** A box counts as what it holds; its frame says no more. */
function attachedTo(node: XmlNode): readonly XmlNode[] {
  const boxes = elements(node, "txbxContent")
  return boxes.length > 0 ? boxes : [node]
}

function readChildren(node: XmlNode, reading: Reading): void {
  for (const one of childElements(node)) readInline(one, reading)
}

function readRun(run: XmlNode, reading: Reading): void {
  const properties = child(run, "rPr")
  const style = wordValue(properties, "rStyle")
  const isStyled = reading.isHiddenStyle || (style !== undefined && reading.styles.isHidden(style))
  reading.isHidden = wordSwitch(properties, "vanish") ?? isStyled
  readChildren(run, reading)
  reading.isHidden = false
}

function readFraction(node: XmlNode, reading: Reading): void {
  for (const [index, part] of childElements(node)
    .filter(({ name }) => name === "num" || name === "den")
    .entries()) {
    if (index > 0) add("/", reading)
    readChildren(part, reading)
  }
}

function add(text: string, reading: Reading): void {
  if (reading.fields.some(({ instruction, isResult }) => isResult && isPageField(instruction))) return
  if (reading.isHidden) reading.hidden += text
  else reading.text += text
}

function addInstruction(text: string, reading: Reading): void {
  const field = reading.fields.at(-1)
  if (field !== undefined && !field.isResult) field.instruction += text
}

function readFieldMark(type: string | undefined, reading: Reading): void {
  const field = reading.fields.at(-1)
  if (type === "begin") reading.fields.push({ instruction: "", isResult: false })
  else if (type === "separate" && field !== undefined) field.isResult = true
  else if (type === "end") reading.fields.pop()
}

/** The number of the page that a program last laid out says nothing. */
function isPageField(instruction: string): boolean {
  return /^\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b/i.test(instruction)
}

/** A sign of a symbol font: check boxes and check marks have letters of their own, others are left to `U+FFFD`. */
function symbol(node: XmlNode): string {
  const code = Number.parseInt(attribute(node.attributes, "char") ?? "", 16)
  if (!(code > 0 && code <= 0xffff)) return ""
  const isPrivate = code >= 0xe000 && code <= 0xf8ff
  if (!isPrivate) return String.fromCharCode(code)
  const font = attribute(node.attributes, "font") ?? ""
  if (/^wingdings$/i.test(font)) return WINGDINGS.get(code & 0xff) ?? "\uFFFD"
  return SYMBOL.get(code & 0xff) ?? "\uFFFD"
}

const WINGDINGS: ReadonlyMap<number, string> = new Map([
  [0x6f, "☐"],
  [0xa8, "☐"],
  [0x78, "☒"],
  [0xfb, "✗"],
  [0xfc, "✓"],
  [0xfd, "☒"],
  [0xfe, "☑"],
  [0xe0, "→"],
  [0xdf, "←"],
  [0xf0, "⇨"],
  [0xa7, "▪"],
  [0x6c, "●"],
  [0x6e, "■"],
])
/** Adobe's Symbol font: the signs of business and measuring. */
const SYMBOL: ReadonlyMap<number, string> = new Map([
  [0x61, "α"],
  [0x62, "β"],
  [0x64, "δ"],
  [0x44, "Δ"],
  [0x6d, "μ"],
  [0x57, "Ω"],
  [0x70, "π"],
  [0x53, "Σ"],
  [0x73, "σ"],
  [0xa3, "≤"],
  [0xb3, "≥"],
  [0xb0, "°"],
  [0xb1, "±"],
  [0xb4, "×"],
  [0xb7, "•"],
  [0xb8, "÷"],
  [0xb9, "≠"],
  [0xbb, "≈"],
  [0xae, "→"],
  [0xac, "←"],
  [0xde, "⇒"],
  [0xd2, "®"],
  [0xd3, "©"],
  [0xd4, "™"],
])
