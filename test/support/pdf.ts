import { PDFDocument, StandardFonts } from "pdf-lib"

export interface PdfLineSpec {
  readonly text: string
  /** Points from the left and the bottom edge. */
  readonly x?: number
  readonly y: number
  readonly size?: number
}

const MADE_AT = new Date("2026-01-01T00:00:00Z")

/** A PDF with the given lines page by page, in Helvetica. */
export async function pdf(
  pages: readonly (readonly PdfLineSpec[])[],
  options: { readonly title?: string } = {},
): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  // Else the bytes of two calls differ as soon as the second does.
  document.setCreationDate(MADE_AT)
  document.setModificationDate(MADE_AT)
  if (options.title !== undefined) document.setTitle(options.title)
  const font = await document.embedFont(StandardFonts.Helvetica)
  for (const lines of pages) {
    const page = document.addPage([595, 842])
    for (const { text, x = 72, y, size = 11 } of lines) page.drawText(text, { x, y, size, font })
  }
  return await document.save({ updateFieldAppearances: false })
}
