import { chartLines, chartNames } from "./chart.ts"
import { type OfficePackage, type Relation, relationOf } from "./office-package.ts"
import { attribute, childElements, elements, textContent, type XmlNode } from "./xml.ts"

/**
 * Texts of a drawing part of a workbook, in order: shapes and text boxes, alternative texts of pictures, names in charts
 * (their values stand in the cells) and texts of diagrams. What is not shown goes to `hide`.
 */
export function drawingTexts(
  office: OfficePackage,
  part: string,
  hide: (text: string) => void = () => undefined,
): readonly string[] {
  const root = office.xml(part)
  if (root === undefined) return []
  const relations = office.relations(part)
  const textsBelow = (node: XmlNode): readonly string[] =>
    shownElements(node).flatMap((child) => {
      const texts = textsOf(child)
      if (!isHiddenShape(child)) return texts
      for (const text of texts) hide(text)
      return []
    })
  const textsOf = (node: XmlNode): readonly string[] => {
    switch (node.name) {
      case "sp":
      case "cxnSp":
        return [shapeText(node)].filter((text) => text !== "")
      case "pic":
        return alternativeText(node)
      case "graphicFrame":
        return [...alternativeText(node), ...graphicTexts(office, node, relations, chartNames)]
      default:
        return textsBelow(node)
    }
  }
  return textsBelow(root)
}

/** What a graphic shows that stands in parts of its own: a chart as lines (`chartLines`), the texts of a diagram. */
export function graphicTexts(
  office: OfficePackage,
  graphic: XmlNode,
  relations: readonly Relation[],
  describeChart: (chart: XmlNode) => readonly string[] = chartLines,
): readonly string[] {
  const charts = elements(graphic, "chart").flatMap((node) => partOf(office, relationOf(node, relations)))
  const diagrams = elements(graphic, "relIds").flatMap((node) => partOf(office, relationOf(node, relations, "dm")))
  return [...charts.flatMap(describeChart), ...diagrams.flatMap(diagramTexts)]
}

/** Paragraphs of DrawingML (`a:p`) below a node, one line each. */
export function shapeText(shape: XmlNode): string {
  return elements(shape, "p").map(paragraphText).join("\n").trim()
}

/** Office repeats newer shapes for older programs; those who read the newer ones leave that out. */
export function shownElements(node: XmlNode): readonly XmlNode[] {
  const children = childElements(node)
  const hasChoice = node.name === "AlternateContent" && children.some(({ name }) => name === "Choice")
  return hasChoice ? children.filter(({ name }) => name !== "Fallback") : children
}

function partOf(office: OfficePackage, relation: Relation | undefined): readonly XmlNode[] {
  const root = relation === undefined ? undefined : office.xml(relation.target)
  return root === undefined ? [] : [root]
}

/** Points of a diagram (SmartArt) that hold text; those that only place or join others hold none. */
function diagramTexts(data: XmlNode): readonly string[] {
  return elements(data, "pt")
    .map(shapeText)
    .filter((text) => text !== "")
}

/** Text of one paragraph of DrawingML (`a:p`). */
export function paragraphText(paragraph: XmlNode): string {
  return elements(paragraph, "t", "br")
    .map((piece) => (piece.name === "br" ? "\n" : textContent(piece)))
    .join("")
}

/** The one text that stands for a picture; none where it is empty. */
export function alternativeText(picture: XmlNode): readonly string[] {
  const [properties] = elements(picture, "cNvPr")
  const text = attribute(properties?.attributes ?? {}, "descr")?.trim() ?? ""
  return text === "" ? [] : [text]
}

export function isHiddenShape(shape: XmlNode): boolean {
  const own = childElements(shape).find(({ name }) => /^nv\w*Pr$/.test(name))
  const [properties] = own === undefined ? [] : elements(own, "cNvPr")
  return /^(?:1|true)$/.test(attribute(properties?.attributes ?? {}, "hidden") ?? "")
}
