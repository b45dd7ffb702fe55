import { type Box, contains } from "./pdf-geometry.ts"
import type { Pdfium } from "./pdfium.ts"
import { inkOf, isClear, isWhite, type PageObjects } from "./pdfium-objects.ts"
import type { DrawnItem } from "./pdfium-text.ts"

/** Why a text may be hidden: it is drawn without ink, with ink that is fully transparent, or in white. */
type Doubt = "no-ink" | "clear" | "white"

/** Text rendering modes, ISO 32000-1 table 106. */
const FILLED = 0
const NO_INK = 3

/** The texts of a page that may be hidden, by their objects. */
export function doubtsOf(pdfium: Pdfium, items: readonly DrawnItem[]): ReadonlyMap<number, Doubt> {
  const doubts = new Map<number, Doubt>()
  let last = 0
  for (const { object } of items) {
    if (object === last || object === 0) continue
    last = object
    const mode = pdfium.call.FPDFTextObj_GetTextRenderMode(object)
    const ink = inkOf(pdfium, object) ?? []
    if (mode === NO_INK) doubts.set(object, "no-ink")
    else if (isClear(ink)) doubts.set(object, "clear")
    else if (mode === FILLED && isWhite(ink)) doubts.set(object, "white")
  }
  return doubts
}

/**
 * Takes out what a reader does not see: text off the page, text without ink that has no picture below it (over a picture
 * it is the layer of an earlier recognition), fully transparent text, and white text where nothing coloured was drawn
 * before. Where the drawing could not be followed, doubts about it hide nothing.
 */
export function seenItems(
  items: readonly DrawnItem[],
  {
    view,
    doubts,
    objects,
  }: { readonly view: Box; readonly doubts: ReadonlyMap<number, Doubt>; readonly objects: PageObjects | undefined },
): { readonly seen: readonly DrawnItem[]; readonly hidden: readonly string[] } {
  const hidden: string[] = []
  const seen = items.filter((item) => {
    const isSeen = isOnPage(item, view) && isInked(item, doubts.get(item.object), objects)
    if (!isSeen && item.str.trim() !== "") hidden.push(item.str)
    return isSeen
  })
  return { seen, hidden }
}

function isOnPage({ transform, width, height }: DrawnItem, { left, bottom, right, top }: Box): boolean {
  const [a = 0, b = 0, , , x = 0, y = 0] = transform
  const reach = Math.abs(b) > Math.abs(a) ? { across: height, up: width } : { across: width, up: height }
  return x + reach.across >= left && x - reach.across <= right && y + reach.up >= bottom && y - reach.up <= top
}

function isInked(item: DrawnItem, doubt: Doubt | undefined, objects: PageObjects | undefined): boolean {
  if (doubt === undefined) return true
  if (doubt === "clear") return false
  const before = objects?.before.get(item.object)
  if (objects === undefined || before === undefined) return true
  const [, , , , x = 0, y = 0] = item.transform
  const point = { x, y: y + item.height * 0.3 }
  if (objects.pictures.slice(0, before.pictures).some((box) => contains(box, point))) return true
  return doubt === "white" && objects.grounds.slice(0, before.grounds).some((box) => contains(box, point))
}
