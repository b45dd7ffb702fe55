import { describe, expect, test } from "vitest"
import { imageParser } from "../ingest/parse/image.ts"
import { pictureOf } from "./support/picture.ts"

const FILE = { path: "office/notice.png", mediaType: "image/png" }

describe("imageParser", () => {
  test("parse() gives a page that waits for recognition, without text", async () => {
    const parsed = await imageParser.parse(await (await pictureOf(["A notice."])).toBuffer(), FILE)
    expect(parsed).toMatchObject({ text: "", pages: 1, warnings: ["no-text-on-page:1", "no-text"] })
    expect(parsed.report).toMatchObject({ pagesRead: 0, pagesToRecognise: [1] })
  })

  test("parse() gives the text that was recognised, with its confidence", async () => {
    const context = {
      recognised: new Map([[1, { page: 1, text: "Fire drill\n\nCovers | 120\nPumps | 60", confidence: 91 }]]),
      embed: () => undefined,
      refuse: () => undefined,
      part: () => undefined,
    }
    const parsed = await imageParser.parse(await (await pictureOf(["A notice."])).toBuffer(), FILE, context)
    expect(parsed.text).toBe("Fire drill\n\nCovers | 120\nPumps | 60")
    expect(parsed.blocks.map(({ type }) => type)).toEqual(["paragraph", "table"])
    expect(parsed.report).toMatchObject({
      pagesRead: 1,
      pagesToRecognise: [],
      weakPages: [{ page: 1, reason: "recognised", confidence: 91 }],
    })
  })

  test("parse() refuses a file that is no image", async () => {
    await expect(imageParser.parse(Buffer.from("no image"), FILE)).rejects.toMatchObject({ code: "broken-file" })
  })

  test("parse() refuses an image that states too many pixels, without decoding it", async () => {
    const header = Buffer.alloc(64)
    header.write("BM", 0, "latin1")
    header.writeUInt32LE(40, 14)
    header.writeInt32LE(100_000, 18)
    header.writeInt32LE(100_000, 22)
    await expect(imageParser.parse(header, { path: "a.bmp", mediaType: "image/bmp" })).rejects.toMatchObject({
      code: "file-too-large",
    })
  })
})
