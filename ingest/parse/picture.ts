import { parseFailure } from "./failure.ts"
import type { PdfDocument } from "./pdf-open.ts"

/** What recognition reads: one byte a pixel, black is 0, row by row from the top. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly grey: Uint8Array
}

/** Media types of images that can be read; a TIFF file may have more than one page. */
export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/bmp", "image/gif", "image/webp", "image/tiff"] as const

/** Draws a page as a reader sees it: with its rotation, on white. Throws `broken-file`. */
export async function drawPdfPage(pdf: PdfDocument, number: number, path: string): Promise<Picture> {
  if (number < 1 || number > pdf.numPages)
    throw parseFailure("broken-file", path, { state: `it has no page ${number}` })
  const page = await pdf.getPage(number)
  try {
    const size = page.getViewport({ scale: 1 })
    const scale = Math.min(MOST_PER_POINT, LONG_SIDE_PIXELS / Math.max(1, size.width, size.height))
    const viewport = page.getViewport({ scale })
    const [width, height] = [Math.max(1, Math.ceil(viewport.width)), Math.max(1, Math.ceil(viewport.height))]
    const canvas = pdf.canvasFactory.create(width, height)
    try {
      await page.render({ canvas: canvas.canvas, canvasContext: canvas.context, viewport, background: "#fff" }).promise
      return { width, height, grey: greyOf(canvas.context.getImageData(0, 0, width, height).data) }
    } finally {
      pdf.canvasFactory.destroy(canvas)
    }
  } finally {
    page.cleanup()
  }
}

/** Reads an image, upright as its camera says, on white. Throws `broken-file`, `file-too-large`, `unsupported-type`. */
export async function readImage(
  bytes: Uint8Array,
  { path, mediaType, page }: { readonly path: string; readonly mediaType: string; readonly page: number },
): Promise<Picture> {
  if (!IMAGE_TYPES.some((type) => type === mediaType)) throw parseFailure("unsupported-type", path)
  try {
    return await (mediaType === "image/bmp" ? readBitmap(bytes, path) : readWithSharp(bytes, page, path))
  } catch (cause) {
    if (cause instanceof Error && /pixel limit/i.test(cause.message)) {
      throw parseFailure("file-too-large", path, { cause, state: "it has too many pixels" })
    }
    throw cause instanceof Error && cause.name === "IbidError" ? cause : parseFailure("broken-file", path, { cause })
  }
}

/**
 * Pages of an image, by its header alone: those of a TIFF file, else one. Throws `broken-file`, and `file-too-large` for
 * one that says it has more pixels than are decoded, or more pages than a document has.
 */
export async function countFrames(
  bytes: Uint8Array,
  { path, mediaType }: { readonly path: string; readonly mediaType: string },
): Promise<number> {
  const size = mediaType === "image/bmp" ? { ...bitmapSize(bytes, path), pages: 1 } : await statedSize(bytes, path)
  if (size.width * size.height > MOST_DECODED_PIXELS || size.pages > MOST_FRAMES) {
    throw parseFailure("file-too-large", path, { state: "it has too many pixels or pages" })
  }
  return mediaType === "image/tiff" ? size.pages : 1
}

async function statedSize(bytes: Uint8Array, path: string) {
  const { default: sharp } = await import("sharp")
  try {
    const { width, height, pages = 1 } = await sharp(bytes, { limitInputPixels: false }).metadata()
    return { width, height, pages }
  } catch (cause) {
    throw parseFailure("broken-file", path, { cause })
  }
}

/** Enlarged or made smaller, turned clockwise by so many degrees. */
export async function transformPicture(
  { width, height, grey }: Picture,
  { scale = 1, turn = 0 }: { readonly scale?: number; readonly turn?: 0 | 90 | 180 | 270 },
): Promise<Picture> {
  const { default: sharp } = await import("sharp")
  const size = [width, height].map((side) => Math.max(1, Math.round(side * scale)))
  const turned = sharp(grey, { raw: { width, height, channels: 1 } })
    .resize(size[0], size[1], { fit: "fill" })
    .rotate(turn)
    .toColourspace("b-w")
    .raw()
  const { data, info } = await turned.toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, grey: new Uint8Array(data) }
}

