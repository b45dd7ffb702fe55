import type { PdfTextItem } from "./pdf-lines.ts"
import { type PageLook, withWidth } from "./pdf-look.ts"

export interface VisibleText {
  readonly items: readonly PdfTextItem[]
  /** What a reader of the page does not see. */
  readonly hidden: string
}

/** Type smaller than this, in points, is not there for readers. */
const LEAST_SIZE = 0.6
/** Points by which text may stand over the edge of the page. */
const EDGE = 2

/** Takes out the text that lies outside of the page, that has no size, or that `look` has found to be invisible. */
export function visibleText(
  items: readonly PdfTextItem[],
  { view, look }: { readonly view: readonly number[]; readonly look: PageLook | undefined },
): VisibleText {
  const hidden: string[] = []
  const seen = look === undefined ? items : withoutInvisible(items, look, hidden)
  const placed = seen.filter((item) => {
    if (isOnPage(item, view)) return true
    hidden.push(item.str)
    return false
  })
  const large = placed.filter((item) => item.str.trim() === "" || sizeOf(item) >= LEAST_SIZE)
  // A font may state its size in units of its own: where most of the text is tiny, it is not.
  if (charactersOf(large) * 2 < charactersOf(placed)) return { items: placed, hidden: hidden.join("\n") }
  for (const item of placed) if (!large.includes(item)) hidden.push(item.str)
  return { items: large, hidden: hidden.join("\n") }
}

/** Both hold the same characters in the same order; where they do not, nothing is taken out. */
function withoutInvisible(items: readonly PdfTextItem[], look: PageLook, hidden: string[]): readonly PdfTextItem[] {
  if (!look.isHidden.includes(true)) return items
  const lengths = items.map((item) => withWidth(item.str).length)
  if (lengths.reduce((sum, length) => sum + length, 0) !== look.isHidden.length) {
    if (!look.isHidden.includes(false)) hidden.push(...items.map((item) => item.str))
    return look.isHidden.includes(false) ? items : []
  }
  let from = 0
  return items.flatMap((item, index) => {
    const flags = look.isHidden.slice(from, from + (lengths[index] ?? 0))
    from += flags.length
    if (!flags.includes(true)) return [item]
    if (!flags.includes(false)) {
      hidden.push(item.str)
      // What ended the line still does.
      return item.hasEOL ? [{ ...item, str: "", width: 0 }] : []
    }
    const { visible, invisible } = parted(item.str, flags)
    hidden.push(invisible)
    return [{ ...item, str: visible }]
  })
}

function parted(text: string, flags: readonly boolean[]): { readonly visible: string; readonly invisible: string } {
  let visible = ""
  let invisible = ""
  let at = 0
  for (const character of text) {
    const width = withWidth(character).length
    const isHidden = flags[width === 0 ? Math.max(0, at - 1) : at] === true
    if (isHidden) invisible += character
    else visible += character
    at += width
  }
  return { visible, invisible }
}

function isOnPage(
  { transform: [a = 0, b = 0, , , x = 0, y = 0], width }: PdfTextItem,
  view: readonly number[],
): boolean {
  const [left = 0, bottom = 0, right = 0, top = 0] = view
  const length = Math.hypot(a, b) || 1
  const [xEnd, yEnd] = [x + (a / length) * width, y + (b / length) * width]
  return (
    Math.max(x, xEnd) >= left - EDGE &&
    Math.min(x, xEnd) <= right + EDGE &&
    Math.max(y, yEnd) >= bottom - EDGE &&
    Math.min(y, yEnd) <= top + EDGE
  )
}

function sizeOf({ transform: [, , c = 0, d = 0], height }: PdfTextItem): number {
  return Math.max(height, Math.hypot(c, d))
}

function charactersOf(items: readonly PdfTextItem[]): number {
  return items.reduce((sum, item) => sum + item.str.trim().length, 0)
}
