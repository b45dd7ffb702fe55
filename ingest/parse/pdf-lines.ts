/** A piece of text as pdf.js gives it. `transform` ends with x and y; y rises upwards. */
export interface PdfTextItem {
  readonly str: string
  readonly dir: string
  readonly transform: readonly number[]
  readonly width: number
  readonly height: number
  readonly hasEOL: boolean
}

/** A line of a page; lengths in points. */
export interface PdfLine {
  /** A tab stands for a gap as wide as between the cells of a table. */
  readonly text: string
  readonly x: number
  readonly xEnd: number
  readonly y: number
  /** Size of its largest type. */
  readonly size: number
}

/** Joins the pieces of a page into lines, in drawing order; lines without visible text are left out. */
export function pageLines(items: readonly PdfTextItem[]): PdfLine[] {
  const lines: PdfLine[] = []
  let open: OpenLine | undefined
  const close = (): void => {
    if (open !== undefined && open.text.trim() !== "")
      lines.push({
        ...open,
        text: open.text
          .replace(/[^\S\t]*\t\s*/g, "\t")
          .replace(/ +/g, " ")
          .trim(),
      })
    open = undefined
  }
  for (const item of items) {
    const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = item.transform
    // Text that runs up the margin is a stamp, not a heading: it counts as type without size.
    const size = Math.abs(b) > Math.abs(a) ? 0 : item.height || Math.hypot(c, d)
    if (open !== undefined && startsNewLine(open, item, { x, y, size })) close()
    if (item.str !== "") {
      if (open === undefined) open = { text: item.str, x, xEnd: x + item.width, y, size }
      else {
        const gap = x - open.xEnd
        const isBlank = item.str.trim() === ""
        const width = isBlank ? gap + item.width : gap
        const isApart = gap > size * WORD_GAP && !/\s$/.test(open.text) && !/^\s/.test(item.str)
        open.text += (width > size * CELL_GAP ? "\t" : isApart ? " " : "") + item.str.replaceAll("\t", " ")
        open.xEnd = Math.max(open.xEnd, x + item.width)
        if (item.str.trim() !== "") open.size = Math.max(open.size, size)
      }
    }
    if (item.hasEOL) close()
  }
  close()
  return lines
}

interface OpenLine {
  text: string
  x: number
  xEnd: number
  y: number
  size: number
}

/** Share of the type size: a narrower gap is kerning, a wider one a space. */
const WORD_GAP = 0.2
/** Justified text hardly stretches a space to more than the size of its type. */
const CELL_GAP = 1.2

function startsNewLine(open: OpenLine, item: PdfTextItem, at: { x: number; y: number; size: number }): boolean {
  if (item.str.trim() === "") return false
  // Raised and lowered characters stay within about half of the size.
  if (Math.abs(at.y - open.y) > Math.max(open.size, at.size) * 0.6) return true
  return item.dir !== "rtl" && at.x < open.x - at.size
}
