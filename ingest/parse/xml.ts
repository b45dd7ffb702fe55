import iconv from "iconv-lite"
import { SaxesParser } from "saxes"
import { isOutOfMemory, parseFailure } from "./failure.ts"

export type XmlAttributes = Readonly<Record<string, string>>

export interface XmlHandlers {
  /** Names come without their prefix. `position` is the offset of the tag's first character. */
  open(name: string, attributes: XmlAttributes, position: number): void
  /** `position` is the offset behind the tag. */
  close(name: string, position: number): void
  text(text: string): void
}

export interface XmlNode {
  readonly name: string
  readonly attributes: XmlAttributes
  readonly children: readonly (XmlNode | string)[]
}

/** Far more than documents nest, far from the end of any stack. */
const MOST_DEPTH = 200

/**
 * Reads XML as a stream of tags and text. Throws `xml-doctype` where it declares a document type, and so entities;
 * `too-deep`; `broken-file` where it is not well-formed.
 */
export function readXml(xml: string, path: string, handlers: XmlHandlers): void {
  const parser = new SaxesParser({ position: false })
  let depth = 0
  let start = 0
  const stop = (code: "xml-doctype" | "too-deep"): never => {
    throw parseFailure(code, path)
  }
  parser.on("doctype", () => stop("xml-doctype"))
  parser.on("opentagstart", (tag) => {
    // The parser stands behind the name and the character that ended it.
    start = parser.position - tag.name.length - 2
  })
  parser.on("opentag", ({ name, attributes }) => {
    if (++depth > MOST_DEPTH) stop("too-deep")
    handlers.open(localName(name), attributes as XmlAttributes, start)
  })
  parser.on("closetag", ({ name }) => {
    depth--
    handlers.close(localName(name), parser.position)
  })
  parser.on("text", handlers.text)
  parser.on("cdata", handlers.text)
  parser.on("error", (cause) => {
    throw parseFailure("broken-file", path, { cause })
  })
  try {
    parser.write(xml).close()
  } catch (thrown) {
    // The tokenizer itself may stumble over what it calls well-formed, such as code points beyond Unicode.
    if (thrown instanceof RangeError && !isOutOfMemory(thrown))
      throw parseFailure("broken-file", path, { cause: thrown })
    throw thrown
  }
}

/** The root element as a tree, for parts that are small: slides, relationships, comments. Throws as `readXml` does. */
export function parseXml(xml: string, path: string): XmlNode {
  const root: XmlNode & { children: (XmlNode | string)[] } = { name: "", attributes: {}, children: [] }
  const open = [root]
  readXml(xml, path, {
    open(name, attributes) {
      const node = { name, attributes, children: [] }
      open.at(-1)?.children.push(node)
      open.push(node)
    },
    close: () => void open.pop(),
    text: (text) => void open.at(-1)?.children.push(text),
  })
  const [element] = root.children.filter((child) => typeof child !== "string")
  if (element === undefined) throw parseFailure("broken-file", path)
  return element
}

/** Text of an XML part: by its mark, the encoding that it declares, else UTF-8. */
export function decodeXml(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return iconv.decode(buffer, "utf-16le")
  if (buffer[0] === 0xfe && buffer[1] === 0xff) return iconv.decode(buffer, "utf-16be")
  const declared = /^\s*<\?xml[^>]{0,80}encoding\s?=\s?["']([\w.:-]{2,40})/.exec(buffer.toString("latin1", 0, 200))?.[1]
  const isOther = declared !== undefined && !/^utf-?8$/i.test(declared) && iconv.encodingExists(declared)
  return isOther ? iconv.decode(buffer, declared) : buffer.toString("utf8")
}

/** Value of the attribute of that name, whatever its prefix. */
export function attribute(attributes: XmlAttributes, name: string): string | undefined {
  const plain = attributes[name]
  if (plain !== undefined) return plain
  for (const key in attributes) if (localName(key) === name) return attributes[key]
  return undefined
}

/** Value of an attribute that has a prefix, such as `r:id` beside `id`. */
export function prefixedAttribute(attributes: XmlAttributes, name: string): string | undefined {
  for (const key in attributes) if (key.endsWith(`:${name}`)) return attributes[key]
  return undefined
}

/** The elements below a node that have one of the names, in order; what lies within one of them is not searched. */
export function elements(node: XmlNode, ...names: readonly string[]): XmlNode[] {
  return node.children.flatMap((child) => {
    if (typeof child === "string") return []
    return names.includes(child.name) ? [child] : elements(child, ...names)
  })
}

export function childElements(node: XmlNode): XmlNode[] {
  return node.children.filter((child) => typeof child !== "string")
}

export function textContent(node: XmlNode): string {
  return node.children.map((child) => (typeof child === "string" ? child : textContent(child))).join("")
}

function localName(name: string): string {
  const colon = name.indexOf(":")
  return colon < 0 ? name : name.slice(colon + 1)
}
