import type { Parser } from "../../src/core/ports.ts"
import { appendComments } from "./comments.ts"
import { openOpenDocument } from "./odf.ts"
import { appendOdfBlock, type OdfReading } from "./odf-blocks.ts"
import { commentOf } from "./odf-inline.ts"
import { embedOdfObjects } from "./odf-objects.ts"
import { createOdfStyles } from "./odf-styles.ts"
import { ODP_TYPE } from "./office-types.ts"
import { createTextBuilder } from "./text-builder.ts"
import { attribute, childElements, elements, textContent, type XmlNode } from "./xml.ts"
import { readSubtrees } from "./xml-subtrees.ts"

/**
 * OpenDocument presentations: a page a slide, its title as a heading, notes and comments behind the slide. A slide that
 * the show leaves out is read and named in a warning.
 */
export const odpParser: Parser = {
  mediaTypes: [ODP_TYPE],
  extensions: [".odp", ".otp", ".fodp"],
  async parse(bytes, file, context) {
    const document = await openOpenDocument(bytes, file.path)
    const builder = createTextBuilder()
    const reading: OdfReading = { builder, document, path: file.path, styles: createOdfStyles(), comments: [] }
    let pages = 0
    readSubtrees(document.content, file.path, { passes: PASSES, most: MOST }, (node) => {
      if (node.name === "automatic-styles") reading.styles.add(node)
      else if (node.name === "page") appendPage(node, ++pages, reading)
    })
    if (context !== undefined) await embedOdfObjects(document, file.path, context)
    return builder.finish({ title: document.title ?? builder.firstHeading, pages })
  },
}

const PASSES: ReadonlySet<string> = new Set(["document-content", "document", "body", "presentation"])
const MOST = { page: 10_000, "*": 4_000_000 }
/** Frames that only say the number or the date. */
const MARGINS: ReadonlySet<string> = new Set(["page-number", "date-time", "header", "footer", "page"])

function appendPage(page: XmlNode, number: number, reading: OdfReading): void {
  const { builder, styles } = reading
  builder.page(number)
  if (styles.isHiddenPage(attribute(page.attributes, "style-name"))) builder.warn(`hidden-slide:${number}`)
  const children = childElements(page)
  const titles = children.filter((child) => classOf(child) === "title").map(linesOf)
  const [title, ...others] = titles.filter((text) => text !== "")
  if (title === undefined) builder.endSection()
  else builder.heading(1, title)
  for (const text of others) builder.paragraph(text)
  for (const child of children) {
    if (child.name === "annotation") reading.comments.push(commentOf(child))
    else if (child.name !== "notes" && classOf(child) !== "title" && !MARGINS.has(classOf(child))) {
      appendOdfBlock(child, reading)
    }
  }
  for (const notes of children.filter(({ name }) => name === "notes")) {
    for (const child of childElements(notes)) {
      if (!MARGINS.has(classOf(child))) appendOdfBlock(child, reading)
    }
  }
  appendComments(builder, reading.comments.splice(0))
}

/** `presentation:class`: what a frame of a layout is for. */
function classOf(node: XmlNode): string {
  return attribute(node.attributes, "class") ?? ""
}

function linesOf(frame: XmlNode): string {
  return elements(frame, "p").map(textContent).join("\n").trim()
}
