/** A piece of text as pdf.js gives it. `transform` ends with x and y; y rises upwards. */
export interface PdfTextItem {
  readonly str: string
  readonly dir: string
  readonly transform: readonly number[]
  readonly width: number
  readonly height: number
  readonly hasEOL: boolean
}

/** A line of a page; lengths in points. Where the text of the page lies on its side, the page is turned first. */
export interface PdfLine {
  /** A tab stands for a gap as wide as between the cells of a table. */
  readonly text: string
  readonly x: number
  readonly xEnd: number
  readonly y: number
  /** Size of its largest type; 0 for text that runs in another direction than the page's. */
  readonly size: number
  /** Where its cells begin, one number a cell. */
  readonly cells: readonly number[]
}

/** Joins the pieces of a page into lines, in drawing order; lines without visible text are left out. */
export function pageLines(items: readonly PdfTextItem[]): PdfLine[] {
  const turn = commonestTurn(items)
  const lines: PdfLine[] = []
  let open: OpenLine | undefined
  const close = (): void => {
    const line = open === undefined ? undefined : closed(open)
    if (line !== undefined) lines.push(line)
    open = undefined
  }
  for (const item of items) {
    const piece = placed(item, turn)
    if (open !== undefined && startsNewLine(open, piece)) close()
    if (item.str !== "") {
      if (open === undefined) open = { ...piece, turn: piece.turn, pieces: [piece] }
      else append(open, piece)
    }
    if (item.hasEOL) close()
  }
  close()
  return lines
}

/** A piece in the frame in which the text of its page runs from left to right. */
interface Piece {
  readonly str: string
  readonly isBlank: boolean
  readonly isRtl: boolean
  readonly turn: number
  readonly x: number
  readonly xEnd: number
  readonly y: number
  readonly size: number
}

interface OpenLine {
  x: number
  xEnd: number
  y: number
  size: number
  readonly turn: number
  readonly pieces: Piece[]
}

/** What stands before a piece: a cell's gap, a space or nothing. */
type Apart = "cell" | "word" | false

/** Share of the type size: a narrower gap is kerning, a wider one a space. */
const WORD_GAP = 0.2
/** Justified text hardly stretches a space to more than the size of its type. */
const CELL_GAP = 1.2

/** Dots that lead from a title to its page: wide as their gaps are, they part no cells. */
const LEADER = /^\s*[.·…][\s.·…]*$/

function append(open: OpenLine, piece: Piece): void {
  // A cell that was drawn late goes into its gap.
  const index = fitsInGap(open, piece) ? open.pieces.findIndex((one) => one.x > piece.x) : -1
  open.pieces.splice(index === -1 ? open.pieces.length : index, 0, piece)
  open.xEnd = Math.max(open.xEnd, piece.xEnd)
  open.x = Math.min(open.x, piece.x)
  if (!piece.isBlank) open.size = Math.max(open.size, piece.size)
}

function gaps(pieces: readonly Piece[]): Apart[] {
  let xEnd = pieces[0]?.xEnd ?? 0
  return pieces.map((piece, index) => {
    const last = pieces[index - 1]
    if (last === undefined) return false
    const gap = piece.x - xEnd
    xEnd = Math.max(xEnd, piece.xEnd)
    const width = piece.isBlank ? gap + (piece.xEnd - piece.x) : gap
    const isWord = gap > piece.size * WORD_GAP && !/\s$/.test(last.str) && !/^\s/.test(piece.str)
    if (width <= piece.size * CELL_GAP) return isWord ? "word" : false
    return LEADER.test(last.str) && LEADER.test(piece.str) ? "word" : "cell"
  })
}

function closed(open: OpenLine): PdfLine | undefined {
  const isReversed = isBackwards(open)
  const pieces = isReversed ? [...open.pieces].reverse() : open.pieces
  const inOrder = gaps(open.pieces)
  // What stood before a piece stands behind it now.
  const isApart = isReversed ? [false, ...inOrder.slice(1).reverse()] : inOrder
  let text = ""
  const cells: number[] = []
  let isNewCell = true
  for (const [index, piece] of pieces.entries()) {
    const apart = index === 0 ? false : isApart[index]
    if (apart === "cell") isNewCell = true
    text += (apart === "cell" ? "\t" : apart === "word" ? " " : "") + piece.str.replaceAll("\t", " ")
    if (isNewCell && !piece.isBlank) {
      cells.push(piece.x)
      isNewCell = false
    }
  }
  const joined = readable(text)
  if (joined === "") return undefined
  const { x, xEnd, y, size } = open
  return { text: joined, x, xEnd, y, size, cells }
}

