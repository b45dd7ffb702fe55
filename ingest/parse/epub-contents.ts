import { parseFailure } from "./failure.ts"
import { type HtmlNode, parseHtml } from "./html-walker.ts"
import { cleanLine } from "./text-builder.ts"
import { attribute, childElements, decodeXml, elements, parseXml, textContent, type XmlNode } from "./xml.ts"
import type { ZipArchive } from "./zip.ts"

interface BookContents {
  readonly title: string | null
  /** Names of the pages in reading order; what is no page of text is left out. */
  readonly pages: readonly string[]
  /** What the table of contents calls a page, by its name. */
  readonly chapters: ReadonlyMap<string, string>
}

/** What the package document of an EPUB says. Throws `broken-file` where there is none, `encrypted`, as `parseXml`. */
export function readContents(archive: ZipArchive, path: string): BookContents {
  checkRights(archive, path)
  const container = xmlPart(archive, "META-INF/container.xml", path)
  const [root] = container === undefined ? [] : elements(container, "rootfile")
  const name = root === undefined ? undefined : attribute(root.attributes, "full-path")
  const book = name === undefined ? undefined : xmlPart(archive, name, path)
  if (name === undefined || book === undefined) throw parseFailure("broken-file", path)
  const [title] = elements(book, "title")
  const items = elements(book, "item")
  const byId = new Map(items.map((item) => [item.attributes["id"], item]))
  const hrefOf = (item: XmlNode): string => resolveHref(name, item.attributes["href"] ?? "")
  const spine = elements(book, "itemref").flatMap((reference) => byId.get(reference.attributes["idref"]) ?? [])
  const nav = items.find(({ attributes }) => attributes["properties"]?.split(" ").includes("nav") === true)
  const ncx = items.find(({ attributes }) => attributes["media-type"] === "application/x-dtbncx+xml")
  return {
    title: title === undefined ? null : cleanLine(textContent(title)) || null,
    pages: spine.filter((item) => item !== nav && isPage(item)).map(hrefOf),
    chapters: new Map([
      ...(ncx === undefined ? [] : ncxChapters(archive, hrefOf(ncx), path)),
      ...(nav === undefined ? [] : navChapters(archive, hrefOf(nav), path)),
    ]),
  }
}

function isPage({ attributes }: XmlNode): boolean {
  return /html|oeb1|^(?:text|application)\/xml$/.test(attributes["media-type"] ?? "html")
}

/** Protected books list their parts with how each is encrypted; fonts are often obscured and nothing else. */
function checkRights(archive: ZipArchive, path: string): void {
  const encryption = xmlPart(archive, "META-INF/encryption.xml", path)
  const methods = encryption === undefined ? [] : elements(encryption, "EncryptedData")
  const isProtected = methods.some((data) => {
    const [method] = elements(data, "EncryptionMethod")
    return !FONT_METHODS.has(method === undefined ? "" : (attribute(method.attributes, "Algorithm") ?? ""))
  })
  if (isProtected || archive.has("META-INF/license.lcpl")) throw parseFailure("encrypted", path)
}

const FONT_METHODS = new Set(["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"])

/**
 * An XML part; the name of a document type is taken off, which older books have in all parts. One that declares
 * entities is refused.
 */
function xmlPart(archive: ZipArchive, name: string, path: string): XmlNode | undefined {
  const content = archive.read(name)
  if (content === undefined) return undefined
  return parseXml(decodeXml(content).replace(/^([^[]{0,1000}?)<!DOCTYPE\s[^[\]<>]{0,1000}>/i, "$1"), path)
}

function ncxChapters(archive: ZipArchive, name: string, path: string): [string, string][] {
  const root = xmlPart(archive, name, path)
  const points = (node: XmlNode): XmlNode[] =>
    childElements(node).flatMap((child) => [...(child.name === "navPoint" ? [child] : []), ...points(child)])
  return firstOfEach(
    (root === undefined ? [] : points(root)).flatMap((point) => {
      const [label] = childElements(point).filter((child) => child.name === "navLabel")
      const [content] = childElements(point).filter((child) => child.name === "content")
      const target = content?.attributes["src"]
      if (label === undefined || target === undefined) return []
      return [[resolveHref(name, target), cleanLine(textContent(label))] as const]
    }),
  )
}

function navChapters(archive: ZipArchive, name: string, path: string): [string, string][] {
  const content = archive.read(name)
  if (content === undefined) return []
  const links = parseHtml(decodeXml(content), path).querySelectorAll?.("nav ol a") ?? []
  return firstOfEach(
    [...(links as Iterable<HtmlNode>)].map((link) => {
      const target = resolveHref(name, link.getAttribute?.("href") ?? "")
      return [target, cleanLine(link.textContent ?? "")] as const
    }),
  )
}

/** Several entries may point into one page; the first is the name of the page. */
function firstOfEach(entries: readonly (readonly [string, string])[]): [string, string][] {
  const found = new Map<string, string>()
  for (const [name, title] of entries) if (!found.has(name) && title !== "") found.set(name, title)
  return [...found]
}

/** Name in the archive of what a part refers to, without the place within it. */
function resolveHref(from: string, href: string): string {
  const parts = from.split("/").slice(0, -1)
  for (const step of decoded(href.split("#", 1)[0] ?? "").split("/")) {
    if (step === "..") parts.pop()
    else if (step !== "" && step !== ".") parts.push(step)
  }
  return parts.join("/")
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href)
  } catch {
    return href // A stray percent sign: the name is meant as it stands.
  }
}
