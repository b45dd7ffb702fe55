import { IbidError } from "../../src/core/errors.ts"
import type { Parser } from "../../src/core/ports.ts"
import { appendComments } from "./comments.ts"
import { embedParts } from "./embedded-parts.ts"
import { parseFailure } from "./failure.ts"
import { type OfficePackage, openOfficePackage, relationOf } from "./office-package.ts"
import { documentTitle } from "./office-title.ts"
import { PPTX_TYPE } from "./office-types.ts"
import { slideAuthors, slideComments } from "./slide-comments.ts"
import { appendNotes, appendSlide } from "./slide-shapes.ts"
import { createTextBuilder } from "./text-builder.ts"
import { attribute, elements, type XmlNode } from "./xml.ts"

/**
 * PowerPoint presentations: a page a slide in the order of the show, the title as a heading, notes and comments behind the slide.
 * A slide that the show leaves out is read and named in a warning.
 */
export const pptxParser: Parser = {
  mediaTypes: [PPTX_TYPE],
  extensions: [".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"],
  async parse(bytes, file, context) {
    const office = await openOfficePackage(bytes, file.path)
    const builder = createTextBuilder()
    const main = office.relations("").find(({ type }) => type === "officeDocument")?.target ?? "ppt/presentation.xml"
    const slides = slideParts(office, main, file.path)
    const margins = new Set<string>()
    const authors = slideAuthors(office, main)
    for (const [index, part] of slides.entries()) {
      const page = index + 1
      builder.page(page)
      const slide = part === undefined ? undefined : readable(() => office.xml(part))
      if (part === undefined || slide === undefined) {
        builder.weakPage({ page, reason: "unreadable", confidence: null })
        continue
      }
      if (/^(?:0|false)$/.test(attribute(slide.attributes, "show") ?? "")) builder.warn(`hidden-slide:${page}`)
      const relations = office.relations(part)
      const related = (type: string): readonly XmlNode[] =>
        relations.filter((one) => one.type === type).flatMap(({ target }) => readable(() => office.xml(target)) ?? [])
      appendSlide(slide, { builder, office, relations, margins })
      for (const notes of related("notesSlide")) appendNotes(notes, builder)
      appendComments(
        builder,
        related("comments").flatMap((root) => slideComments(root, authors)),
      )
    }
    if (context !== undefined) await embedParts(office, "ppt/embeddings/", file.path, context)
    return builder.finish({ title: documentTitle(office) ?? builder.firstHeading, pages: slides.length })
  },
}

/** Parts of the slides in the order of the show; undefined where one is named and not there. */
function slideParts(office: OfficePackage, main: string, path: string): readonly (string | undefined)[] {
  const root = office.xml(main)
  if (root === undefined) throw parseFailure("broken-file", path)
  const relations = office.relations(main)
  const targets = elements(root, "sldId").map((slide) => relationOf(slide, relations)?.target)
  // A slide stands in the show once; a list that repeats them would be read without end.
  return targets.filter((target, index) => target === undefined || targets.indexOf(target) === index)
}

/** A slide that is damaged does not take the others with it. */
function readable(read: () => XmlNode | undefined): XmlNode | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof IbidError && (thrown.code === "broken-file" || thrown.code === "archive-corrupt"))
      return undefined
    throw thrown
  }
}