/** A line from right to left whose words were drawn from the left: as it looks, not as it reads. */
function isBackwards({ pieces }: OpenLine): boolean {
  const rtl = pieces.filter((piece) => piece.isRtl)
  if (rtl.length < 2) return false
  const letters = (of: readonly Piece[]): number => of.reduce((sum, piece) => sum + piece.str.trim().length, 0)
  if (letters(rtl) * 2 <= letters(pieces)) return false
  return rtl.every((piece, index) => index === 0 || piece.x >= (rtl[index - 1]?.x ?? 0))
}

function startsNewLine(open: OpenLine, piece: Piece): boolean {
  if (piece.isBlank) return false
  if (piece.turn !== open.turn) return true
  // Raised and lowered characters stay within about half of the size, and beside what they belong to.
  if (Math.abs(piece.y - open.y) > Math.max(open.size, piece.size) * 0.6) return true
  const last = open.pieces.at(-1)
  if (last !== undefined && isBelow(piece, last)) return true
  if (piece.isRtl || piece.x >= (last?.x ?? open.x) - piece.size) return false
  return last?.isRtl !== true && !fitsInGap(open, piece)
}

/** Two lines of small type may stand beside a large one. */
function isBelow(piece: Piece, last: Piece): boolean {
  const isBeside = piece.x > last.xEnd - piece.size || piece.xEnd < last.x + piece.size
  return !isBeside && Math.abs(piece.y - last.y) > Math.max(piece.size, last.size)
}

/** It stands on the line, in a place where nothing stands. */
function fitsInGap(open: OpenLine, { x, xEnd, y, size, isBlank, isRtl }: Piece): boolean {
  if (isBlank || isRtl || x >= open.xEnd || Math.abs(y - open.y) > size * 0.1) return false
  const slack = size * WORD_GAP
  return open.pieces.every((one) => one.isBlank || (!one.isRtl && (one.xEnd <= x + slack || one.x >= xEnd - slack)))
}

/** Quarter turns against the clock from the page's frame to that of the piece. */
function turnOf({ transform: [a = 0, b = 0] }: PdfTextItem): number {
  if (Math.abs(b) <= Math.abs(a)) return a < 0 ? 2 : 0
  return b > 0 ? 1 : 3
}

function commonestTurn(items: readonly PdfTextItem[]): number {
  const characters = [0, 0, 0, 0]
  for (const item of items) {
    const turn = turnOf(item)
    characters[turn] = (characters[turn] ?? 0) + item.str.length
  }
  return characters.indexOf(Math.max(...characters))
}

function placed(item: PdfTextItem, pageTurn: number): Piece {
  const [, , c = 0, d = 0, x = 0, y = 0] = item.transform
  const turn = turnOf(item)
  const [px, py] = turn === 0 ? [x, y] : turn === 1 ? [y, -x] : turn === 2 ? [-x, -y] : [-y, x]
  // A stamp up the margin is no heading: it counts as type without size.
  const size = turn === pageTurn ? item.height || Math.hypot(c, d) : 0
  const isBlank = item.str.trim() === ""
  return {
    str: item.str,
    isBlank,
    isRtl: item.dir === "rtl",
    turn,
    x: px,
    xEnd: px + Math.max(0, turn === 0 || turn === 2 ? item.width : item.width || item.height),
    y: py,
    size,
  }
}

function readable(text: string): string {
  let clean = text
  if (ACCENTS.test(clean))
    clean = clean.replace(ACCENTED, (_, accent: string, base: string) => base + combining(accent))
  if (STROKED.test(clean)) clean = clean.replace(STROKED_ALL, (_, sign: string) => `${sign}\u0338`.normalize("NFC"))
  if (PRESENTED.test(clean)) clean = clean.replace(PRESENTED_ALL, (forms) => forms.normalize("NFKC"))
  return clean
    .replace(/(?<![^\S\t])[^\S\t]*\t\s*/g, "\t")
    .replace(/ {2,}/g, " ")
    .trim()
}

/** TeX draws an accent before its letter: `M¨uller`. */
const ACCENTS = /[\u00A8\u00AF\u00B4\u02C6\u02C7\u02D8-\u02DD]/
const ACCENTED = /([\u00A8\u00AF\u00B4\u02C6\u02C7\u02D8\u02D9\u02DA\u02DC\u02DD])(\p{L})/gu
/** TeX strokes a sign out before it draws it: `≠` is a stroke and `=`. */
const STROKED = /\u0338/
const STROKED_ALL = /\u0338\s*(\S)/g
/** Ligatures and the forms of Arabic letters: each is a picture of letters, and a search is for letters. */
const PRESENTED = /[\uFB00-\uFDFF\uFE70-\uFEFC]/
const PRESENTED_ALL = /[\uFB00-\uFDFF\uFE70-\uFEFC]+/g

/** The mark that stands above a letter instead of beside it: the compatibility form is a space and that mark. */
function combining(accent: string): string {
  return accent.normalize("NFKD").slice(1)
}
