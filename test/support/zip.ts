import { crc32, deflateRawSync } from "node:zlib"

/** A ZIP archive of the given members, in order, stored without compression unless `isDeflated`. */
export function zip(
  members: Readonly<Record<string, string | Uint8Array>>,
  options: { readonly isEncrypted?: boolean; readonly isDeflated?: boolean } = {},
): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(members)) {
    // An encrypted member begins with a header of 12 bytes; nobody reads on here, so it may be zeros.
    const plain = Buffer.from(content)
    const packed = options.isDeflated === true ? deflateRawSync(plain) : plain
    const data = Buffer.concat([Buffer.alloc(options.isEncrypted === true ? 12 : 0), packed])
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0) // version needed
    fields.writeUInt16LE((options.isEncrypted === true ? 1 : 0) | 0x800, 2) // flags: encrypted, names in UTF-8
    fields.writeUInt16LE(options.isDeflated === true ? 8 : 0, 4)
    fields.writeUInt32LE(crc32(plain), 10)
    fields.writeUInt32LE(data.length, 14)
    fields.writeUInt32LE(plain.length, 18)
    fields.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), fields, Buffer.from(name), data])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    entries.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000"), fields, place, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, directory, Buffer.from("PK\u0005\u0006"), end])
}

interface OfficePart {
  /** Below the folder of the main part: `footnotes.xml`. */
  readonly name: string
  readonly content: string | Uint8Array
  /** Last word of the relation's type; nothing refers to a part without one. Relations are `x1`, `x2` … by part. */
  readonly relation?: string
}

/** A Word document with the given content of `w:body`, more parts, and a title among the data of the file. */
export function docx(
  body: string,
  more: { readonly parts?: readonly OfficePart[]; readonly title?: string; readonly isDeflated?: boolean } = {},
): Buffer {
  const { parts = [], title, ...options } = more
  const relations = parts.flatMap(({ name, relation }, index) =>
    relation === undefined ? [] : [`<Relationship Id="x${index + 1}" Type="${OFFICE}/${relation}" Target="${name}"/>`],
  )
  return zip(
    {
      "[Content_Types].xml": `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>`,
      "_rels/.rels": `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="word/document.xml"/>${title === undefined ? "" : CORE_RELATION}</Relationships>`,
      ...(title !== undefined && { "docProps/core.xml": coreProperties(title) }),
      "word/_rels/document.xml.rels": `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/styles" Target="styles.xml"/>${relations.join("")}</Relationships>`,
      "word/styles.xml": `${XML}<w:styles ${WORD}>${STYLES.map(([id, name]) => `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/></w:style>`).join("")}</w:styles>`,
      "word/document.xml": `${XML}<w:document ${WORD}><w:body>${body}</w:body></w:document>`,
      ...Object.fromEntries(parts.map(({ name, content }) => [`word/${name}`, content])),
    },
    options,
  )
}

/** An EPUB book of these pages, in order; each is the content of `body`. */
export function epub(pages: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(pages)
  const items = names.map((name) => `<item id="${name}" href="${name}" media-type="application/xhtml+xml"/>`)
  const page = (body: string): string =>
    `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>${body}</body></html>`
  return zip({
    mimetype: "application/epub+zip",
    "META-INF/container.xml": `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
    "OEBPS/book.opf": `<package><metadata/><manifest>${items.join("")}</manifest><spine>${names.map((name) => `<itemref idref="${name}"/>`).join("")}</spine></package>`,
    ...Object.fromEntries(names.map((name) => [`OEBPS/${name}`, page(pages[name] ?? "")])),
  })
}

function coreProperties(title: string): string {
  return `${XML}<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${title}</dc:title></cp:coreProperties>`
}

/** A paragraph of a Word document; `style` is `Title`, `Heading1` or `Heading2`. */
export function wordParagraph(text: string, style?: string): string {
  const properties = style === undefined ? "" : `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`
  return `<w:p>${properties}<w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`
}

export function wordTable(rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => `<w:tc>${wordParagraph(text)}</w:tc>`
  return `<w:tbl>${rows.map((row) => `<w:tr>${row.map(cell).join("")}</w:tr>`).join("")}</w:tbl>`
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const PACKAGE = "http://schemas.openxmlformats.org/package/2006"
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
const CORE_RELATION = `<Relationship Id="rId2" Type="${PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>`
const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
const STYLES = [
  ["Title", "Title"],
  ["Heading1", "heading 1"],
  ["Heading2", "heading 2"],
] as const
