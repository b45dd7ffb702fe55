import { parseFailure } from "./failure.ts"
import { statedTitle } from "./office-title.ts"
import { decodeXml, elements, parseXml, textContent, type XmlNode } from "./xml.ts"
import { isOfficePart, openZip, type ZipArchive } from "./zip.ts"

/** An OpenDocument file: a package of parts, or all of them in one flat XML file. */
export interface OpenDocument {
  /** Undefined for a flat file. */
  readonly archive: ZipArchive | undefined
  /** XML of `content.xml`; for a flat file all of it. */
  readonly content: string
  /** Stated by the document's own data, or null. */
  readonly title: string | null
  /** XML of a part, such as `styles.xml`; for a flat file all of it. Undefined where it is missing. */
  text(part: string): string | undefined
  /** Media types of the package's manifest by name; folders of embedded documents end in `/`. */
  readonly mediaTypes: ReadonlyMap<string, string>
}

/**
 * Opens an OpenDocument text, presentation or spreadsheet. Throws `encrypted` where a password protects it,
 * `broken-file` where it has no content, else as `openZip` does. `isCounted` as in `openZip`.
 */
export async function openOpenDocument(
  bytes: Uint8Array,
  path: string,
  isCounted?: (name: string) => boolean,
): Promise<OpenDocument> {
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  if (!(bytes[0] === 0x50 && bytes[1] === 0x4b)) return openFlat(bytes, path)
  const archive = await openZip(bytes, path, { isRead: isOfficePart, ...(isCounted && { isCounted }) })
  const manifest = readManifest(archive, path)
  // Since version 1.3 a protected document is one encrypted entry of a package.
  if (manifest.isEncrypted || archive.has("encrypted-package")) throw parseFailure("encrypted", path)
  const text = (part: string): string | undefined => {
    const content = archive.read(part)
    return content === undefined ? undefined : decodeXml(content)
  }
  const content = text("content.xml")
  if (content === undefined) throw parseFailure("broken-file", path)
  return { archive, content, title: titleOf(text("meta.xml"), path), text, mediaTypes: manifest.mediaTypes }
}

function openFlat(bytes: Uint8Array, path: string): OpenDocument {
  const content = decodeXml(bytes)
  if (!/<(?:[\w.-]+:)?document[\s>]/.test(content.slice(0, 100_000))) throw parseFailure("broken-file", path)
  const meta = /<(office:meta)[\s>][\s\S]*?<\/\1>/.exec(content)?.[0]
  const title = /<dc:title>([^<]*)<\/dc:title>/.exec(meta ?? "")?.[1] ?? ""
  return {
    archive: undefined,
    content,
    title: titleOf(`<meta><title>${title}</title></meta>`, path),
    text: () => content,
    mediaTypes: new Map(),
  }
}

function titleOf(meta: string | undefined, path: string): string | null {
  const [title] = meta === undefined ? [] : elements(parseXml(meta, path), "title")
  return title === undefined ? null : statedTitle(textContent(title))
}

function readManifest(archive: ZipArchive, path: string) {
  const content = archive.read("META-INF/manifest.xml")
  const mediaTypes = new Map<string, string>()
  if (content === undefined) return { mediaTypes, isEncrypted: false }
  const files = elements(parseXml(withoutDoctype(decodeXml(content)), path), "file-entry")
  for (const file of files) mediaTypes.set(manifestValue(file, "full-path"), manifestValue(file, "media-type"))
  return { mediaTypes, isEncrypted: files.some((file) => elements(file, "encryption-data").length > 0) }
}

/** OpenOffice before version 3 named the grammar of its manifest; only a declaration without entities is passed over. */
function withoutDoctype(xml: string): string {
  return xml.replace(/<!DOCTYPE [^[\]<>]{0,300}>/, "")
}

function manifestValue(file: XmlNode, name: string): string {
  return file.attributes[`manifest:${name}`] ?? file.attributes[name] ?? ""
}
