import type { Parser } from "../../src/core/ports.ts"
import { EPUB_TYPE } from "../media-names.ts"
import { readContents } from "./epub-contents.ts"
import { parseHtml, walkHtml } from "./html-walker.ts"
import { createTextBuilder } from "./text-builder.ts"
import { decodeXml } from "./xml.ts"
import { openZip } from "./zip.ts"

/** Books: their pages in reading order. A page without a heading gets the name that the table of contents gives it. */
export const epubParser: Parser = {
  mediaTypes: [EPUB_TYPE],
  extensions: [".epub"],
  async parse(bytes, file) {
    const archive = await openZip(bytes, file.path, { isRead: isText })
    const { title, pages, chapters } = readContents(archive, file.path)
    const builder = createTextBuilder()
    for (const name of pages) {
      const content = archive.read(name)
      if (content === undefined) {
        builder.warn("page-missing")
        continue
      }
      const page = parseHtml(decodeXml(content), file.path)
      const chapter = chapters.get(name)
      const hasHeading = page.querySelector?.("h1, h2, h3, h4, h5, h6") ?? null
      if (chapter !== undefined && hasHeading === null) builder.heading(1, chapter)
      walkHtml(builder, page, file.path)
    }
    return builder.finish({ title: title ?? builder.firstHeading })
  },
}

/** Pictures, sounds, fonts and styles are not unpacked. */
function isText(name: string): boolean {
  return name === "mimetype" || /\.(?:x?html?|xml|opf|ncx|lcpl|txt)$/i.test(name)
}
