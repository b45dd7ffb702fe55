import type { Parser } from "../../src/core/ports.ts"
import { decodeText } from "./decode.ts"
import { createTextBuilder } from "./text-builder.ts"

/** Plain text: a blank line ends a paragraph, hard-wrapped lines are joined again, other line ends stay. */
export const textParser: Parser = {
  mediaTypes: ["text/plain"],
  extensions: [".txt", ".text", ".log", ".rst", ".adoc", ".asciidoc", ".org"],
  async parse(bytes, file) {
    const { text, warnings } = decodeText(bytes, file.path)
    const builder = createTextBuilder()
    for (const warning of warnings) builder.warn(warning)
    for (const paragraph of text.replace(/\r\n?/g, "\n").split(/\n[^\S\n]*(?=\n)|\f/)) {
      builder.paragraph(joinWrappedLines(paragraph))
    }
    return builder.finish({ title: null })
  },
}

/**
 * Joins lines that a fixed width has broken: a line is wrapped when the first word of the next one would not have fitted
 * into the width of the paragraph. Lists, addresses and logs keep their lines.
 */
function joinWrappedLines(paragraph: string): string {
  const lines = paragraph.split("\n").filter((line) => line.trim() !== "")
  const width = lines.reduce((widest, line) => Math.max(widest, line.trimEnd().length), 0)
  if (width < NARROWEST_WRAP || width > WIDEST_WRAP) return lines.join("\n")
  let joined = ""
  for (const [index, line] of lines.entries()) {
    const previous = lines[index - 1]
    const firstWord = line.trim().split(/\s/, 1)[0] ?? ""
    const isWrapped =
      previous !== undefined && !LIST_MARK.test(line) && previous.trimEnd().length + 1 + firstWord.length > width
    joined += previous === undefined ? line.trim() : `${isWrapped ? " " : "\n"}${line.trim()}`
  }
  return joined
}

// Below 40 columns lines are verse, addresses or columns; above 120 the author let the editor wrap.
const NARROWEST_WRAP = 40
const WIDEST_WRAP = 120
const LIST_MARK = /^\s*(?:[-*+•‣▪–]|\(?\p{Nd}{1,3}[.)]|\(?[a-z][.)])\s/u
