import { copyFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { createOcrHost, type OcrHost, type OcrHostOptions } from "../ingest/ocr-host.ts"
import { createRecogniser } from "../ingest/recognise.ts"
import { temporaryFolder } from "./support/folder.ts"
import { pdf } from "./support/pdf.ts"
import { pictureOf } from "./support/picture.ts"

const NOTICE = ["The fire drill takes place on Monday at ten.", "Please leave the building by the north stairs."]

function open(options: Partial<OcrHostOptions> = {}): OcrHost {
  return createOcrHost({
    languages: ["eng"],
    languageFolders: [],
    timeoutMs: 60_000,
    memoryMb: 1024,
    log: () => undefined,
    ...options,
  })
}

/** Writes a document and gives the request to recognise its page. */
function request(content: Uint8Array, mediaType: string, page = 1) {
  const file = join(temporaryFolder(), "stored")
  writeFileSync(file, content)
  return { file, path: "office/notice", mediaType, page }
}

describe("createOcrHost()", () => {
  let host: OcrHost
  beforeAll(() => {
    host = open()
  })
  afterAll(async () => await host.dispose())

  test("recognise() reads the page of a PDF that is asked for", async () => {
    const bytes = await pdf([
      [{ text: "The first page is about cats.", y: 700, size: 14 }],
      [{ text: "The second page is about horses.", y: 700, size: 14 }],
    ])
    const read = await host.recognise(request(bytes, "application/pdf", 2))
    expect(read).toMatchObject({ page: 2, text: "The second page is about horses." })
    expect(read.confidence).toBeGreaterThan(85)
    expect(read.confidence).toBeLessThanOrEqual(100)
  })

  test("recognise() reads the second page of a TIFF file", async () => {
    const pages = await Promise.all(
      [["The first sheet."], ["The second sheet."]].map(async (lines) => await (await pictureOf(lines)).toBuffer()),
    )
    const bytes = await sharp(pages, { join: { animated: true } })
      .tiff()
      .toBuffer()
    expect(await host.recognise(request(bytes, "image/tiff", 2))).toMatchObject({ page: 2, text: "The second sheet." })
  })

  test("recognise() turns a page that lies on its side", async () => {
    const bytes = await (await pictureOf(NOTICE)).rotate(90).png().toBuffer()
    expect((await host.recognise(request(bytes, "image/png"))).text).toBe(NOTICE.join(" "))
  })

  test("recognise() finds no text on an empty page, with confidence 0", async () => {
    expect(await host.recognise(request(await pdf([[]]), "application/pdf"))).toEqual({
      page: 1,
      text: "",
      confidence: 0,
    })
  })

  test.each([
    ["broken-file", "application/pdf", 7, async () => await pdf([[]])],
    ["empty-file", "image/png", 1, async () => Buffer.alloc(0)],
    ["broken-file", "image/png", 1, async () => Buffer.from("no picture at all")],
  ])("recognise() throws %s of %s, page %i", async (code, mediaType, page, content) => {
    await expect(host.recognise(request(await content(), mediaType, page))).rejects.toMatchObject({ code })
  })

  test("recognise() is cancelled by its signal, and the next page is read", async () => {
    const bytes = await (await pictureOf(NOTICE)).toBuffer()
    const abort = new AbortController()
    const read = host.recognise({ ...request(bytes, "image/png"), signal: abort.signal })
    abort.abort()
    await expect(read).rejects.toMatchObject({ code: "cancelled" })
    expect((await host.recognise(request(bytes, "image/png"))).text).toBe(NOTICE.join(" "))
  })

  test("recognise() ends a page that takes too long", async () => {
    const hasty = open({ timeoutMs: 1 })
    onTestFinished(async () => await hasty.dispose())
    await expect(hasty.recognise(request(await pdf([[]]), "application/pdf"))).rejects.toMatchObject({
      code: "parse-timeout",
    })
  })
})

describe("createRecogniser()", () => {
  test("names the language whose data is not installed, and the command that brings it", async () => {
    const options = { languages: ["eng", "deu"], languageFolders: [temporaryFolder()] }
    await expect(createRecogniser(options)).rejects.toMatchObject({
      code: "model-missing",
      message: expect.stringMatching(/the data of the language "deu" is not installed; .*"ibid models pull ocr-deu"/),
    })
  })

  test("takes the data of another language from the folder that is given", async () => {
    const folder = temporaryFolder()
    const english = dirname(createRequire(import.meta.url).resolve("@tesseract.js-data/eng/package.json"))
    copyFileSync(join(english, "4.0.0_best_int", "eng.traineddata.gz"), join(folder, "xyz.traineddata.gz"))
    const recogniser = await createRecogniser({ languages: ["xyz"], languageFolders: [folder] })
    await recogniser.dispose()
  })
})
