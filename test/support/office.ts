import { zip } from "./zip.ts"

interface Slide {
  readonly title?: string
  /** Paragraphs of the body. */
  readonly body?: readonly string[]
  readonly table?: readonly (readonly string[])[]
  readonly notes?: string
  /** More content of `p:spTree`. */
  readonly shapes?: string
  readonly isHidden?: boolean
  /** Parts that the slide refers to, by the last word of the relation's type; ids are `x1`, `x2` … */
  readonly parts?: readonly { readonly relation: string; readonly name: string; readonly content: string }[]
}

interface Presentation {
  readonly title?: string
  /** Numbers of the slides, from 1, in the order of the show; default: as they are given. */
  readonly order?: readonly number[]
  /** More entries of the package, by name. */
  readonly entries?: Readonly<Record<string, string | Uint8Array>>
  readonly isDeflated?: boolean
}

/** A PowerPoint presentation. */
export function pptx(slides: readonly Slide[], presentation: Presentation = {}): Buffer {
  const { title, entries = {}, order = slides.map((_, index) => index + 1), ...options } = presentation
  const members: Record<string, string | Uint8Array> = {
    "[Content_Types].xml": `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/>${slides.map((_, index) => `<Override PartName="/ppt/slides/slide${index + 1}.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slide+xml"/>`).join("")}</Types>`,
    "_rels/.rels": relations([
      ["officeDocument", "ppt/presentation.xml"],
      ["metadata/core-properties", "docProps/core.xml"],
    ]),
    "docProps/core.xml": `${XML}<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${title ?? ""}</dc:title></cp:coreProperties>`,
    "ppt/presentation.xml": `${XML}<p:presentation ${NAMESPACES}><p:sldIdLst>${order.map((number) => `<p:sldId id="${255 + number}" r:id="x${number}"/>`).join("")}</p:sldIdLst></p:presentation>`,
    "ppt/_rels/presentation.xml.rels": relations(slides.map((_, index) => ["slide", `slides/slide${index + 1}.xml`])),
  }
  for (const [index, slide] of slides.entries()) addSlide(members, index + 1, slide)
  return zip({ ...members, ...entries }, options)
}

/** A shape with text; `type` is that of a placeholder. */
export function slideShape(paragraphs: readonly string[], type?: string, attributes = ""): string {
  const placeholder = type === undefined ? "" : `<p:ph type="${type}"/>`
  return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="Shape"${attributes}/><p:cNvSpPr/><p:nvPr>${placeholder}</p:nvPr></p:nvSpPr><p:spPr/>${textBody("p", paragraphs)}</p:sp>`
}

interface OpenDocumentOptions {
  readonly title?: string
  /** Content of `office:automatic-styles`. */
  readonly styles?: string
  /** Content of `office:master-styles`. */
  readonly masters?: string
  readonly isEncrypted?: boolean
  /** More entries with their media types. */
  readonly entries?: readonly { readonly name: string; readonly type: string; readonly content?: string | Uint8Array }[]
}

/** An OpenDocument text with the given content of `office:text`. */
export function odt(body: string, options: OpenDocumentOptions = {}): Buffer {
  return openDocument("text", body, options)
}

/** An OpenDocument presentation with the given content of `office:presentation`. */
export function odp(body: string, options: OpenDocumentOptions = {}): Buffer {
  return openDocument("presentation", body, options)
}

/** The same as one flat file. */
export function flatOdt(body: string, title: string): string {
  return `${XML}<office:document ${ODF}><office:meta><dc:title>${title}</dc:title></office:meta><office:body><office:text>${body}</office:text></office:body></office:document>`
}

function openDocument(kind: "text" | "presentation", body: string, options: OpenDocumentOptions): Buffer {
  const type = `application/vnd.oasis.opendocument.${kind}`
  const { title = "", styles = "", masters = "", isEncrypted = false, entries = [] } = options
  const encryption = isEncrypted ? '<manifest:encryption-data manifest:checksum="x"/>' : ""
  const listed = entries.map(
    (one) => `<manifest:file-entry manifest:full-path="${one.name}" manifest:media-type="${one.type}"/>`,
  )
  return zip({
    mimetype: type,
    "META-INF/manifest.xml": `${XML}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="${type}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">${encryption}</manifest:file-entry>${listed.join("")}</manifest:manifest>`,
    "content.xml": `${XML}<office:document-content ${ODF}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    "styles.xml": `${XML}<office:document-styles ${ODF}><office:master-styles>${masters}</office:master-styles></office:document-styles>`,
    "meta.xml": `${XML}<office:document-meta ${ODF}><office:meta><dc:title>${title}</dc:title></office:meta></office:document-meta>`,
    ...Object.fromEntries(entries.flatMap(({ name, content }) => (content === undefined ? [] : [[name, content]]))),
  })
}

