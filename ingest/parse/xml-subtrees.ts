import { parseFailure } from "./failure.ts"
import { readXml, type XmlNode } from "./xml.ts"

interface SubtreeOptions {
  /** Elements that are passed through; whatever stands in them and is none of them becomes a tree. */
  readonly passes: ReadonlySet<string>
  /** Most elements of each of these names; `*` is any. More are `file-too-large`. */
  readonly most: Readonly<Record<string, number>>
}

/**
 * Reads XML element by element, each as a tree of its own, so that a long document never is one large tree. Throws as
 * `readXml` does, and `file-too-large`.
 */
export function readSubtrees(
  xml: string,
  path: string,
  options: SubtreeOptions,
  onNode: (node: XmlNode) => void,
): void {
  type Open = XmlNode & { readonly children: (XmlNode | string)[] }
  const open: Open[] = []
  checkCounts(xml, path, options.most)
  readXml(xml, path, {
    open(name, attributes) {
      if (open.length === 0 && options.passes.has(name)) return
      const node: Open = { name, attributes, children: [] }
      open.at(-1)?.children.push(node)
      open.push(node)
    },
    close() {
      const node = open.pop()
      if (node !== undefined && open.length === 0) onNode(node)
    },
    text: (text) => void open.at(-1)?.children.push(text),
  })
}

/** Counts the tags before anything is built, for a count is cheap and a tree is not. */
function checkCounts(xml: string, path: string, most: SubtreeOptions["most"]): void {
  for (const [name, limit] of Object.entries(most)) {
    const tag = name === "*" ? /<[^/!?]/g : new RegExp(`<(?:[\\w.-]{1,40}:)?${name}[\\s/>]`, "g")
    let count = 0
    while (tag.test(xml)) {
      if (++count > limit) throw parseFailure("file-too-large", path, { state: "it has too many parts" })
    }
  }
}
