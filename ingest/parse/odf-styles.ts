import { attribute, elements, type XmlNode } from "./xml.ts"

/** What the styles of an OpenDocument file say, by the name of a style. */
export interface OdfStyles {
  /** Adds the styles below a node, such as `office:automatic-styles`. */
  add(node: XmlNode): void
  /** Whether text in this style is hidden. */
  isHidden(name: string | undefined): boolean
  /** Whether paragraphs in this style are the title of the document. */
  isTitle(name: string | undefined): boolean
  /** Whether a slide in this style is left out of the show. */
  isHiddenPage(name: string | undefined): boolean
}

interface Style {
  readonly parent: string | undefined
  readonly isHidden: boolean | undefined
  readonly isHiddenPage: boolean
}

export function createOdfStyles(): OdfStyles {
  const styles = new Map<string, Style>()
  /** A style and those that it is derived from, nearest first. */
  const chain = (name: string | undefined): readonly string[] => {
    const names: string[] = []
    for (let at = name; at !== undefined && !names.includes(at); at = styles.get(at)?.parent) names.push(at)
    return names
  }
  return {
    add(node) {
      for (const style of elements(node, "style")) {
        const name = attribute(style.attributes, "name")
        if (name !== undefined) styles.set(name, styleOf(style))
      }
    },
    isHidden(name) {
      for (const one of chain(name)) {
        const isHidden = styles.get(one)?.isHidden
        if (isHidden !== undefined) return isHidden
      }
      return false
    },
    isTitle: (name) => chain(name).includes("Title"),
    isHiddenPage: (name) => name !== undefined && styles.get(name)?.isHiddenPage === true,
  }
}

function styleOf(node: XmlNode): Style {
  const [text] = elements(node, "text-properties")
  const [page] = elements(node, "drawing-page-properties")
  const display = attribute(text?.attributes ?? {}, "display")
  return {
    parent: attribute(node.attributes, "parent-style-name"),
    isHidden: display === undefined ? undefined : display === "none",
    isHiddenPage: attribute(page?.attributes ?? {}, "visibility") === "hidden",
  }
}