function addSlide(members: Record<string, string | Uint8Array>, number: number, slide: Slide): void {
  const { title, body = [], table = [], notes, shapes = "", isHidden = false, parts = [] } = slide
  const content = [
    body.length > 0 ? slideShape(body, "body") : "",
    // The title comes last in the file, as it does where somebody has moved it to the front.
    title === undefined ? "" : slideShape([title], "title"),
    table.length > 0 ? slideTable(table) : "",
    shapes,
  ]
  const show = isHidden ? ' show="0"' : ""
  members[`ppt/slides/slide${number}.xml`] =
    `${XML}<p:sld ${NAMESPACES}${show}><p:cSld><p:spTree>${content.join("")}</p:spTree></p:cSld></p:sld>`
  const own: [string, string][] = parts.map(({ relation, name }) => [relation, `../${name}`])
  if (notes !== undefined) {
    own.push(["notesSlide", `../notesSlides/notesSlide${number}.xml`])
    members[`ppt/notesSlides/notesSlide${number}.xml`] =
      `${XML}<p:notes ${NAMESPACES}><p:cSld><p:spTree>${slideShape([String(number)], "sldNum")}${slideShape([notes], "body")}</p:spTree></p:cSld></p:notes>`
  }
  members[`ppt/slides/_rels/slide${number}.xml.rels`] = relations(own)
  for (const { name, content: part } of parts) members[`ppt/${name}`] = part
}

function slideTable(rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string => row.map((text) => `<a:tc>${textBody("a", [text])}</a:tc>`).join("")
  return `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="Table"/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl>${rows.map((row) => `<a:tr>${cells(row)}</a:tr>`).join("")}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`
}

function textBody(prefix: "a" | "p", paragraphs: readonly string[]): string {
  return `<${prefix}:txBody><a:bodyPr/>${paragraphs.map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`).join("")}</${prefix}:txBody>`
}

/** Relations of the types and targets given; ids are `x1`, `x2` … */
function relations(list: readonly (readonly [string, string])[]): string {
  const elements = list.map(([type, target], index) => {
    const prefix = type.startsWith("metadata/") ? `${PACKAGE}/relationships` : OFFICE
    return `<Relationship Id="x${index + 1}" Type="${prefix}/${type}" Target="${target}"/>`
  })
  return `${XML}<Relationships xmlns="${PACKAGE}/relationships">${elements.join("")}</Relationships>`
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const PACKAGE = "http://schemas.openxmlformats.org/package/2006"
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
const NAMESPACES = `xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="${OFFICE}" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"`
const ODF = [
  "office text table draw presentation style meta",
  ...["fo", "svg"].map((prefix) => `${prefix}:${prefix}-compatible`),
]
  .flatMap((names) => names.split(" "))
  .map((name) => {
    const [prefix = name, local = name] = name.split(":")
    return `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${local}:1.0"`
  })
  .concat('xmlns:xlink="http://www.w3.org/1999/xlink"', 'xmlns:dc="http://purl.org/dc/elements/1.1/"')
  .join(" ")
