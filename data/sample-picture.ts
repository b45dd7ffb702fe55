import { join } from "node:path"
import { crc32, deflateSync } from "node:zlib"
import { createCanvas, GlobalFonts } from "@napi-rs/canvas"
import { packageRoot } from "../src/core/package-root.ts"

export interface PictureLine {
  readonly text: string
  /** Pixels from the left and the top edge to the beginning of the base line. */
  readonly x: number
  readonly y: number
  /** Pixels. */
  readonly size: number
  readonly isBold?: boolean
}

export interface PictureSpec {
  readonly width: number
  readonly height: number
  readonly lines: readonly PictureLine[]
  /** How far the sheet lies askew, in degrees. */
  readonly skew: number
  /** Grey of the sheet at the left and at the right edge; the light falls from one side. */
  readonly paper: readonly [left: number, right: number]
  /** Of so many pixels one is a speck of dust. */
  readonly pixelsPerSpeck: number
}

/**
 * Draws text in a real font as a scanner or a camera sees it: askew, on paper that is not white, with dust. PNG in grey,
 * the same bytes each time.
 */
export function drawPicture({ width, height, lines, skew, paper, pixelsPerSpeck }: PictureSpec): Buffer {
  const fonts = join(packageRoot, "node_modules", "pdfjs-dist", "standard_fonts")
  for (const style of ["Regular", "Bold"]) {
    GlobalFonts.registerFromPath(join(fonts, `LiberationSans-${style}.ttf`), `Sample ${style}`)
  }
  const context = createCanvas(width, height).getContext("2d")
  context.fillStyle = "#fff"
  context.fillRect(0, 0, width, height)
  context.rotate((skew * Math.PI) / 180)
  context.fillStyle = "#000"
  for (const { text, x, y, size, isBold = false } of lines) {
    context.font = `${size}px "Sample ${isBold ? "Bold" : "Regular"}"`
    context.fillText(text, x, y)
  }
  const { data } = context.getImageData(0, 0, width, height)
  const rows = Buffer.alloc((width + 1) * height)
  let noise = 7
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      noise = (noise * 1_103_515_245 + 12_345) % 2_147_483_648
      const light = paper[0] + ((paper[1] - paper[0]) * x) / width
      const ink = 1 - (data[(y * width + x) * 4] ?? 255) / 255
      const dust = noise % pixelsPerSpeck === 0 ? 45 : 0
      // Few levels of grey, for the file's sake.
      rows[y * (width + 1) + x + 1] = Math.round(Math.max(INK, light - dust - ink * (light - INK)) / LEVEL) * LEVEL
    }
  }
  return png(rows, width, height)
}

/** Toner is not black. */
const INK = 36
const LEVEL = 4

function png(rows: Buffer, width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(8, 8) // bits; colour type 0 is grey
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    part("IHDR", header),
    part("IDAT", deflateSync(rows, { level: 9 })),
    part("IEND", Buffer.alloc(0)),
  ])
}

function part(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
