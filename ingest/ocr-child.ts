/** Entry of the recognition process: one page at a time, the file is read here, nothing is fetched. */
import { readFile } from "node:fs/promises"
import type { RecognisedPage } from "../src/core/types.ts"
import { serveWork } from "./child-work.ts"
import type { OcrWork } from "./ocr-host.ts"
import { parseFailure } from "./parse/failure.ts"
import { pdfEngine } from "./parse/pdf-engine.ts"
import { openPdf, type PdfDocument } from "./parse/pdf-open.ts"
import { drawPdfPage, MOST_DECODED_PIXELS, type Picture, readImage } from "./parse/picture.ts"
import { createRecogniser, type Recogniser } from "./recognise.ts"

let recogniser: Recogniser | undefined
/** Pages of one document come in a row: it stays open for the next. */
let open: { readonly file: string; readonly pdf: PdfDocument } | undefined

await serveWork<OcrWork, RecognisedPage>(
  async (work, { path }) => {
    recogniser ??= await createRecogniser(work)
    const picture = await pictureOf(work, path)
    return { page: work.page, ...(await recogniser.recognise(picture)) }
  },
  async () => await Promise.all([pdfEngine(), import("tesseract.js"), import("sharp")]),
)

async function pictureOf(work: OcrWork, path: string): Promise<Picture> {
  if (work.mediaType === "application/pdf")
    return await drawPdfPage(await openDocument(work.file, path), work.page, path)
  return await readImage(await readWhole(work.file, path), { path, mediaType: work.mediaType, page: work.page })
}

async function openDocument(file: string, path: string): Promise<PdfDocument> {
  if (open?.file === file) return open.pdf
  await open?.pdf.destroy()
  open = undefined
  open = { file, pdf: await openPdf(await readWhole(file, path), path, { mostPixels: MOST_DECODED_PIXELS }) }
  return open.pdf
}

async function readWhole(file: string, path: string): Promise<Uint8Array> {
  const bytes = await readFile(file)
  if (bytes.length === 0) throw parseFailure("empty-file", path)
  return bytes
}
