import type { PageLook } from "./pdf-content.ts"
import { type PdfLine, pageLines } from "./pdf-lines.ts"
import type { PageNotes } from "./pdf-notes.ts"
import type { PdfSource } from "./pdf-source.ts"
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

/** Of the page's area: a smaller picture is no scan of a page. */
const SCAN_SHARE = 0.3
const PICTURE_SHARE = 0.03
/** Outlines of letters take many; a frame and some rules few. */
const MANY_SHAPES = 200

/** One page: what its text layer says, what of it is visible, and whether recognition could say more. */
export async function readPage(source: PdfSource, number: number): Promise<ReadPage> {
  const { items, hidden, area, look, notes, quality: before } = await source.read(number)
  const lines = pageLines(items)
  const quality = hidden === "" ? before : textQuality(lines.map((line) => line.text).join("\n"), area)
  const lack = lackOf(quality, look)
  return {
    lines,
    isEmpty: quality === "none",
    isGarbled: quality === "garbled",
    ...(lack && { lack }),
    canBeRecognised: lack !== undefined && (await source.canBeDrawn(number, look)),
    hidden,
    notes,
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
