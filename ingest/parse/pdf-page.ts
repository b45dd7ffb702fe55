import { drawingOf } from "./pdf-drawing.ts"
import { visibleText } from "./pdf-hidden.ts"
import { type PdfLine, type PdfTextItem, pageLines } from "./pdf-lines.ts"
import { lookAtPage, type PageLook } from "./pdf-look.ts"
import { type PageNotes, pageNotes } from "./pdf-notes.ts"
import type { PdfDocument } from "./pdf-open.ts"
import type { PdfSigns } from "./pdf-signs.ts"
import { type TextQuality, textQuality } from "./text-quality.ts"

export interface ReadPage {
  readonly lines: readonly PdfLine[]
  readonly hidden: string
  readonly notes: PageNotes
  /** No character stands in its text layer. */
  readonly isEmpty: boolean
  /** Most of its characters stand for nothing. */
  readonly isGarbled: boolean
  /** Why recognition would read more of the page; absent where it would not. */
  readonly lack?: "no-text" | "poor-text"
  /** Recognition draws the page; a drawing without an end, or of gigabytes, would take its process down. */
  readonly canBeRecognised: boolean
}

const NO_NOTES: PageNotes = { texts: [], files: [] }
/** Of the page's area: a smaller picture is no scan of a page. */
const SCAN_SHARE = 0.3
const PICTURE_SHARE = 0.03
/** Outlines of letters take many; a frame and some rules few. */
const MANY_SHAPES = 200

/** One page: what its text layer says, what of it is visible, and whether recognition could say more. */
export async function readPage(
  pdf: PdfDocument,
  number: number,
  { signs, operators }: { readonly signs: PdfSigns; readonly operators: Readonly<Record<string, number>> },
): Promise<ReadPage> {
  const page = await pdf.getPage(number)
  try {
    const content = await page.getTextContent({ includeMarkedContent: false, disableNormalization: true })
    const items = content.items.filter((item): item is PdfTextItem => "str" in item)
    const { view } = page
    const area = Math.abs(((view[2] ?? 0) - (view[0] ?? 0)) * ((view[3] ?? 0) - (view[1] ?? 0)))
    const before = textQuality(items.map((item) => item.str).join(" "), area)
    const isThin = before === "none" || before === "sparse"
    const isLookedAt = signs.mayDraw && (isThin || signs.mayHideText)
    const drawing = isLookedAt ? await drawingOf(page) : { isEndless: !signs.mayDraw }
    // A drawing that cannot be followed shows nothing; the text of the page is not lost with it.
    const look = drawing.list && lookAtPage(drawing.list, { operators, view })
    const visible = visibleText(items, look)
    const lines = pageLines(visible.items)
    const quality = visible.hidden === "" ? before : textQuality(lines.map((line) => line.text).join("\n"), area)
    const lack = lackOf(quality, look)
    return {
      lines,
      isEmpty: quality === "none",
      isGarbled: quality === "garbled",
      ...(lack && { lack }),
      canBeRecognised: !drawing.isEndless,
      hidden: visible.hidden,
      notes: signs.mayHaveNotes ? await pageNotes(page) : NO_NOTES,
    }
  } finally {
    page.cleanup()
  }
}

/** A blank page lacks nothing, nor does a short one without a picture. */
function lackOf(quality: TextQuality, look: PageLook | undefined): ReadPage["lack"] {
  if (quality === "garbled") return "poor-text"
  if (quality === "sparse") return look !== undefined && look.pictureShare > SCAN_SHARE ? "poor-text" : undefined
  if (quality === "sound") return undefined
  const isBlank = look !== undefined && look.pictureShare < PICTURE_SHARE && look.shapes < MANY_SHAPES
  return isBlank ? undefined : "no-text"
}
