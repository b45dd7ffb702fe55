import type { Parser } from "../../src/core/ports.ts"
import { csvParser } from "./csv.ts"
import { docxParser } from "./docx.ts"
import { parseFailure } from "./failure.ts"
import { htmlParser } from "./html.ts"
import { markdownParser } from "./markdown.ts"
import { pdfParser } from "./pdf.ts"
import { textParser } from "./text.ts"
import { xlsxParser } from "./xlsx.ts"

/** One parser a format; a new format is one file and one line here. */
export const parsers: readonly Parser[] = [
  markdownParser,
  textParser,
  htmlParser,
  pdfParser,
  docxParser,
  csvParser,
  xlsxParser,
]

/** Throws `unsupported-type`; `path` is for the message. */
export function parserFor(mediaType: string, path: string): Parser {
  const parser = parsers.find((one) => one.mediaTypes.includes(mediaType))
  if (parser === undefined) throw parseFailure("unsupported-type", path)
  return parser
}
