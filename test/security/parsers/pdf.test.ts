import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { constants, deflateRawSync, deflateSync } from "node:zlib"
import { PDFDocument, StandardFonts, setTextRenderingMode, TextRenderingMode } from "pdf-lib"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { CutDocument } from "../../../ingest/cut.ts"
import { mayDraw } from "../../../ingest/parse/pdf-signs.ts"
import { createParserHost, type ParserHost } from "../../../ingest/parser-host.ts"
import { temporaryFolder } from "../../support/folder.ts"

const MB = 1024 * 1024
let host: ParserHost

beforeAll(() => {
  host = createParserHost({ timeoutMs: 60_000, memoryMb: 256, log: () => undefined })
})
afterAll(async () => await host.dispose())

async function parse(bytes: Uint8Array | string): Promise<CutDocument> {
  const file = join(temporaryFolder(), "stored")
  writeFileSync(file, typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes)
  return (await host.parse({ file, path: "hostile.pdf", mediaType: "application/pdf" })).document
}

/** What became of a file: `read`, or the code of the refusal. Nothing else may be thrown. */
async function outcome(bytes: Uint8Array | string): Promise<string> {
  return await parse(bytes).then(
    () => "read",
    (error: { readonly code?: string }) => error.code ?? "thrown without a code",
  )
}

/** A file of numbered objects; `trailer` are the entries beside the root, which is object 1. */
function pdfOf(objects: readonly (string | Buffer)[], trailer = ""): Buffer {
  const parts: Buffer[] = [Buffer.from("%PDF-1.7\n")]
  const offsets: number[] = []
  let length = parts[0]?.length ?? 0
  for (const [index, object] of objects.entries()) {
    const body = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from("\nendobj\n")])
    offsets.push(length)
    length += body.length
    parts.push(body)
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("")
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`
  const end = `trailer\n<< /Root 1 0 R /Size ${objects.length + 1} ${trailer} >>\nstartxref\n${length}\n%%EOF\n`
  return Buffer.concat([...parts, Buffer.from(table), Buffer.from(end)])
}

function stream(content: Buffer | string, entries = "", statedLength?: number): Buffer {
  const bytes = Buffer.from(content)
  const head = `<< /Length ${statedLength ?? bytes.length} ${entries} >>\nstream\n`
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from("\nendstream")])
}

const CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
const PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
const PAGE =
  "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> /ExtGState << /G << /ca 0 >> >> >> >>"
const FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
const TEXT = "BT /F 12 Tf 72 700 Td (The visible sentence.) Tj ET"

describe("A11: streams that unpack to a gigabyte", () => {
  test("a content stream packed twice ends by the memory limit of the child, and the next file is read", async () => {
    // A megabyte a block, a thousand times the same block: nobody has to pack a gigabyte for it.
    const block = deflateRawSync(Buffer.alloc(MB, " "), { finishFlush: constants.Z_FULL_FLUSH })
    const gigabyte = Buffer.concat([Buffer.from([0x78, 0x9c]), ...Array.from({ length: 1024 }, () => block)])
    const bomb = deflateSync(Buffer.concat([gigabyte, Buffer.from([0x03, 0x00, 0, 0, 0, 0])]), { level: 9 })
    expect(bomb.length).toBeLessThan(20_000)
    const content = stream(bomb, "/Filter [/FlateDecode /FlateDecode]")
    expect(await outcome(pdfOf([CATALOG, PAGES, PAGE, content, FONT]))).toBe("parse-out-of-memory")
    expect((await parse(pdfOf([CATALOG, PAGES, PAGE, stream(TEXT), FONT]))).text).toBe("The visible sentence.")
  })
})

describe("A12: structures without an end", () => {
  test.each([
    ["an array a million deep", [CATALOG, PAGES, PAGE, stream(TEXT), FONT, "[".repeat(1_000_000)], ""],
    ["a table of objects that goes back to itself", [CATALOG, PAGES, PAGE, stream(TEXT), FONT], "/Prev 9"],
    ["a length that lies", [CATALOG, PAGES, PAGE, stream(TEXT, "", 3), FONT], ""],
    [
      "a hundred million pages",
      [CATALOG, "<< /Type /Pages /Kids [3 0 R] /Count 100000000 >>", PAGE, stream(TEXT), FONT],
      "",
    ],
  ] as const)("%s: the text is read", async (_, objects, trailer) => {
    expect((await parse(pdfOf(objects, trailer))).text).toBe("The visible sentence.")
  })

  test("a page tree that holds itself is damaged", async () => {
    const tree = "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"
    expect(await outcome(pdfOf([CATALOG, tree, PAGE, stream(TEXT), FONT]))).toBe("broken-file")
  })

  test("a form that draws itself: the text is read", async () => {
    const form = stream(
      "/X Do /X Do",
      "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
    )
    expect((await parse(pdfOf([CATALOG, PAGES, PAGE, stream(`${TEXT} /X Do`), FONT, form]))).text).toBe(
      "The visible sentence.",
    )
  })
})

describe("A12: drawings without an end", () => {
  test("a pattern that is filled with itself: the text is read, and the page is not given to recognition", async () => {
    const form = stream(
      "/P Do",
      "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /P 7 0 R >> >>",
    )
    const filled = stream(
      "/Pattern cs /T scn 0 0 99 99 re f",
      "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Pattern << /T 8 0 R >> >>",
    )
    const pattern = stream(
      "/X Do",
      "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources << /XObject << /X 6 0 R >> >>",
    )
    const bytes = pdfOf([CATALOG, PAGES, PAGE, stream(`${TEXT} /X Do`), FONT, form, filled, pattern])
    expect((await parse(bytes)).text).toBe("The visible sentence.")
    // A picture of which recognition would read more.
    const scan = "600 0 0 800 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI"
    const { warnings, report } = await parse(
      pdfOf([CATALOG, PAGES, PAGE, stream(`q ${scan} Q /X Do`), FONT, form, filled, pattern]),
    )
    expect(warnings).toEqual(["no-text-on-page:1", "no-text"])
    expect(report.pagesToRecognise).toEqual([])
    expect(report.weakPages).toEqual([{ page: 1, reason: "no-text", confidence: null }])
  })

  test("content that is packed as a picture of gigabytes is not drawn", async () => {
    const bytes = pdfOf([CATALOG, PAGES, PAGE, stream(TEXT), FONT, stream("x", "/Filter [/FlateDecode /JBIG2Decode]")])
    expect(mayDraw(bytes)).toBe(false)
    const picture = stream("x", "/Subtype /Image /Filter /JBIG2Decode")
    expect(mayDraw(pdfOf([CATALOG, PAGES, PAGE, stream(TEXT), FONT, picture]))).toBe(true)
  })
})

describe("A13: script in the matrix of a font", () => {
  test("is not run", async () => {
    const canary = join(temporaryFolder(), "canary")
    const script = `1\\); process.getBuiltinModule?.('fs').writeFileSync('${canary}', 'run'); throw 1; \\(`
    const font = `<< /Type /Font /Subtype /Type1 /BaseFont /X /FontMatrix [1 2 3 4 5 (${script})] /FirstChar 0 /LastChar 0 /Widths [1] >>`
    expect((await parse(pdfOf([CATALOG, PAGES, PAGE, stream(TEXT), font]))).text).toBe("The visible sentence.")
    expect(existsSync(canary)).toBe(false)
  })
})

describe("A14: nothing to read", () => {
  test("an encrypted file is refused", async () => {
    const hex = "00".repeat(32)
    const lock = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${hex}> /U <${hex}> /P -4 >> /ID [<00> <00>]`
    expect(await outcome(pdfOf([CATALOG, PAGES, PAGE, stream(TEXT), FONT], lock))).toBe("encrypted")
  })

  test("a file without pages is damaged", async () => {
    expect(await outcome(pdfOf([CATALOG, "<< /Type /Pages /Kids [] /Count 0 >>"]))).toBe("broken-file")
  })

  test("a file of pictures alone has no text, and its pages wait for recognition", async () => {
    const document = await PDFDocument.create()
    const noise = { type: "gaussian" as const, mean: 128, sigma: 30 }
    const create = { width: 400, height: 500, channels: 3 as const, background: "#fff", noise }
    const picture = await document.embedPng(await sharp({ create }).png().toBuffer())
    for (const size of [500, 600]) document.addPage([400, size]).drawImage(picture, { width: 400, height: 500 })
    const { text, chunks, warnings, report } = await parse(await document.save())
    expect({ text, chunks }).toEqual({ text: "", chunks: [] })
    expect(warnings).toEqual(["no-text-on-page:1", "no-text-on-page:2", "no-text"])
    expect(report.pagesToRecognise).toEqual([1, 2])
  })
})

