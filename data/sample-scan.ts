import { PDFDocument } from "pdf-lib"
import { drawPicture, type PictureLine } from "./sample-picture.ts"

/** A delivery note as it comes out of the scanner: a picture in a PDF, and no text at all. */
export async function renderScan(): Promise<Uint8Array> {
  const note = drawPicture({
    ...{ width: 1_240, height: 1_754 }, // A4 at 150 dots an inch
    lines: linesOf(NOTE, { x: 150, y: 200, size: 32, step: 62 }),
    ...{ skew: 0.4, paper: [246, 240], pixelsPerSpeck: 1_997 },
  })
  const document = await PDFDocument.create({ updateMetadata: false })
  const picture = await document.embedPng(note)
  document.addPage([595, 842]).drawImage(picture, { x: 0, y: 0, width: 595, height: 842 })
  return await document.save({ useObjectStreams: false })
}

/** A notice at a door, taken with a telephone: the light comes from the left. */
export function renderNotice(): Buffer {
  return drawPicture({
    ...{ width: 1_000, height: 680 },
    lines: linesOf(NOTICE, { x: 110, y: 130, size: 34, step: 74 }),
    ...{ skew: 1.1, paper: [232, 172], pixelsPerSpeck: 2_503 },
  })
}

/** The first line is the heading. */
const NOTE = [
  "DELIVERY NOTE 44170",
  "",
  "Gusswerk to Ahrenfeld",
  "",
  "120 covers PF-2210-B",
  "60 covers PF-2210-A",
  "",
  "Received on 29 April 2026.",
  "Two boxes were wet.",
]
const NOTICE = [
  "Hall 3: fresh floor coating",
  "Hall 3 is locked from 8 to 12 June 2026.",
  "Forklift trucks go around by the north ramp.",
  "Spare parts are handed out at the paint shop",
  "from 7:30 to 9:00 every morning.",
  "The coating carries loads again after 72 hours.",
]

function linesOf(
  texts: readonly string[],
  { x, y, size, step }: { readonly x: number; readonly y: number; readonly size: number; readonly step: number },
): PictureLine[] {
  return texts.map((text, line) => {
    const isBold = line === 0
    return { text, x, y: y + line * step, size: isBold ? Math.round(size * 1.4) : size, isBold }
  })
}
