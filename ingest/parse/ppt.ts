import type { Parser } from "../../src/core/ports.ts"
import { parseFailure } from "./failure.ts"
import { PPT_TYPE } from "./office-types.ts"
import { openOleStreams } from "./ole-streams.ts"
import { type PptSlide, readPptSlides } from "./ppt-slides.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"

/**
 * PowerPoint presentations of before 2007: a page a slide, the title as a heading, cells of tables one by one, the notes
 * behind the slide. A slide that the show leaves out is read and named in a warning.
 */
export const pptParser: Parser = {
  mediaTypes: [PPT_TYPE],
  extensions: [".ppt", ".pps", ".pot"],
  async parse(bytes, file) {
    const streams = await openOleStreams(bytes, file.path)
    const stream = streams.get("powerpoint document")
    if (stream === undefined) throw parseFailure("broken-file", file.path)
    const slides = readPptSlides(stream, streams.get("current user"), file.path)
    const builder = createTextBuilder()
    for (const [index, slide] of slides.entries()) appendPptSlide(builder, index + 1, slide)
    return builder.finish({ title: builder.firstHeading, pages: slides.length })
  },
}

function appendPptSlide(builder: TextBuilder, page: number, { texts, notes, isHidden }: PptSlide): void {
  builder.page(page)
  if (isHidden) builder.warn(`hidden-slide:${page}`)
  const title = texts.find(({ isTitle, text }) => isTitle && text.trim() !== "")
  if (title === undefined) builder.endSection()
  else builder.heading(1, title.text)
  for (const one of texts) {
    if (one === title) continue
    const lines = one.text.split("\n").filter((line) => line.trim() !== "")
    if (one.isBody && lines.length > 1) for (const line of lines) builder.listItem(line)
    else builder.paragraph(one.text)
  }
  // `*` stands for the number of the page.
  for (const { text } of notes) if (text.trim() !== "*") builder.paragraph(text)
}