/** Long side of a sheet of A4 at 216 dots an inch: small type of ten points is then as high as is read best. */
const LONG_SIDE_PIXELS = 2530
/** A stamp is not drawn larger than this, in pixels a point. */
const MOST_PER_POINT = 6
/** An image that says it is larger is not decoded: it is a bomb, or more than memory holds. */
export const MOST_DECODED_PIXELS = 120_000_000
/** Pages of a TIFF file; a file of a few kilobytes can state millions. */
const MOST_FRAMES = 2000

async function readWithSharp(bytes: Uint8Array, page: number, path: string): Promise<Picture> {
  const { default: sharp } = await import("sharp")
  sharp.concurrency(1)
  sharp.cache(false)
  const options = { limitInputPixels: MOST_DECODED_PIXELS, failOn: "error" as const, page: page - 1 }
  const { width, height, autoOrient, pages = 1 } = await sharp(bytes, options).metadata()
  if (page > pages) throw parseFailure("broken-file", path, { state: `it has no page ${page}` })
  const fitted = readableSize({ width: autoOrient.width ?? width, height: autoOrient.height ?? height })
  const { data, info } = await sharp(bytes, options)
    .autoOrient()
    .flatten({ background: "#fff" })
    .resize(fitted.width, fitted.height, { fit: "fill" })
    .greyscale()
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, grey: new Uint8Array(data) }
}

/** Bitmaps are the one common format that sharp does not read. */
async function readBitmap(bytes: Uint8Array, path: string): Promise<Picture> {
  const { createCanvas, loadImage } = await import("@napi-rs/canvas")
  const stated = bitmapSize(bytes, path)
  if (stated.width * stated.height > MOST_DECODED_PIXELS) throw new Error("pixel limit")
  const image = await loadImage(bytes)
  const { width, height } = readableSize(image)
  const context = createCanvas(width, height).getContext("2d")
  context.fillStyle = "#fff"
  context.fillRect(0, 0, width, height)
  context.drawImage(image, 0, 0, width, height)
  return { width, height, grey: greyOf(context.getImageData(0, 0, width, height).data) }
}

function bitmapSize(bytes: Uint8Array, path: string): { readonly width: number; readonly height: number } {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 26))
  if (header.length < 26 || header.toString("latin1", 0, 2) !== "BM") throw parseFailure("broken-file", path)
  const isOld = header.readUInt32LE(14) === 12
  return isOld
    ? { width: header.readUInt16LE(18), height: header.readUInt16LE(20) }
    : { width: Math.abs(header.readInt32LE(18)), height: Math.abs(header.readInt32LE(22)) }
}

/** A scan of 600 dots an inch is halved, a screenshot is enlarged: its letters are too small for the engine. */
function readableSize({ width, height }: { readonly width: number; readonly height: number }): {
  readonly width: number
  readonly height: number
} {
  const side = Math.max(width, height, 1)
  const scale = side < 600 ? 3 : side < 1600 ? 2 : Math.min(1, MOST_SIDE_PIXELS / side)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** A4 at 300 dots an inch. */
const MOST_SIDE_PIXELS = 3508

/** Luma after ITU-R BT.601, in integers. */
function greyOf(rgba: Uint8ClampedArray): Uint8Array {
  const grey = new Uint8Array(rgba.length / 4)
  for (let from = 0, to = 0; to < grey.length; from += 4, to++) {
    grey[to] = ((rgba[from] ?? 0) * 77 + (rgba[from + 1] ?? 0) * 150 + (rgba[from + 2] ?? 0) * 29) >> 8
  }
  return grey
}
