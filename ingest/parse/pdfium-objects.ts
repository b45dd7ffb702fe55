import { asMatrix, type Box, boxOf, IDENTITY, type Matrix, multiply } from "./pdf-geometry.ts"
import type { Pdfium } from "./pdfium.ts"

/** What a page draws beside its text. */
export interface PageObjects {
  /** In drawing order, as are the grounds. */
  readonly pictures: readonly Box[]
  /** Coloured areas. */
  readonly grounds: readonly Box[]
  /** Lines and shapes, of which letters may be made. */
  readonly shapes: number
  /** It draws pictures and lines alone, in plain colours: drawing it ends. */
  readonly isPlain: boolean
  /** By the object of a text: how many pictures and grounds were drawn before it. */
  readonly before: ReadonlyMap<number, { readonly pictures: number; readonly grounds: number }>
}

/** The ink of an object: red, green, blue and its density, 0 to 255; undefined for a pattern. */
export function inkOf({ call, results, integers }: Pdfium, object: number): readonly number[] | undefined {
  if (call.FPDFPageObj_GetFillColor(object, results, results + 4, results + 8, results + 12) === 0) return undefined
  const at = results >> 2
  const values = integers()
  return [values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0, values[at + 3] ?? 0]
}

/** Neither filled nor stroked with a pattern, which is a drawing of its own. */
function hasPlainInk(pdfium: Pdfium, path: number): boolean {
  const { call, results } = pdfium
  const isKnown = call.FPDFPageObj_GetStrokeColor(path, results, results + 4, results + 8, results + 12) !== 0
  return isKnown && inkOf(pdfium, path) !== undefined
}

export function isWhite([red = 0, green = 0, blue = 0]: readonly number[]): boolean {
  return red >= WHITE && green >= WHITE && blue >= WHITE
}

export function isClear([, , , alpha = FULL]: readonly number[]): boolean {
  return alpha <= LEAST_ALPHA
}

const FULL = 255
const LEAST_ALPHA = 0.03 * FULL
const WHITE = 0xfc
/** Kinds of objects, FPDF_PAGEOBJ_*. */
const [TEXT, PATH, PICTURE, SHADING, FORM] = [1, 2, 3, 4, 5]
/** PDFium itself follows no deeper nesting that a reader would see. */
const MOST_DEPTH = 12
/** The busiest of hundreds of real pages has a tenth of it. */
const MOST_OBJECTS = 500_000
const MOST_GROUNDS = 3000

/** Follows what a page draws; undefined for one that draws more than any page does. */
export function pageObjects(pdfium: Pdfium, page: number): PageObjects | undefined {
  const { call, results, floats, integers } = pdfium
  const at = results >> 2
  const pictures: Box[] = []
  const grounds: Box[] = []
  const before = new Map<number, { readonly pictures: number; readonly grounds: number }>()
  let shapes = 0
  let isPlain = true
  let left = MOST_OBJECTS

  const addTo = (boxes: Box[], object: number, matrix: Matrix): void => {
    call.FPDFPageObj_GetBounds(object, results, results + 4, results + 8, results + 12)
    boxes.push(boxOf(matrix, floats().subarray(at, at + 4)))
  }
  const isGround = (path: number): boolean => {
    if (grounds.length >= MOST_GROUNDS) return false
    call.FPDFPath_GetDrawMode(path, results, results + 4)
    if (integers()[at] === 0) return false
    const ink = inkOf(pdfium, path)
    return ink === undefined || !(isWhite(ink) || isClear(ink))
  }
  const visit = (object: number, matrix: Matrix, depth: number): void => {
    if (left-- <= 0) return
    const type = call.FPDFPageObj_GetType(object)
    isPlain &&=
      (type === PICTURE || (type === PATH && hasPlainInk(pdfium, object))) && !call.FPDFPageObj_HasTransparency(object)
    if (type === TEXT) before.set(object, { pictures: pictures.length, grounds: grounds.length })
    else if (type === PICTURE) addTo(pictures, object, matrix)
    else if (type === SHADING) addTo(grounds, object, matrix)
    else if (type === PATH) {
      shapes++
      if (isGround(object)) addTo(grounds, object, matrix)
    } else if (type === FORM && depth < MOST_DEPTH) {
      call.FPDFPageObj_GetMatrix(object, results)
      const inner = multiply(matrix, asMatrix(floats().subarray(at, at + 6)))
      const count = call.FPDFFormObj_CountObjects(object)
      for (let index = 0; index < count && left > 0; index++) {
        visit(call.FPDFFormObj_GetObject(object, index), inner, depth + 1)
      }
    }
  }
  const count = call.FPDFPage_CountObjects(page)
  for (let index = 0; index < count && left > 0; index++) visit(call.FPDFPage_GetObject(page, index), IDENTITY, 0)
  return left > 0 ? { pictures, grounds, shapes, isPlain, before } : undefined
}
