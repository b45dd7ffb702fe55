import type { Comment } from "./comments.ts"
import type { OpenDocument } from "./odf.ts"
import { isDrawn, type OdfParagraph, readOdfParagraph } from "./odf-inline.ts"
import { chartOf } from "./odf-objects.ts"
import type { OdfStyles } from "./odf-styles.ts"
import { isOdfDataTable, readOdfTable } from "./odf-table.ts"
import type { TextBuilder } from "./text-builder.ts"
import { attribute, childElements, elements, textContent, type XmlNode } from "./xml.ts"

/** An OpenDocument text or presentation that is being read into a builder. */
export interface OdfReading {
  readonly builder: TextBuilder
  readonly document: OpenDocument
  readonly path: string
  readonly styles: OdfStyles
  /** Those that have been passed. */
  readonly comments: Comment[]
}

/** Appends a paragraph, a heading, a list, a table, a frame, or what a container holds, in order. */
export function appendOdfBlock(node: XmlNode, reading: OdfReading, isInList = false): void {
  if (node.name === "h" || node.name === "p") appendParagraph(node, reading, isInList)
  else if (node.name === "table") appendTable(node, reading)
  else if (isDrawn(node.name)) appendDrawn(node, reading)
  else if (node.name === "list") appendOdfBlocks(node, reading, true)
  else if (node.name === "section" && attribute(node.attributes, "display") === "none") hide(node, reading)
  else if (CONTAINERS.has(node.name)) appendOdfBlocks(node, reading, isInList)
}

function appendOdfBlocks(node: XmlNode, reading: OdfReading, isInList: boolean): void {
  for (const child of childElements(node)) appendOdfBlock(child, reading, isInList)
}

const CONTAINERS: ReadonlySet<string> = new Set(
  (
    "list-item list-header numbered-paragraph section table-of-content alphabetical-index illustration-index " +
    "table-index object-index user-index bibliography index-body index-title note-body text-box"
  ).split(" "),
)

function appendParagraph(node: XmlNode, reading: OdfReading, isInList: boolean): void {
  const { builder, styles } = reading
  const paragraph = readOdfParagraph(node, styles)
  const level = node.name === "h" ? Number(attribute(node.attributes, "outline-level") ?? 1) : undefined
  if (level !== undefined) builder.heading(Math.min(Math.max(level, 1), 6), paragraph.text)
  else if (styles.isTitle(attribute(node.attributes, "style-name"))) builder.heading(1, paragraph.text)
  else if (isInList) builder.listItem(paragraph.text)
  else builder.paragraph(paragraph.text)
  appendAttached([paragraph], reading)
}

function appendTable(table: XmlNode, reading: OdfReading): void {
  if (!isOdfDataTable(table)) {
    for (const cell of elements(table, "table-cell")) appendOdfBlocks(cell, reading, false)
    return
  }
  const paragraphs: OdfParagraph[] = []
  const rows = readOdfTable(table, (node) => {
    const paragraph = readOdfParagraph(node, reading.styles)
    paragraphs.push(paragraph)
    return paragraph.text
  })
  reading.builder.table(rows)
  appendAttached(paragraphs, reading)
}

/** Frames, shapes and notes follow the block that they hang on. */
function appendAttached(paragraphs: readonly OdfParagraph[], reading: OdfReading): void {
  for (const { hidden, attached, comments } of paragraphs) {
    reading.builder.hide(hidden)
    reading.comments.push(...comments)
    for (const node of attached) {
      if (node.name === "note-body") appendOdfBlocks(node, reading, false)
      else appendDrawn(node, reading)
    }
  }
}

/** A frame shows one of several kinds of content; a shape holds text; both may say in words what they show. */
function appendDrawn(node: XmlNode, reading: OdfReading): void {
  const { builder, document, path } = reading
  for (const child of childElements(node)) {
    if (child.name === "title" || child.name === "desc") builder.paragraph(textContent(child))
    else if (child.name === "object") {
      const chart = chartOf(document, attribute(child.attributes, "href") ?? "", path)
      for (const title of chart?.titles ?? []) builder.paragraph(title)
      if (chart !== undefined) builder.table(chart.rows)
    } else appendOdfBlock(child, reading)
  }
}

function hide(node: XmlNode, reading: OdfReading): void {
  for (const paragraph of elements(node, "p", "h")) reading.builder.hide(textContent(paragraph))
}
