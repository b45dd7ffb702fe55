import type { Parser } from "../../src/core/ports.ts"
import { XML_TYPE } from "../media-names.ts"
import { parseFailure } from "./failure.ts"
import { appendHtml } from "./html-walker.ts"
import { cleanLine, createTextBuilder, type TextBuilder } from "./text-builder.ts"
import { decodeXml, readXml, type XmlAttributes } from "./xml.ts"

/**
 * XML of any kind: a value is a line `name: value`, the values of one element are a paragraph, prose stays prose, a
 * `title` is a heading of the depth that it stands in. Attributes count where they hold words. Throws as `readXml` does.
 */
export const xmlParser: Parser = {
  mediaTypes: [XML_TYPE],
  extensions: [".xml", ".rss", ".atom", ".opml", ".xsd", ".xsl", ".svg"],
  async parse(bytes, file) {
    if (bytes.length === 0) throw parseFailure("empty-file", file.path)
    const builder = createTextBuilder()
    appendXml(builder, decodeXml(bytes).replace(/^\s+/, ""), file.path)
    return builder.finish({ title: builder.firstHeading })
  },
}

interface OpenElement {
  readonly name: string
  /** Text that stands directly in it, with that of its inline children. */
  text: string
  hasChildren: boolean
  /** Values of its children that have not become a paragraph yet. */
  lines: string[]
}

function appendXml(builder: TextBuilder, xml: string, path: string): void {
  const root: OpenElement = { name: "", text: "", hasChildren: false, lines: [] }
  const open = [root]
  readXml(xml, path, {
    open(name, attributes) {
      const parent = open.at(-1)
      const isInline = parent !== undefined && isProse(parent, name)
      if (parent !== undefined && !isInline) {
        parent.hasChildren = true
        flushText(builder, parent)
      }
      open.push({ name, text: "", hasChildren: false, lines: attributeLines(attributes) })
    },
    text(text) {
      const element = open.at(-1)
      if (element !== undefined) element.text += text
    },
    close() {
      const element = open.pop()
      const parent = open.at(-1)
      if (element === undefined || parent === undefined) return
      if (!element.hasChildren && isProse(parent, element.name)) {
        parent.text += element.text
        parent.lines.push(...element.lines)
      } else closeElement(builder, element, { parent, depth: open.length, path })
    },
  })
  flushLines(builder, root)
}

/** Elements that mark words within a text rather than a value of their own. */
const INLINE = new Set(
  "a abbr b bold br code em emph emphasis i italic link literal mark q s small span strong sub sup tspan u xref".split(
    " ",
  ),
)

function isProse(parent: OpenElement, name: string): boolean {
  return INLINE.has(name.toLowerCase()) && (parent.text.trim() !== "" || !parent.hasChildren) && parent.name !== ""
}

function closeElement(
  builder: TextBuilder,
  element: OpenElement,
  place: { readonly parent: OpenElement; readonly depth: number; readonly path: string },
): void {
  const { parent, depth, path } = place
  if (element.hasChildren) {
    flushText(builder, element)
    flushLines(builder, element)
    return
  }
  if (element.lines.length > 0) parent.lines.push(...element.lines.map((line) => `${element.name} ${line}`))
  const text = element.text.trim()
  if (text === "") return
  if (/^(?:title|head|heading)$/i.test(element.name)) {
    flushLines(builder, parent)
    builder.heading(Math.min(depth, 6), asLine(text, path))
  } else if (isMarkup(text)) {
    flushLines(builder, parent)
    appendHtml(builder, text, path)
  } else if (text.length > PROSE_CHARACTERS) {
    flushLines(builder, parent)
    builder.paragraph(text.replace(/\s+/g, " "))
  } else {
    parent.lines.push(`${element.name}: ${cleanLine(text)}`)
    if (parent.lines.length >= MOST_LINES) flushLines(builder, parent)
  }
}

/** Above this a value is prose, and its name says nothing. */
const PROSE_CHARACTERS = 200
const MOST_LINES = 50

function flushText(builder: TextBuilder, element: OpenElement): void {
  if (element.text.trim() !== "") builder.paragraph(element.text.replace(/\s+/g, " "))
  element.text = ""
}

function flushLines(builder: TextBuilder, element: OpenElement): void {
  builder.paragraph(element.lines.join("\n"))
  element.lines = []
}

/** Feeds carry the text of pages as text of their own. */
function isMarkup(text: string): boolean {
  return /<(?:p|div|br|a|ul|ol|li|h[1-6]|img|span|strong|em|table|b|i)\b[^<>]{0,2000}>/i.test(text)
}

function asLine(text: string, path: string): string {
  if (!isMarkup(text)) return text
  const inner = createTextBuilder()
  appendHtml(inner, text, path)
  return inner.finish({ title: null }).text
}

/** Words in attributes; numbers, names of settings, references and addresses are none. */
function attributeLines(attributes: XmlAttributes): string[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const isText = /\p{L}{2}\s+\S/u.test(value) || /^(?:title|text|label|name|alt|caption|description)$/i.test(name)
    if (!isText || /^xmlns|:schemaLocation$|^(?:style|class|d|points|transform)$/.test(name)) return []
    return [`${name}: ${cleanLine(value)}`]
  })
}
