import type { ParseContext } from "../../src/core/ports.ts"
import { graphicTexts } from "./drawing.ts"
import type { OfficePackage, Relation } from "./office-package.ts"
import type { TextBuilder } from "./text-builder.ts"
import { appendChunk } from "./word-chunk.ts"
import type { WordNumbering } from "./word-numbering.ts"
import { chosenContent, readParagraph, type WordNote, type WordParagraph } from "./word-paragraph.ts"
import type { WordStyles } from "./word-styles.ts"
import { child } from "./word-styles.ts"
import { isDataTable, readTable } from "./word-table.ts"
import { attribute, childElements, elements, type XmlNode } from "./xml.ts"

/** A Word document that is being read into a builder. */
export interface WordReading {
  readonly builder: TextBuilder
  readonly office: OfficePackage
  readonly path: string
  readonly context: ParseContext | undefined
  readonly styles: WordStyles
  readonly numbering: WordNumbering
  /** What the part that is being read refers to. */
  readonly relations: readonly Relation[]
  /** Content of a note; undefined where it is missing. */
  note(note: WordNote): XmlNode | undefined
}

/** Elements that only hold others. */
export const CONTAINERS: ReadonlySet<string> = new Set(
  "document body sdt sdtContent customXml smartTag ins moveTo hdr ftr footnote endnote txbxContent tc".split(" "),
)

/** Appends a paragraph, a table, a part taken in, or what a container holds, in order. */
export function appendBlock(node: XmlNode, reading: WordReading): void {
  if (node.name === "p") appendParagraph(node, reading)
  else if (node.name === "tbl") appendTable(node, reading)
  else if (node.name === "altChunk") appendChunk(node, reading)
  else if (node.name === "AlternateContent") appendBlocks(chosenContent(node), reading)
  else if (CONTAINERS.has(node.name)) appendBlocks(childElements(node), reading)
}

function appendBlocks(nodes: readonly XmlNode[], reading: WordReading): void {
  for (const node of nodes) appendBlock(node, reading)
}

function appendParagraph(node: XmlNode, reading: WordReading): void {
  const { builder, styles } = reading
  const properties = child(node, "pPr")
  const paragraph = readParagraph(node, styles)
  const level = styles.headingLevel(properties)
  const text = numbered(node, paragraph, reading)
  if (level !== undefined) builder.heading(level, text)
  else if (styles.listPlace(properties) !== undefined) builder.listItem(text)
  else builder.paragraph(text)
  appendAttached([paragraph], reading)
}

/** The line of a paragraph behind its number in a list. An empty one takes no number. */
function numbered(node: XmlNode, paragraph: WordParagraph, { styles, numbering }: WordReading): string {
  const place = styles.listPlace(child(node, "pPr"))
  if (place === undefined || paragraph.text.trim() === "") return paragraph.text
  return `${numbering.next(place)} ${paragraph.text}`
}

function appendTable(table: XmlNode, reading: WordReading): void {
  const isHeading = (paragraph: XmlNode): boolean => reading.styles.headingLevel(child(paragraph, "pPr")) !== undefined
  // A table that only arranges a page is read cell by cell.
  if (!isDataTable(table, isHeading)) {
    for (const cell of elements(table, "tc")) appendBlocks(childElements(cell), reading)
    return
  }
  const paragraphs: WordParagraph[] = []
  const rows = readTable(table, (node) => {
    const paragraph = readParagraph(node, reading.styles)
    paragraphs.push(paragraph)
    return numbered(node, paragraph, reading)
  })
  reading.builder.table(rows)
  appendAttached(paragraphs, reading)
}

/** Text boxes, charts, alternative texts and notes follow the block that they hang on. */
function appendAttached(paragraphs: readonly WordParagraph[], reading: WordReading): void {
  const { builder, office, relations } = reading
  for (const { hidden, attached, notes } of paragraphs) {
    builder.hide(hidden)
    for (const node of attached) {
      if (node.name === "txbxContent") appendBlocks(childElements(node), reading)
      else for (const text of graphicLines(node, office, relations)) builder.paragraph(text)
    }
    for (const note of notes) {
      const content = reading.note(note)
      if (content !== undefined) appendBlocks(childElements(content), reading)
    }
  }
}

function graphicLines(node: XmlNode, office: OfficePackage, relations: readonly Relation[]): readonly string[] {
  const alternatives = elements(node, "docPr", "shape").flatMap(({ attributes }) => {
    const text = attribute(attributes, "descr") ?? attribute(attributes, "alt") ?? ""
    return text.trim() === "" ? [] : [text]
  })
  const drawn = graphicTexts(office, node, relations)
  return drawn.length > 0 ? [...alternatives, drawn.join("\n")] : alternatives
}
