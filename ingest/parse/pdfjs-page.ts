import { type PageContent, withoutTiny } from "./pdf-content.ts"
import { pdfEngine } from "./pdf-engine.ts"
import type { PdfTextItem } from "./pdf-lines.ts"
import type { PdfPage } from "./pdf-open.ts"
import { drawingOf } from "./pdfjs-drawing.ts"
import { withoutInvisible } from "./pdfjs-hidden.ts"
import { lookAtPage } from "./pdfjs-look.ts"
import { textQuality } from "./text-quality.ts"

/** What pdf.js reads of a page. Hidden text is looked for where the page may be drawn. */
export async function readWithPdfjs(page: PdfPage, { mayDraw }: { readonly mayDraw: boolean }): Promise<PageContent> {
  const content = await page.getTextContent({ includeMarkedContent: false, disableNormalization: true })
  const items = content.items.filter((item): item is PdfTextItem => "str" in item)
  const { view } = page
  const area = Math.abs(((view[2] ?? 0) - (view[0] ?? 0)) * ((view[3] ?? 0) - (view[1] ?? 0)))
  const { list } = mayDraw ? await drawingOf(page) : {}
  const { operators } = await pdfEngine()
  // A drawing that cannot be followed shows nothing; the text of the page is not lost with it.
  const look = list && lookAtPage(list, { operators, view })
  const { seen, hidden } = withoutInvisible(items, look)
  return {
    ...withoutTiny(seen, hidden),
    area,
    quality: textQuality(items.map((item) => item.str).join(" "), area),
    ...(look && { look }),
  }
}
