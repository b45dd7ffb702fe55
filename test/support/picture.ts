import sharp, { type Sharp } from "sharp"
import { openPdf } from "../../ingest/parse/pdf-open.ts"
import { drawPdfPage } from "../../ingest/parse/picture.ts"
import { pdf } from "./pdf.ts"

/** A grey picture of the lines, black on white, cut to a strip of a page that holds up to eight of them. */
export async function pictureOf(lines: readonly string[]): Promise<Sharp> {
  const page = lines.map((text, index) => ({ text, y: 800 - index * 17, size: 14 }))
  const document = await openPdf(await pdf([page]), "picture.pdf", { mostPixels: 1 })
  try {
    const { width, height, grey } = await drawPdfPage(document, 1, "picture.pdf")
    const strip = { left: 0, top: 0, width, height: Math.round(height / 5) }
    // The picture comes as PNG, for a sharp of raw bytes keeps its size through every step.
    const png = await sharp(grey, { raw: { width, height, channels: 1 } })
      .extract(strip)
      .png()
      .toBuffer()
    return sharp(png)
  } finally {
    await document.destroy()
  }
}
