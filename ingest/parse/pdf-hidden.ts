import type { PdfTextItem } from "./pdf-lines.ts"
import { type PageLook, withWidth } from "./pdf-look.ts"

export interface VisibleText {
  readonly items: readonly PdfTextItem[]
  /** What a reader of the page does not see. */
  readonly hidden: string
}

/** Type smaller than this, in points, is not there for readers. */
const LEAST_SIZE = 0.6

/**
 * Takes out the text that has no size, and what `look` has found to be invisible. Text off the page is not among the
 * items: pdf.js leaves it out.
 */
export function visibleText(items: readonly PdfTextItem[], look: PageLook | undefined): VisibleText {
  const hidden: string[] = []
  const placed = look === undefined ? items : withoutInvisible(items, look, hidden)
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

function sizeOf({ transform: [, , c = 0, d = 0], height }: PdfTextItem): number {
  return Math.max(height, Math.hypot(c, d))
}

function charactersOf(items: readonly PdfTextItem[]): number {
  return items.reduce((sum, item) => sum + item.str.trim().length, 0)
}
