import type { PdfTextItem } from "./pdf-lines.ts"
import type { TextQuality } from "./text-quality.ts"

/** What an engine reads of a page. */
export interface PageContent {
  /** The text that a reader sees, in the order of reading or drawing. */
  readonly items: readonly PdfTextItem[]
  /** What a reader of the page does not see. */
  readonly hidden: string
  /** Of the page, in square points. */
  readonly area: number
  /** Of all of its text. */
  readonly quality: TextQuality
  /** Absent where nobody looked, or the drawing could not be followed. */
  readonly look?: PageLook
}

/** What a page shows beside its text. */
export interface PageLook {
  /** Area of the pictures by that of the page; may exceed 1. */
  readonly pictureShare: number
  /** Lines and shapes, of which letters may be made. */
  readonly shapes: number
  /** It draws pictures and lines alone, in plain colours: drawing it ends. */
  readonly isPlain: boolean
}

/** Type smaller than this, in points, is not there for readers. */
const LEAST_SIZE = 0.6

/** Takes out the text that has no size; `hidden` is what was taken out before. */
export function withoutTiny(
  items: readonly PdfTextItem[],
  hidden: readonly string[],
): Pick<PageContent, "items" | "hidden"> {
  const large = items.filter((item) => item.str.trim() === "" || sizeOf(item) >= LEAST_SIZE)
  // A font may state its size in units of its own: where most of the text is tiny, it is not.
  if (charactersOf(large) * 2 < charactersOf(items)) return { items, hidden: hidden.join("\n") }
  const tiny = items.filter((item) => item.str.trim() !== "" && sizeOf(item) < LEAST_SIZE)
  return { items: large, hidden: [...hidden, ...tiny.map((item) => item.str)].join("\n") }
}

function sizeOf({ transform: [, , c = 0, d = 0], height }: PdfTextItem): number {
  return Math.max(height, Math.hypot(c, d))
}

function charactersOf(items: readonly PdfTextItem[]): number {
  return items.reduce((sum, item) => sum + item.str.trim().length, 0)
}
