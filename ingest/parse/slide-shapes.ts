import { alternativeText, graphicTexts, isHiddenShape, paragraphText, shapeText, shownElements } from "./drawing.ts"
import type { OfficePackage, Relation } from "./office-package.ts"
import type { TextBuilder } from "./text-builder.ts"
import { attribute, childElements, elements, type XmlNode } from "./xml.ts"

/** A slide that is being read into a builder. */
interface SlideReading {
  readonly builder: TextBuilder
  readonly office: OfficePackage
  /** What the slide refers to. */
  readonly relations: readonly Relation[]
  /** Lines at the edges of slides so far; one that stands on every slide is read once. */
  readonly margins: Set<string>
}

/**
 * Appends what a slide shows: its title as a heading, then shapes in their order, tables, charts, diagrams, alternative
 * texts. Shapes that are hidden are counted; numbers of slides are left out.
 */
export function appendSlide(slide: XmlNode, reading: SlideReading): void {
  const { builder } = reading
  const shapes = visibleShapes(slide, builder)
  const titles = shapes.filter((shape) => TITLES.has(placeholderType(shape) ?? "")).map(shapeText)
  const [title, ...others] = titles.filter((text) => text !== "")
  if (title === undefined) builder.endSection()
  else builder.heading(1, title)
  for (const text of others) builder.paragraph(text)
  for (const shape of shapes) if (!TITLES.has(placeholderType(shape) ?? "")) appendShape(shape, reading)
}

/** Appends the notes of a slide without the picture, date and number that stand on their page. */
export function appendNotes(notes: XmlNode, builder: TextBuilder): void {
  for (const shape of visibleShapes(notes, builder)) {
    if (placeholderType(shape) === "body" || placeholderType(shape) === undefined) builder.paragraph(shapeText(shape))
  }
}

const TITLES: ReadonlySet<string> = new Set(["title", "ctrTitle"])
const MARGINS: ReadonlySet<string> = new Set(["ftr", "hdr", "dt"])
const SHAPES: ReadonlySet<string> = new Set(["sp", "cxnSp", "pic", "graphicFrame"])

/** Shapes in their order, out of their groups. */
function visibleShapes(node: XmlNode, builder: TextBuilder): readonly XmlNode[] {
  return shownElements(node).flatMap((child) => {
    if (isHiddenShape(child)) {
      builder.hide(shapeText(child))
      return []
    }
    return SHAPES.has(child.name) ? [child] : visibleShapes(child, builder)
  })
}

/** Undefined for a shape that is no placeholder. */
function placeholderType(shape: XmlNode): string | undefined {
  const own = childElements(shape).find(({ name }) => /^nv\w*Pr$/.test(name))
  const [placeholder] = own === undefined ? [] : elements(own, "ph")
  return placeholder === undefined ? undefined : (attribute(placeholder.attributes, "type") ?? "obj")
}

function appendShape(shape: XmlNode, reading: SlideReading): void {
  const { builder, margins } = reading
  const type = placeholderType(shape)
  if (type === "sldNum") return
  if (shape.name === "pic" || shape.name === "graphicFrame") {
    for (const text of alternativeText(shape)) builder.paragraph(text)
  }
  if (shape.name === "graphicFrame") appendGraphic(shape, reading)
  else if (type !== undefined && MARGINS.has(type)) {
    const text = shapeText(shape)
    if (!margins.has(text)) builder.paragraph(text)
    margins.add(text)
  } else appendText(shape, type === "body" || type === "obj", builder)
}

/** Paragraphs of a text with bullets are items of a list; others of one shape stay together. */
function appendText(shape: XmlNode, isBody: boolean, builder: TextBuilder): void {
  const paragraphs = elements(shape, "p").filter((paragraph) => paragraphText(paragraph).trim() !== "")
  let lines: string[] = []
  const flush = (): void => {
    builder.paragraph(lines.join("\n"))
    lines = []
  }
  for (const paragraph of paragraphs) {
    if (!hasBullet(paragraph, isBody && paragraphs.length > 1)) {
      lines.push(paragraphText(paragraph))
      continue
    }
    flush()
    builder.listItem(paragraphText(paragraph))
  }
  flush()
}

/** Bodies of slides have bullets unless a paragraph says no; other texts have them where it says so. */
function hasBullet(paragraph: XmlNode, isBulleted: boolean): boolean {
  const properties = childElements(paragraph).find(({ name }) => name === "pPr")
  const names = new Set(properties === undefined ? [] : childElements(properties).map(({ name }) => name))
  if (names.has("buNone")) return false
  return isBulleted || names.has("buChar") || names.has("buAutoNum") || names.has("buBlip")
}

function appendGraphic(frame: XmlNode, { builder, office, relations }: SlideReading): void {
  for (const table of elements(frame, "tbl")) builder.table(tableRows(table))
  const lines = graphicTexts(office, frame, relations)
  if (lines.length > 0) builder.paragraph(lines.join("\n"))
}

/** Rows of cells; a cell that is merged with those below says its short text in each row. */
function tableRows(table: XmlNode): readonly (readonly string[])[] {
  const above: string[] = []
  return elements(table, "tr").map((row) =>
    elements(row, "tc").map((cell, column) => {
      const text = shapeText(cell)
      const isContinued = text === "" && /^(?:1|true)$/.test(attribute(cell.attributes, "vMerge") ?? "")
      const shown = isContinued ? (above[column] ?? "") : text
      above[column] = shown.length > MOST_REPEATED ? "" : shown
      return shown
    }),
  )
}

/** Longer texts of merged cells stand once. */
const MOST_REPEATED = 100
