import type { Parser } from "../../src/core/ports.ts"
import { appendComments } from "./comments.ts"
import { type OpenDocument, openOpenDocument } from "./odf.ts"
import { appendOdfBlock, type OdfReading } from "./odf-blocks.ts"
import { readOdfParagraph } from "./odf-inline.ts"
import { embedOdfObjects } from "./odf-objects.ts"
import { createOdfStyles } from "./odf-styles.ts"
import { ODT_TYPE } from "./office-types.ts"
import { createTextBuilder } from "./text-builder.ts"
import { childElements, elements, parseXml, type XmlNode } from "./xml.ts"
import { readSubtrees } from "./xml-subtrees.ts"

/**
 * OpenDocument texts: headings, lists, tables, text boxes, charts, notes behind the block that refers to them, headers
 * and footers once before the body, comments behind it. Hidden text is not indexed.
 */
export const odtParser: Parser = {
  mediaTypes: [ODT_TYPE],
  extensions: [".odt", ".ott", ".fodt"],
  async parse(bytes, file, context) {
    const document = await openOpenDocument(bytes, file.path)
    const reading = openOdfReading(document, file.path)
    readSubtrees(document.content, file.path, { passes: PASSES, most: MOST }, (node) => {
      if (STYLES.has(node.name)) reading.styles.add(node)
      else appendOdfBlock(node, reading)
    })
    const { builder } = reading
    builder.endSection()
    appendComments(builder, reading.comments)
    if (context !== undefined) await embedOdfObjects(document, file.path, context)
    return builder.finish({ title: document.title ?? builder.firstHeading })
  },
}

/** `office:text` within `office:body`. */
const PASSES: ReadonlySet<string> = new Set(["document-content", "document", "body", "text"])
const STYLES: ReadonlySet<string> = new Set(["automatic-styles", "styles"])
/** Ten thousand pages have some 300,000 paragraphs with ten elements each. */
const MOST = { p: 400_000, h: 400_000, "*": 4_000_000 }

/** Knows the document's common styles; headers and footers are in the builder, once each, below no heading. */
function openOdfReading(document: OpenDocument, path: string): OdfReading {
  const reading = { builder: createTextBuilder(), document, path, styles: createOdfStyles(), comments: [] }
  const common = document.archive === undefined ? undefined : document.text("styles.xml")
  if (common !== undefined) {
    const root = parseXml(common, path)
    for (const node of childElements(root)) if (STYLES.has(node.name)) reading.styles.add(node)
    appendMargins(root, reading)
  }
  return reading
}

function appendMargins(root: XmlNode, { builder, styles }: OdfReading): void {
  const seen = new Set<string>()
  for (const margin of elements(root, ...MARGINS)) {
    const lines = elements(margin, "p").map((node) => readOdfParagraph(node, styles).text.trim())
    const text = lines.filter((line) => line !== "").join("\n")
    if (!seen.has(text)) builder.paragraph(text)
    seen.add(text)
  }
}

const MARGINS = ["header", "header-left", "header-first", "footer", "footer-left", "footer-first"]
