import type { PdfTextItem } from "./pdf-lines.ts"
import { type DrawnLook, withWidth } from "./pdfjs-look.ts"

/** Takes out what `look` has found to be invisible. Text off the page is not among the items: pdf.js leaves it out. */
export function withoutInvisible(
  items: readonly PdfTextItem[],
  look: DrawnLook | undefined,
): { readonly seen: readonly PdfTextItem[]; readonly hidden: readonly string[] } {
  if (look === undefined || !look.isHidden.includes(true)) return { seen: items, hidden: [] }
  const lengths = items.map((item) => withWidth(item.str).length)
  // Both hold the same characters in the same order; where they do not, nothing is taken out.
  if (lengths.reduce((sum, length) => sum + length, 0) !== look.isHidden.length) {
    return look.isHidden.includes(false)
      ? { seen: items, hidden: [] }
      : { seen: [], hidden: items.map((item) => item.str) }
  }
  const hidden: string[] = []
  let from = 0
  const seen = items.flatMap((item, index) => {
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
  return { seen, hidden }
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
