import type { Parser } from "../../src/core/ports.ts"
import { archiveParser } from "./archive.ts"
import { csvParser } from "./csv.ts"
import { docParser } from "./doc.ts"
import { docxParser } from "./docx.ts"
import { mailParser } from "./eml.ts"
import { epubParser } from "./epub.ts"
import { parseFailure } from "./failure.ts"
import { htmlParser } from "./html.ts"
import { imageParser } from "./image.ts"
import { notebookParser } from "./ipynb.ts"
import { jsonParser } from "./json.ts"
import { markdownParser } from "./markdown.ts"
import { mailboxParser } from "./mbox.ts"
import { msgParser } from "./msg.ts"
import { odpParser } from "./odp.ts"
import { odsParser } from "./ods.ts"
import { odtParser } from "./odt.ts"
import { pdfParser } from "./pdf.ts"
import { pptParser } from "./ppt.ts"
import { pptxParser } from "./pptx.ts"
import { rtfParser } from "./rtf.ts"
import { sourceCodeParser } from "./source-code.ts"
import { textParser } from "./text.ts"
import { xlsParser } from "./xls.ts"
import { xlsbParser } from "./xlsb.ts"
import { xlsxParser } from "./xlsx.ts"
import { xmlParser } from "./xml-document.ts"

/** One parser a format; a new format is one file and one line here. */
export const parsers: readonly Parser[] = [
  markdownParser,
  textParser,
  htmlParser,
  pdfParser,
  docxParser,
  pptxParser,
  odtParser,
  odpParser,
  rtfParser,
  docParser,
  pptParser,
  csvParser,
  xlsxParser,
  archiveParser,
  epubParser,
  mailParser,
  mailboxParser,
  msgParser,
  notebookParser,
  jsonParser,
  sourceCodeParser,
  xmlParser,
  xlsbParser,
  xlsParser,
  odsParser,
  imageParser,
]

/** Throws `unsupported-type`; `path` is for the message. */
export function parserFor(mediaType: string, path: string): Parser {
  const parser = parsers.find((one) => one.mediaTypes.includes(mediaType))
  if (parser === undefined) throw parseFailure("unsupported-type", path)
  return parser
}
