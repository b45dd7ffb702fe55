import type { Parser } from "../../src/core/ports.ts"
import { decodeInto } from "./decode.ts"
import { createTextBuilder, type TextBuilder } from "./text-builder.ts"
import { brokenLines } from "./text-lines.ts"

/** Plain text: a blank line ends a paragraph, hard-wrapped lines are joined again, other line ends stay. */
export const textParser: Parser = {
  mediaTypes: ["text/plain"],
  extensions: [".txt", ".text", ".log", ".rst", ".adoc", ".asciidoc", ".org", ".srt", ".vtt", ".ics", ".vcf"],
  async parse(bytes, file) {
    const builder = createTextBuilder()
    appendPlainText(builder, decodeInto(builder, bytes, file))
    return builder.finish({ title: null })
  },
}

/** Appends paragraphs; the text is read line by line, so that a large one is not held several times. */
export function appendPlainText(builder: Pick<TextBuilder, "paragraph">, text: string): void {
  let lines: string[] = []
  let characters = 0
  const flush = (): void => {
    if (lines.length > 0) builder.paragraph(joinWrappedLines(lines))
    lines = []
    characters = 0
  }
  for (const line of brokenLines(text)) {
    if (line.trim() === "") flush()
    else {
      if (characters + line.length > MOST_CHARACTERS) flush()
      characters += line.length
      lines.push(line)
    }
  }
  flush()
}

/**
 * Joins lines that a fixed width has broken: a line is wrapped when the first word of the next one would not have fitted
 * into the width of the paragraph. Lists, addresses and logs keep their lines.
 */
function joinWrappedLines(lines: readonly string[]): string {
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

/** A log without a blank line is no single paragraph. */
const MOST_CHARACTERS = 20_000
// Below 40 columns lines are verse, addresses or columns; above 120 the author let the editor wrap.
const NARROWEST_WRAP = 40
const WIDEST_WRAP = 120
const LIST_MARK = /^\s{0,40}(?:[-*+•‣▪–]|\(?\p{Nd}{1,3}[.)]|\(?[a-z][.)])\s/u
