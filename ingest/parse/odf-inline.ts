import type { Comment } from "./comments.ts"
import type { OdfStyles } from "./odf-styles.ts"
import { attribute, childElements, elements, textContent, type XmlNode } from "./xml.ts"

/** A paragraph's line, and what hangs on it. */
export interface OdfParagraph {
  readonly text: string
  readonly hidden: string
  /** Frames, shapes and bodies of notes, in order. */
  readonly attached: readonly XmlNode[]
  readonly comments: readonly Comment[]
}

/** Reads a `text:p` or `text:h`. What tracked changes have deleted stands elsewhere and is not read. */
export function readOdfParagraph(node: XmlNode, styles: OdfStyles): OdfParagraph {
  const reading: Reading = { styles, text: "", hidden: "", attached: [], comments: [], hidingDepth: 0 }
  const isHiddenStyle = styles.isHidden(attribute(node.attributes, "style-name"))
  if (isHiddenStyle) reading.hidingDepth++
  readInline(node, reading)
  return reading
}

/** An `office:annotation`. */
export function commentOf(node: XmlNode): Comment {
  const [author] = elements(node, "creator")
  return {
    author: author === undefined ? "" : textContent(author),
    text: elements(node, "p").map(textContent).join("\n"),
  }
}

/** Whether an element is drawn: a frame, a shape, a group of them. */
export function isDrawn(name: string): boolean {
  return DRAWN.has(name)
}

interface Reading {
  readonly styles: OdfStyles
  readonly attached: XmlNode[]
  text: string
  hidden: string
  readonly comments: Comment[]
  hidingDepth: number
}

const DRAWN = new Set(
  (
    "frame g custom-shape rect ellipse circle line connector polygon polyline regular-polygon path caption measure " +
    "control"
  ).split(" "),
)
const SKIPPED = new Set(
  (
    "annotation-end ruby-text note-citation tracked-changes script event-listeners bookmark-start page-number page-count " +
    "title desc"
  ).split(" "),
)

function readInline(node: XmlNode, reading: Reading): void {
  for (const child of node.children) {
    // White space in the file is one space; what is meant as more has elements of its own.
    if (typeof child === "string") add(child.replace(/\s+/g, " "), reading)
    else readElement(child, reading)
  }
}

function readElement(node: XmlNode, reading: Reading): void {
  if (SKIPPED.has(node.name)) return
  if (isDrawn(node.name)) {
    reading.attached.push(node)
    return
  }
  switch (node.name) {
    case "s":
      add(" ", reading)
      return
    case "tab":
      add("\t", reading)
      return
    case "line-break":
      add("\n", reading)
      return
    case "note":
      reading.attached.push(...childElements(node).filter(({ name }) => name === "note-body"))
      return
    case "annotation":
      reading.comments.push(commentOf(node))
      return
    case "number":
      add(`${textContent(node)} `, reading)
      return
    case "hidden-text":
    case "hidden-paragraph":
      reading.hidden += textContent(node)
      return
    default:
      readStyled(node, reading)
  }
}

function readStyled(node: XmlNode, reading: Reading): void {
  const isHidden = node.name === "span" && reading.styles.isHidden(attribute(node.attributes, "style-name"))
  if (isHidden) reading.hidingDepth++
  readInline(node, reading)
  if (isHidden) reading.hidingDepth--
}

function add(text: string, reading: Reading): void {
  if (reading.hidingDepth > 0) reading.hidden += text
  else reading.text += text
}
