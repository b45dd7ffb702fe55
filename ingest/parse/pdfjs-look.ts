import type { PageLook } from "./pdf-content.ts"
import { areaOf, asMatrix, type Box, boxOf, contains, IDENTITY, type Matrix, multiply } from "./pdf-geometry.ts"
import type { PdfOperatorList } from "./pdfjs-drawing.ts"

/** What drawing a page shows that its text does not tell. */
export interface DrawnLook extends PageLook {
  /** The characters of the page's text in drawing order, without white space and marks that have no width. */
  readonly characters: string
  /** One flag a code unit of them: a reader does not see it. */
  readonly isHidden: readonly boolean[]
}

/**
 * Follows the drawing of a page. Text is hidden that is drawn without ink and has no picture below it (over a picture it
 * is the layer of an earlier recognition), that is fully transparent, or that is white where nothing coloured was drawn
 * before. The list is one without pictures: a large square that nothing is drawn in stands for each of them.
 */
export function lookAtPage(
  list: PdfOperatorList,
  { operators: is, view }: { readonly operators: Readonly<Record<string, number>>; readonly view: readonly number[] },
): DrawnLook {
  const pictures: Box[] = []
  const grounds: Box[] = []
  const isHidden: boolean[] = []
  let characters = ""
  let shapes = 0
  let state: State = FIRST_STATE
  const saved: State[] = []
  let text: Place = { line: IDENTITY, here: IDENTITY }
  let isEmptySquare = false

  const show = (glyphs: readonly unknown[]): void => {
    const [, , , , x, y] = multiply(state.matrix, text.here)
    const point = { x, y: y + state.size * 0.3 }
    const isOverPicture = pictures.some((box) => contains(box, point))
    const isOnGround = isOverPicture || grounds.some((box) => contains(box, point))
    const hidden =
      (state.mode === NO_INK && !isOverPicture) ||
      state.alpha <= NO_ALPHA ||
      (state.isWhite && state.mode === 0 && !isOnGround)
    let advance = 0
    for (const glyph of glyphs) {
      if (typeof glyph === "number") advance -= glyph / 1000
      else if (isGlyph(glyph)) {
        advance += (glyph.width ?? 0) / 1000
        const visible = withWidth(glyph.unicode)
        characters += visible
        for (let unit = 0; unit < visible.length; unit++) isHidden.push(hidden)
      }
    }
    text = { ...text, here: multiply(text.here, [1, 0, 0, 1, advance * state.size, 0]) }
  }
  const move = (x: number, y: number): void => {
    const line = multiply(text.line, [1, 0, 0, 1, x, y])
    text = { line, here: line }
  }

  for (const [index, operator] of list.fnArray.entries()) {
    const args = list.argsArray[index] ?? []
    const numbers = args as readonly number[]
    const first = numbers[0] ?? 0
    const second = numbers[1] ?? 0
    if (operator === is["transform"]) {
      state = { ...state, matrix: multiply(state.matrix, asMatrix(numbers)) }
      isEmptySquare = true
      continue
    }
    if (operator === is["restore"]) {
      if (isEmptySquare) pictures.push(squareOf(state.matrix))
      state = saved.pop() ?? state
    } else if (operator === is["save"]) saved.push(state)
    else if (operator === is["setFillRGBColor"]) state = { ...state, isWhite: isWhite(String(args[0])) }
    else if (operator === is["setFillColorN"] || operator === is["shadingFill"]) state = { ...state, isWhite: false }
    else if (operator === is["setGState"]) state = { ...state, alpha: alphaOf(args[0]) ?? state.alpha }
    else if (operator === is["setTextRenderingMode"]) state = { ...state, mode: first }
    else if (operator === is["setFont"]) state = { ...state, size: second }
    else if (operator === is["setLeading"]) state = { ...state, leading: first }
    else if (operator === is["beginText"]) text = { line: IDENTITY, here: IDENTITY }
    else if (operator === is["setTextMatrix"])
      text = { line: asMatrix(args[0] as Iterable<number>), here: asMatrix(args[0] as Iterable<number>) }
    else if (operator === is["moveText"]) move(first, second)
    else if (operator === is["setLeadingMoveText"]) {
      state = { ...state, leading: -second }
      move(first, second)
    } else if (operator === is["nextLine"]) move(0, -state.leading)
    else if (operator === is["showText"]) show(args[0] as readonly unknown[])
    else if (operator === is["paintFormXObjectBegin"]) {
      saved.push(state)
      if (args[0] !== null) state = { ...state, matrix: multiply(state.matrix, asMatrix(args[0] as Iterable<number>)) }
    } else if (operator === is["paintFormXObjectEnd"]) state = saved.pop() ?? state
    else if (operator === is["constructPath"]) {
      shapes++
      const box = args[2]
      const fills = FILLS.some((name) => first === is[name])
      if (fills && !state.isWhite && grounds.length < MOST_GROUNDS && box instanceof Float32Array) {
        grounds.push(boxOf(state.matrix, box))
      }
    }
    // The state of the graphics and what depends on nothing may stand between a square and its picture.
    if (operator !== is["dependency"] && operator !== is["setGState"]) isEmptySquare = false
  }
  const [left = 0, bottom = 0, right = 0, top = 0] = view
  const area = Math.max(1, (right - left) * (top - bottom))
  const covered = pictures.reduce((sum, box) => sum + areaOf(box), 0)
  return { characters, isHidden, pictureShare: covered / area, shapes, isPlain: false }
}

/** The part of a text that this look compares: without white space, controls and marks that have no width. */
export function withWidth(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, "")
}

interface Place {
  readonly line: Matrix
  readonly here: Matrix
}
interface State {
  readonly matrix: Matrix
  readonly isWhite: boolean
  readonly alpha: number
  readonly mode: number
  readonly size: number
  readonly leading: number
}

const FIRST_STATE: State = { matrix: IDENTITY, isWhite: false, alpha: 1, mode: 0, size: 1, leading: 0 }
/** Text rendering mode of text that only marks a place, ISO 32000-1 table 106. */
const NO_INK = 3
const NO_ALPHA = 0.03
const MOST_GROUNDS = 3000
const FILLS = ["fill", "eoFill", "fillStroke", "eoFillStroke", "closeFillStroke", "closeEOFillStroke"]

function squareOf(matrix: Matrix): Box {
  return boxOf(matrix, [0, 0, 1, 1])
}

function isWhite(colour: string): boolean {
  return /^#f[c-f]f[c-f]f[c-f]$/i.test(colour)
}

/** Of filling, where a graphics state names it. */
function alphaOf(entries: unknown): number | undefined {
  const found = (entries as readonly (readonly unknown[])[]).find(([name]) => name === "ca")?.[1]
  return typeof found === "number" ? found : undefined
}

function isGlyph(value: unknown): value is { readonly unicode: string; readonly width?: number } {
  return typeof value === "object" && value !== null && "unicode" in value && typeof value.unicode === "string"
}
