import type { PdfTextItem } from "./pdf-lines.ts"
import type { Pdfium } from "./pdfium.ts"
import { texSign } from "./pdfium-tex.ts"

/** A piece of text that one operator draws, or a part of it. */
export interface DrawnItem extends PdfTextItem {
  /** PDFium's object of a text; what it looks like is asked of that. */
  readonly object: number
}

export interface DrawnText {
  readonly items: readonly DrawnItem[]
  /** Its fonts do not say well enough what some characters stand for or how wide they are. */
  readonly isDoubtful: boolean
}

/**
 * The text of a page in PDFium's order, which is that of the drawing but within a line, where it is that of reading. It
 * adds the spaces that are drawn as gaps. An item ends with its operator and at gaps as between the cells of a table.
 */
export function drawnText(pdfium: Pdfium, page: number): DrawnText {
  const text = pdfium.call.FPDFText_LoadPage(page)
  if (text === 0) return { items: [], isDoubtful: true }
  try {
    return itemsOf(pdfium, text)
  } finally {
    pdfium.call.FPDFText_ClosePage(text)
  }
}

const SPACE = 0x20
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const HYPHEN = 0x2d
const LOST = "\uFFFD"
const PRIVATE = "\uE000"
/** PDFium's sign for a hyphen that divides a word at the end of its line. */
const DIVIDING_HYPHEN = 0x02
/** Share of the type size; the lines are joined with the same measure. */
const CELL_GAP = 1.2
const MOST_FONT_NAME = 200
/** Of the characters of a page. */
const MOST_UNMAPPED = 0.05
/** Average width of the characters of an item, by its size: a font without widths draws them over each other. */
const LEAST_WIDTH = 0.05

function itemsOf(pdfium: Pdfium, text: number): DrawnText {
  const { call, results, floats, doubles } = pdfium
  const count = call.FPDFText_CountChars(text)
  const [at, atDouble] = [results >> 2, results >> 3]
  const items: ClosedItem[] = []
  let unmapped = 0
  let isDoubtful = false
  let open: OpenItem | undefined
  const close = (): void => {
    if (open === undefined) return
    isDoubtful ||= isCollapsed(open)
    if (!(ACCENT.test(open.str) && putAccent(open, items.at(-1)))) items.push(closed(open))
    open = undefined
  }
  for (let index = 0; index < count; index++) {
    let unit = call.FPDFText_GetUnicode(text, index)
    const mayBeAdded = unit === SPACE || unit === LINE_FEED || unit === CARRIAGE_RETURN
    if (mayBeAdded && call.FPDFText_IsGenerated(text, index) === 1) {
      if (unit === SPACE && open !== undefined) addTo(open, " ", open.right)
      continue
    }
    if (unit === DIVIDING_HYPHEN) unit = HYPHEN
    let character = unit === 0 ? LOST : String.fromCodePoint(unit)
    if (unit === 0 || (unit !== HYPHEN && call.FPDFText_HasUnicodeMapError(text, index) === 1)) {
      const sign = texSign(fontOf(pdfium, text, index), unit)
      if (sign === undefined) unmapped++
      else character = sign
    }
    // Of a character past U+FFFF, PDFium gives the first half alone; past U+EFFFF they mean something in one font alone.
    if (unit >= 0xd800 && unit <= 0xdfff) {
      character = unit < 0xdb80 ? LOST : PRIVATE
      isDoubtful ||= unit < 0xdb80
    }
    const object = call.FPDFText_GetTextObject(text, index)
    call.FPDFText_GetLooseCharBox(text, index, results)
    const box = floats()
    const left = box[at] ?? 0
    const top = box[at + 1] ?? 0
    const right = box[at + 2] ?? 0
    const bottom = box[at + 3] ?? 0
    if (open !== undefined && (open.object !== object || gapTo(open, left, bottom, right, top) > open.size * CELL_GAP))
      close()
    if (open === undefined) {
      call.FPDFText_GetMatrix(text, index, results)
      call.FPDFText_GetCharOrigin(text, index, results + 32, results + 40)
      const matrix = floats()
      const origin = doubles()
      const size = call.FPDFText_GetFontSize(text, index)
      const [a, b] = [(matrix[at] ?? 1) * size, (matrix[at + 1] ?? 0) * size]
      const [c, d] = [(matrix[at + 2] ?? 0) * size, (matrix[at + 3] ?? 1) * size]
      const [x, y] = [origin[atDouble + 4] ?? 0, origin[atDouble + 5] ?? 0]
      const isUpright = Math.abs(b) <= Math.abs(a)
      // One plain literal: a page of formulas has thousands of items.
      // biome-ignore format: one line reads better
      open = { str: "", lefts: [], isRtl: false, left, top, right, bottom, object, isUpright, a, b, c, d, size: Math.hypot(c, d), x, y }
    } else {
      if (left < open.left) open.left = left
      if (right > open.right) open.right = right
      if (bottom < open.bottom) open.bottom = bottom
      if (top > open.top) open.top = top
    }
    addTo(open, character, left)
    open.isRtl ||= isRtl(unit)
  }
  close()
  return { items, isDoubtful: isDoubtful || unmapped > count * MOST_UNMAPPED }
}