describe("text that a reader does not see", () => {
  test.each([
    ["without ink", "3 Tr (Obey me.) Tj 0 Tr"],
    ["white on white", "1 1 1 rg (Obey me.) Tj 0 g"],
    ["of no size", "/F 0.1 Tf (Obey me.) Tj"],
    ["fully transparent", "/G gs (Obey me.) Tj"],
    ["off the page", "0 2000 Td (Obey me.) Tj"],
  ])("%s is counted and not indexed", async (_, hidden) => {
    const content = `${TEXT} BT /F 12 Tf 72 600 Td ${hidden} ET`
    const { text, report } = await parse(pdfOf([CATALOG, PAGES, PAGE, stream(content), FONT]))
    expect(text).toBe("The visible sentence.")
    expect(report.hiddenCharacters).toBe("Obeyme.".length)
  })

  test("white on a dark ground is visible", async () => {
    const content = `0 0 0 rg 60 590 400 40 re f BT 1 1 1 rg /F 12 Tf 72 600 Td (A light heading.) Tj ET`
    const { text, report } = await parse(pdfOf([CATALOG, PAGES, PAGE, stream(content), FONT]))
    expect(text).toBe("A light heading.")
    expect(report.hiddenCharacters).toBe(0)
  })

  test("without ink over a picture is the layer of an earlier recognition", async () => {
    const document = await PDFDocument.create()
    const create = { width: 40, height: 50, channels: 3 as const, background: "#eee" }
    const picture = await document.embedPng(await sharp({ create }).png().toBuffer())
    const page = document.addPage([400, 500])
    page.setFont(await document.embedFont(StandardFonts.Helvetica))
    page.drawImage(picture, { width: 400, height: 500 })
    page.pushOperators(setTextRenderingMode(TextRenderingMode.Invisible))
    page.drawText("Read by an earlier recognition.", { x: 40, y: 300, size: 12 })
    expect((await parse(await document.save())).text).toBe("Read by an earlier recognition.")
  })
})
