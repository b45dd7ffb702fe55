import type { Parser } from "../../src/core/ports.ts"
import {
  EPUB_TYPE,
  JSON_TYPE,
  MAIL_TYPE,
  MBOX_TYPE,
  MSG_TYPE,
  PDF_TYPE,
  SOURCE_TYPE,
  XML_TYPE,
  ZIP_TYPE,
} from "../media-names.ts"
import { parseFailure } from "./failure.ts"
import * as office from "./office-types.ts"

/**
 * One parser a format; a new format is one file and its types here. A parser's libraries are loaded with the first
 * document of its types: all of them together take a second and 100 MB.
 */
export const parserLoaders: Readonly<Record<string, () => Promise<Parser>>> = {
  "text/markdown": async () => (await import("./markdown.ts")).markdownParser,
  "text/plain": async () => (await import("./text.ts")).textParser,
  "text/html": loadHtml,
  "application/xhtml+xml": loadHtml,
  [PDF_TYPE]: async () => (await import("./pdf.ts")).pdfParser,
  [office.DOCX_TYPE]: async () => (await import("./docx.ts")).docxParser,
  [office.PPTX_TYPE]: async () => (await import("./pptx.ts")).pptxParser,
  [office.ODT_TYPE]: async () => (await import("./odt.ts")).odtParser,
  [office.ODP_TYPE]: async () => (await import("./odp.ts")).odpParser,
  [office.RTF_TYPE]: async () => (await import("./rtf.ts")).rtfParser,
  [office.DOC_TYPE]: async () => (await import("./doc.ts")).docParser,
  [office.PPT_TYPE]: async () => (await import("./ppt.ts")).pptParser,
  "text/csv": loadCsv,
  "text/tab-separated-values": loadCsv,
  [office.XLSX_TYPE]: loadXlsx,
  [office.XLSM_TYPE]: loadXlsx,
  [office.XLSB_TYPE]: async () => (await import("./xlsb.ts")).xlsbParser,
  [office.XLS_TYPE]: async () => (await import("./xls.ts")).xlsParser,
  [office.ODS_TYPE]: async () => (await import("./ods.ts")).odsParser,
  [ZIP_TYPE]: async () => (await import("./archive.ts")).archiveParser,
  [EPUB_TYPE]: async () => (await import("./epub.ts")).epubParser,
  [MAIL_TYPE]: async () => (await import("./eml.ts")).mailParser,
  [MBOX_TYPE]: async () => (await import("./mbox.ts")).mailboxParser,
  [MSG_TYPE]: async () => (await import("./msg.ts")).msgParser,
  "application/x-ipynb+json": async () => (await import("./ipynb.ts")).notebookParser,
  [JSON_TYPE]: loadJson,
  "application/x-ndjson": loadJson,
  [SOURCE_TYPE]: async () => (await import("./source-code.ts")).sourceCodeParser,
  [XML_TYPE]: async () => (await import("./xml-document.ts")).xmlParser,
  "image/png": loadImage,
  "image/jpeg": loadImage,
  "image/bmp": loadImage,
  "image/gif": loadImage,
  "image/webp": loadImage,
  "image/tiff": loadImage,
}

async function loadHtml(): Promise<Parser> {
  return (await import("./html.ts")).htmlParser
}

async function loadCsv(): Promise<Parser> {
  return (await import("./csv.ts")).csvParser
}

async function loadXlsx(): Promise<Parser> {
  return (await import("./xlsx.ts")).xlsxParser
}

async function loadJson(): Promise<Parser> {
  return (await import("./json.ts")).jsonParser
}

async function loadImage(): Promise<Parser> {
  return (await import("./image.ts")).imageParser
}

/** Throws `unsupported-type`; `path` is for the message. */
export async function loadParser(mediaType: string, path: string): Promise<Parser> {
  const load = Object.hasOwn(parserLoaders, mediaType) ? parserLoaders[mediaType] : undefined
  if (load === undefined) throw parseFailure("unsupported-type", path)
  return await load()
}