function fontOf(pdfium: Pdfium, text: number, index: number): string {
  const { call, results, bytes } = pdfium
  const size = call.FPDFText_GetFontInfo(text, index, results + 8, MOST_FONT_NAME, results)
  return size > MOST_FONT_NAME ? "" : Buffer.from(bytes().subarray(results + 8, results + 7 + size)).toString("latin1")
}

interface OpenItem {
  str: string
  /** Left edge of each unit of the text. */
  readonly lefts: number[]
  isRtl: boolean
  left: number
  top: number
  right: number
  bottom: number
  readonly object: number
  readonly isUpright: boolean
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly size: number
  readonly x: number
  readonly y: number
}

interface ClosedItem extends DrawnItem {
  str: string
  readonly lefts: number[]
}

function addTo(open: OpenItem, text: string, left: number): void {
  open.str += text
  for (let unit = 0; unit < text.length; unit++) open.lefts.push(left)
}

function closed(open: OpenItem): ClosedItem {
  const { str, lefts, isRtl, object, isUpright, size, a, b, c, d, x, y } = open
  return {
    str,
    lefts,
    object,
    dir: isRtl ? "rtl" : "ltr",
    // Text from right to left is placed by its left end, as all text is.
    transform: [a, b, c, d, isRtl && isUpright ? open.left : x, y],
    width: isUpright ? open.right - open.left : open.top - open.bottom,
    height: size,
    hasEOL: false,
  }
}

/** Along the line; below 0 for boxes that overlap. */
function gapTo(open: OpenItem, left: number, bottom: number, right: number, top: number): number {
  return open.isUpright
    ? Math.max(left - open.right, open.left - right)
    : Math.max(bottom - open.top, open.bottom - top)
}

function isCollapsed({ str, size, isUpright, left, right, top, bottom }: OpenItem): boolean {
  return str.length > 3 && (isUpright ? right - left : top - bottom) < str.length * size * LEAST_WIDTH
}

/** An accent that stands alone, as TeX draws it over a letter of its own. */
const ACCENT = /^[\u00A8\u00AF\u00B4\u02C6\u02C7\u02D8-\u02DD]\s*$/

/** PDFium gives such an accent after the letters that it stands over: it goes before its letter, as it was drawn. */
function putAccent({ str, left, right, y, size }: OpenItem, item: ClosedItem | undefined): boolean {
  if (item === undefined) return false
  const [, , , , itemX = 0, itemY = 0] = item.transform
  const middle = (left + right) / 2
  if (Math.abs(itemY - y) > size || middle > itemX + item.width) return false
  const letter = item.lefts.findLastIndex((one) => one < middle)
  if (letter === -1) return false
  item.str = (item.str.slice(0, letter) + str.trim() + item.str.slice(letter)).trimEnd()
  item.lefts.splice(letter, 0, left)
  return true
}

/** Hebrew, Arabic and their neighbours, with the forms that stand apart. */
function isRtl(unit: number): boolean {
  return (unit >= 0x590 && unit <= 0x8ff) || (unit >= 0xfb1d && unit <= 0xfdff) || (unit >= 0xfe70 && unit <= 0xfefc)
}
