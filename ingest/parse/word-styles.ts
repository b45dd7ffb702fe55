import { attribute, childElements, type XmlNode } from "./xml.ts"

/** What the styles of a Word document say of its paragraphs. */
export interface WordStyles {
  /** 1 to 6 for a heading; undefined for other paragraphs. `properties` is the paragraph's `w:pPr`. */
  headingLevel(properties: XmlNode | undefined): number | undefined
  /** List and level of a paragraph; undefined where it stands in none. */
  listPlace(properties: XmlNode | undefined): ListPlace | undefined
  /** Whether text in this style is hidden. */
  isHidden(styleId: string | undefined): boolean
}

export interface ListPlace {
  readonly list: string
  /** From 0. */
  readonly level: number
}

interface Style {
  readonly name: string
  readonly basedOn: string | undefined
  readonly outlineLevel: number | undefined
  readonly list: string | undefined
  readonly listLevel: number | undefined
  readonly isHidden: boolean | undefined
}

/** Reads `styles.xml`. Styles inherit from what they are based on (ECMA-376 part 1, 17.7.4.3). */
export function readStyles(root: XmlNode | undefined): WordStyles {
  const styles = new Map<string, Style>()
  for (const node of root === undefined ? [] : childElements(root)) {
    const id = node.name === "style" ? attribute(node.attributes, "styleId") : undefined
    if (id !== undefined) styles.set(id, styleOf(node))
  }
  const inherited = <Value>(id: string | undefined, value: (style: Style) => Value | undefined): Value | undefined => {
    const seen = new Set<string>()
    for (let at = id; at !== undefined && !seen.has(at); at = styles.get(at)?.basedOn) {
      seen.add(at)
      const style = styles.get(at)
      const found = style === undefined ? undefined : value(style)
      if (found !== undefined) return found
    }
    return undefined
  }
  return {
    headingLevel(properties) {
      const id = wordValue(properties, "pStyle")
      const stated = numberOf(properties, "outlineLvl")
      const styled = inherited(id, ({ outlineLevel, name }) => outlineLevel ?? nameLevel(name))
      // Programs that write no styles still use the ids of Word's own.
      const level = stated ?? styled ?? (id === undefined || styles.has(id) ? undefined : nameLevel(id))
      return level === undefined || level >= BODY_LEVEL ? undefined : Math.min(level + 1, 6)
    },
    listPlace(properties) {
      const id = wordValue(properties, "pStyle")
      const own = child(properties, "numPr")
      const list = wordValue(own, "numId") ?? inherited(id, (style) => style.list)
      const level = numberOf(own, "ilvl") ?? inherited(id, (style) => style.listLevel) ?? 0
      return list === undefined || list === NO_LIST ? undefined : { list, level }
    },
    isHidden: (id) => inherited(id, (style) => style.isHidden) ?? false,
  }
}

/** Value of a property: `w:val` of the child element of that name. */
export function wordValue(properties: XmlNode | undefined, name: string): string | undefined {
  const node = child(properties, name)
  return node === undefined ? undefined : attribute(node.attributes, "val")
}

/** A property that is on where its element stands alone; undefined where it does not stand. */
export function wordSwitch(properties: XmlNode | undefined, name: string): boolean | undefined {
  const node = child(properties, name)
  return node === undefined ? undefined : !/^(?:0|false|off)$/.test(attribute(node.attributes, "val") ?? "")
}

export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node === undefined ? undefined : childElements(node).find((one) => one.name === name)
}

/** Outline level of body text, from 0; headings have 0 to 8. */
const BODY_LEVEL = 9
/** Takes a paragraph out of the list that its style puts it in. */
const NO_LIST = "0"

function styleOf(node: XmlNode): Style {
  const paragraph = child(node, "pPr")
  const numbering = child(paragraph, "numPr")
  return {
    name: wordValue(node, "name") ?? "",
    basedOn: wordValue(node, "basedOn"),
    outlineLevel: numberOf(paragraph, "outlineLvl"),
    list: wordValue(numbering, "numId"),
    listLevel: numberOf(numbering, "ilvl"),
    isHidden: wordSwitch(child(node, "rPr"), "vanish"),
  }
}

function numberOf(properties: XmlNode | undefined, name: string): number | undefined {
  const value = wordValue(properties, name)
  return value !== undefined && /^\d{1,2}$/.test(value) ? Number(value) : undefined
}

/** Outline level of a built-in style, from 0. They keep their English names in every language of Word. */
function nameLevel(name: string): number | undefined {
  if (/^title$/i.test(name)) return 0
  const level = /^heading\s?([1-9])$/i.exec(name)?.[1]
  return level === undefined ? undefined : Number(level) - 1
}
