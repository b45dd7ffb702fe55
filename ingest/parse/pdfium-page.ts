import { type PageContent, type PageLook, withoutTiny } from "./pdf-content.ts"
import type { Box } from "./pdf-geometry.ts"
import { areaOf } from "./pdf-geometry.ts"
import type { Pdfium } from "./pdfium.ts"
import type { PdfiumDocument } from "./pdfium-document.ts"
import { doubtsOf, seenItems } from "./pdfium-hidden.ts"
import { type PageObjects, pageObjects } from "./pdfium-objects.ts"
import { drawnText } from "./pdfium-text.ts"
import { textQuality } from "./text-quality.ts"

export interface PdfiumPage extends PageContent {
  /** Its fonts do not say well enough what some characters stand for or how wide they are. */
  readonly isDoubtful: boolean
  /** Some of its text may be hidden, or it has hardly any: worth a look at what it draws. */
  readonly isLookedAt: boolean
  /** Comments, form fields or attached files stand on it. */
  readonly hasNotes: boolean
}

/** Undefined for a page that cannot be opened. */
export function readWithPdfium({ pdfium, withPage }: PdfiumDocument, number: number): PdfiumPage | undefined {
  return withPage(number, (page) => {
    const { items, isDoubtful } = drawnText(pdfium, page)
    const view = viewOf(pdfium, page)
    const quality = textQuality(items.map((item) => item.str).join(" "), areaOf(view))
    const doubts = doubtsOf(pdfium, items)
    const isLookedAt = doubts.size > 0 || quality === "none" || quality === "sparse"
    const objects = isLookedAt ? pageObjects(pdfium, page) : undefined
    const { seen, hidden } = seenItems(items, { view, doubts, objects })
    return {
      ...withoutTiny(seen, hidden),
      area: areaOf(view),
      quality,
      ...(objects && { look: lookOf(objects, view) }),
      isDoubtful,
      isLookedAt,
      hasNotes: hasNotes(pdfium, page),
    }
  })
}

function lookOf({ pictures, shapes, isPlain }: PageObjects, view: Box): PageLook {
  const covered = pictures.reduce((sum, box) => sum + areaOf(box), 0)
  return { pictureShare: covered / Math.max(1, areaOf(view)), shapes, isPlain }
}

function viewOf({ call, results, floats }: Pdfium, page: number): Box {
  call.FPDF_GetPageBoundingBox(page, results)
  const at = results >> 2
  const [left = 0, top = 0, right = 0, bottom = 0] = floats().subarray(at, at + 4)
  return { left, bottom, right, top }
}

/** FPDF_ANNOT_*: links carry no text of their own, the window of a comment repeats it. */
const LINK = 2
const WINDOW = 16

function hasNotes({ call }: Pdfium, page: number): boolean {
  const count = call.FPDFPage_GetAnnotCount(page)
  for (let index = 0; index < count; index++) {
    const annotation = call.FPDFPage_GetAnnot(page, index)
    const kind = annotation === 0 ? LINK : call.FPDFAnnot_GetSubtype(annotation)
    if (annotation !== 0) call.FPDFPage_CloseAnnot(annotation)
    if (kind !== LINK && kind !== WINDOW) return true
  }
  return false
}
