import type { ParseContext, Parser } from "../../src/core/ports.ts"
import { appendComments, type Comment } from "./comments.ts"
import { embedParts } from "./embedded-parts.ts"
import { parseFailure } from "./failure.ts"
import { type OfficePackage, openOfficePackage } from "./office-package.ts"
import { documentTitle } from "./office-title.ts"
import { DOCX_TYPE } from "./office-types.ts"
import { createTextBuilder } from "./text-builder.ts"
import { appendBlock, CONTAINERS, type WordReading } from "./word-body.ts"
import { readNumbering } from "./word-numbering.ts"
import { readParagraph, type WordNote } from "./word-paragraph.ts"
import { readStyles } from "./word-styles.ts"
import { attribute, elements, type XmlNode } from "./xml.ts"
import { readSubtrees } from "./xml-subtrees.ts"

/**
 * Word documents: headings by style with their numbers, lists, tables, text boxes, charts, notes behind the block that
 * refers to them, headers and footers once before the body, comments behind it. Deleted and hidden text is not indexed.
 */
export const docxParser: Parser = {
  mediaTypes: [DOCX_TYPE],
  extensions: [".docx", ".docm", ".dotx", ".dotm"],
  async parse(bytes, file, context) {
    const office = await openOfficePackage(bytes, file.path)
    const main = office.relations("").find(({ type }) => type === "officeDocument")?.target ?? "word/document.xml"
    const xml = office.text(main)
    if (xml === undefined) throw parseFailure("broken-file", file.path)
    const reading = openReading(office, main, { path: file.path, context })
    appendMargins(reading)
    readSubtrees(xml, file.path, { passes: CONTAINERS, most: MOST }, (node) => appendBlock(node, reading))
    const { builder } = reading
    builder.endSection()
    appendComments(builder, readComments(reading))
    const folder = main.slice(0, main.lastIndexOf("/") + 1)
    if (context !== undefined) await embedParts(office, `${folder}embeddings/`, file.path, context)
    return builder.finish({ title: documentTitle(office) ?? builder.firstHeading })
  },
}

/** Ten thousand pages have some 300,000 paragraphs with ten elements each. */
const MOST = { p: 400_000, "*": 4_000_000 }

function openReading(
  office: OfficePackage,
  main: string,
  file: { readonly path: string; readonly context: ParseContext | undefined },
): WordReading {
  const relations = office.relations(main)
  const part = (type: string): XmlNode | undefined => {
    const target = relations.find((relation) => relation.type === type)?.target
    return target === undefined ? undefined : office.xml(target)
  }
  const notes = new Map<string, XmlNode>()
  for (const type of ["footnote", "endnote"] as const) {
    const root = part(`${type}s`)
    for (const note of root === undefined ? [] : elements(root, type)) {
      notes.set(noteKey({ type, id: attribute(note.attributes, "id") ?? "" }), note)
    }
  }
  return {
    ...file,
    office,
    relations,
    builder: createTextBuilder(),
    styles: readStyles(part("styles")),
    numbering: readNumbering(part("numbering")),
    note(reference) {
      const key = noteKey(reference)
      const note = notes.get(key)
      // Each note once: notes that refer to themselves would never end.
      notes.delete(key)
      return note
    },
  }
}

function noteKey({ type, id }: WordNote): string {
  return `${type} ${id}`
}

function readComments({ office, relations, styles }: WordReading): readonly Comment[] {
  const parts = relations.filter(({ type }) => type === "comments").flatMap(({ target }) => office.xml(target) ?? [])
  return parts.flatMap((root) =>
    elements(root, "comment").map((comment) => ({
      author: attribute(comment.attributes, "author") ?? "",
      text: elements(comment, "p")
        .map((paragraph) => readParagraph(paragraph, styles).text)
        .join("\n"),
    })),
  )
}

/** Headers and footers stand on every page; each is read once, before the body, below no heading. */
function appendMargins({ builder, office, relations, styles }: WordReading): void {
  const seen = new Set<string>()
  for (const { type, target } of relations) {
    const root = type === "header" || type === "footer" ? office.xml(target) : undefined
    if (root === undefined) continue
    const text = marginLines(root).join("\n")
    if (!seen.has(text)) builder.paragraph(text)
    seen.add(text)
  }

  function marginLines(node: XmlNode): readonly string[] {
    return elements(node, "p").flatMap((one) => {
      const { text, hidden, attached } = readParagraph(one, styles)
      builder.hide(hidden)
      const boxes = attached.filter(({ name }) => name === "txbxContent").flatMap(marginLines)
      return [text.trim(), ...boxes].filter((line) => line !== "")
    })
  }
}
