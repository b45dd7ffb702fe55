import sharp, { type Sharp } from "sharp"
import { beforeAll, describe, expect, test } from "vitest"
import { type Picture, readImage } from "../ingest/parse/picture.ts"
import { pictureOf } from "./support/picture.ts"

const NAME = "office/notice"
let original: Sharp
/** Of the PNG, whose pixels are exact. */
let exact: Picture

beforeAll(async () => {
  original = await pictureOf(["The fire drill takes place on Monday."])
  exact = await readImage(await original.toBuffer(), { path: NAME, mediaType: "image/png", page: 1 })
})

describe("readImage()", () => {
  test.each(["png", "jpeg", "gif", "webp", "tiff"] as const)("reads %s", async (format) => {
    const bytes = await original.clone().toFormat(format).toBuffer()
    const read = await readImage(bytes, { path: NAME, mediaType: `image/${format}`, page: 1 })
    expect(meanDifference(read, exact)).toBeLessThan(3)
  })

  test("reads a bitmap", async () => {
    const read = await readImage(await bitmap(original.clone()), { path: NAME, mediaType: "image/bmp", page: 1 })
    expect(meanDifference(read, exact)).toBeLessThan(1)
  })

  test("takes what is transparent for white", async () => {
    const size = { width: 600, height: 2, channels: 4 as const }
    const bytes = await sharp({ create: { ...size, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer()
    const { grey } = await readImage(bytes, { path: NAME, mediaType: "image/png", page: 1 })
    expect(new Set(grey)).toEqual(new Set([255]))
  })

  test("turns a photograph upright", async () => {
    const bytes = await original.clone().rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const read = await readImage(bytes, { path: NAME, mediaType: "image/jpeg", page: 1 })
    expect(meanDifference(read, exact)).toBeLessThan(3)
  })

  test.each([
    ["broken-file", "image/png", 2, async () => await original.clone().toBuffer()],
    ["broken-file", "image/png", 1, async () => (await original.clone().toBuffer()).subarray(0, 900)],
    ["broken-file", "image/bmp", 1, async () => Buffer.from("BM")],
    ["unsupported-type", "image/x-unknown", 1, async () => Buffer.from("x")],
    ["file-too-large", "image/bmp", 1, async () => Buffer.concat([bitmapHeader(100_000, 100_000), Buffer.alloc(64)])],
  ])("throws %s of %s, page %i", async (code, mediaType, page, content) => {
    await expect(readImage(await content(), { path: NAME, mediaType, page })).rejects.toMatchObject({ code })
  })
})

/** Of two pictures of one size, in levels of grey. */
function meanDifference(one: Picture, other: Picture): number {
  expect([one.width, one.height]).toEqual([other.width, other.height])
  let sum = 0
  for (const [index, level] of one.grey.entries()) sum += Math.abs(level - (other.grey[index] ?? 0))
  return sum / one.grey.length
}

/** Rows from the bottom, three bytes a pixel, each row a multiple of four bytes. */
async function bitmap(picture: Sharp): Promise<Buffer> {
  const { data, info } = await picture.toColourspace("srgb").removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const rowBytes = Math.ceil((info.width * 3) / 4) * 4
  const pixels = Buffer.alloc(rowBytes * info.height)
  for (let row = 0; row < info.height; row++) {
    data.copy(pixels, (info.height - 1 - row) * rowBytes, row * info.width * 3, (row + 1) * info.width * 3)
  }
  return Buffer.concat([bitmapHeader(info.width, info.height), pixels])
}

function bitmapHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(54)
  header.write("BM", 0, "latin1")
  header.writeUInt32LE(54, 10)
  header.writeUInt32LE(40, 14)
  header.writeInt32LE(width, 18)
  header.writeInt32LE(height, 22)
  header.writeUInt16LE(1, 26)
  header.writeUInt16LE(24, 28)
  return header
}
