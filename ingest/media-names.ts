import * as office from "./parse/office-types.ts"
import { SOURCE_EXTENSIONS, SOURCE_NAMES } from "./parse/source-extensions.ts"

/** Lower case with the dot; empty where there is none. */
export function extensionOf(path: string): string {
  const name = fileName(path)
  const dot = name.lastIndexOf(".")
  return dot <= 0 ? "" : name.slice(dot).toLowerCase()
}

/** What a file's name says of its type; undefined where it says nothing that is known. */
export function typeByName(path: string): string | undefined {
  return SOURCE_NAMES.has(fileName(path).toLowerCase()) ? SOURCE_TYPE : EXTENSIONS.get(extensionOf(path))
}

/** The usual extension of a type, with the dot; undefined for a type that is not known. */
export function extensionFor(mediaType: string): string | undefined {
  return TYPES[mediaType]?.split(" ", 1)[0]
}

export const PDF_TYPE = "application/pdf"
export const ZIP_TYPE = "application/zip"
export const EPUB_TYPE = "application/epub+zip"
export const MSG_TYPE = "application/vnd.ms-outlook"
export const SOURCE_TYPE = "text/x-source"
export const MAIL_TYPE = "message/rfc822"
export const MBOX_TYPE = "application/mbox"
export const XML_TYPE = "application/xml"
export const JSON_TYPE = "application/json"

/** Types whose files are text in some charset. */
export const TEXT_TYPES: ReadonlySet<string> = new Set([
  "text/markdown",
  "text/html",
  "text/csv",
  "text/tab-separated-values",
  "text/plain",
  SOURCE_TYPE,
  MAIL_TYPE,
  MBOX_TYPE,
  XML_TYPE,
  JSON_TYPE,
  "application/x-ndjson",
  "application/x-ipynb+json",
])

/** The type of this table for one that a browser, a mail or a server states; undefined where it says nothing. */
export function statedTextType(stated: string | undefined): string | undefined {
  const type = stated?.split(";", 1)[0]?.trim().toLowerCase()
  if (type === undefined) return undefined
  const known = ALIASES.get(type) ?? type
  return TEXT_TYPES.has(known) ? known : undefined
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["text/xml", XML_TYPE],
  ["application/rss+xml", XML_TYPE],
  ["application/atom+xml", XML_TYPE],
  ["application/xhtml+xml", "text/html"],
  ["text/x-markdown", "text/markdown"],
  ["text/json", JSON_TYPE],
  ["application/jsonl", "application/x-ndjson"],
  ["application/x-jsonlines", "application/x-ndjson"],
  ["text/css", SOURCE_TYPE],
  ["text/javascript", SOURCE_TYPE],
  ["application/javascript", SOURCE_TYPE],
  ["text/yaml", SOURCE_TYPE],
  ["application/yaml", SOURCE_TYPE],
  ["application/sql", SOURCE_TYPE],
])

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1)
}

const TYPES: Readonly<Record<string, string>> = {
  [PDF_TYPE]: ".pdf",
  [office.DOCX_TYPE]: ".docx .docm .dotx .dotm",
  [office.PPTX_TYPE]: ".pptx .pptm .ppsx .ppsm .potx .potm",
  [office.XLSX_TYPE]: ".xlsx .xltx",
  [office.XLSM_TYPE]: ".xlsm .xltm",
  [office.XLSB_TYPE]: ".xlsb",
  [office.DOC_TYPE]: ".doc .dot",
  [office.XLS_TYPE]: ".xls .xlt",
  [office.PPT_TYPE]: ".ppt .pps .pot",
  [office.ODT_TYPE]: ".odt .ott .fodt",
  [office.ODP_TYPE]: ".odp .otp .fodp",
  [office.ODS_TYPE]: ".ods .ots",
  [office.RTF_TYPE]: ".rtf",
  [EPUB_TYPE]: ".epub",
  [ZIP_TYPE]: ".zip",
  [MSG_TYPE]: ".msg",
  "image/png": ".png",
  "image/jpeg": ".jpg .jpeg .jpe .jfif",
  "image/gif": ".gif",
  "image/bmp": ".bmp .dib",
  "image/tiff": ".tif .tiff",
  "image/webp": ".webp",
  "text/markdown": ".md .markdown .mdown .mkd",
  "text/html": ".html .htm .xhtml",
  "text/csv": ".csv",
  "text/tab-separated-values": ".tsv",
  "text/plain": ".txt .text .log .rst .adoc .asciidoc .org .srt .vtt .ics .vcf",
  [MAIL_TYPE]: ".eml .mht .mhtml",
  [MBOX_TYPE]: ".mbox .mbx",
  [XML_TYPE]: ".xml .rss .atom .opml .xsd .xsl .svg",
  [JSON_TYPE]: ".json .geojson",
  "application/x-ndjson": ".jsonl .ndjson",
  "application/x-ipynb+json": ".ipynb",
  [SOURCE_TYPE]: SOURCE_EXTENSIONS.join(" "),
}
const EXTENSIONS: ReadonlyMap<string, string> = new Map(
  Object.entries(TYPES).flatMap(([type, extensions]) => extensions.split(" ").map((one) => [one, type])),
)
