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
  const counts = new Map<string, number>()
  const count = (name: string): void => {
    const most = options.most[name]
    if (most === undefined) return
    const number = (counts.get(name) ?? 0) + 1
    counts.set(name, number)
    if (number > most) throw parseFailure("file-too-large", path, { state: "it has too many parts" })
  }
  readXml(xml, path, {
    open(name, attributes) {
      count(name)
      count("*")
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
