import { PDFDocument } from "pdf-lib"
import { describe, expect, test } from "vitest"
import { pdfParser } from "../ingest/parse/pdf.ts"
import type { ParsedDocument } from "../src/core/types.ts"
import { type PdfLineSpec, pdf } from "./support/pdf.ts"

async function parse(bytes: Uint8Array): Promise<ParsedDocument> {
  return await pdfParser.parse(bytes, { path: "file.pdf", mediaType: "application/pdf" })
}

/** Lines of a paragraph, 14 points apart. */
function lines(texts: readonly string[], from: number): PdfLineSpec[] {
  return texts.map((text, index) => ({ text, y: from - index * 14 }))
}

describe("pdfParser", () => {
  test("parse() gives each block its page", async () => {
    const { pages, blocks } = await parse(
      await pdf([[{ text: "First page.", y: 700 }], [{ text: "Second page.", y: 700 }]]),
    )
    expect(pages).toBe(2)
    expect(blocks.map((block) => block.page)).toEqual([1, 2])
  })

  test("parse() joins the lines of a paragraph and parts paragraphs at a gap", async () => {
    const first = [
      "Parents get sixteen weeks of leave after the birth of",
      "a child, and they may take it in two parts.",
    ]
    const { text } = await parse(await pdf([[...lines(first, 700), ...lines(["A new paragraph starts here."], 640)]]))
    expect(text).toBe(`${first.join(" ")}\n\nA new paragraph starts here.`)
  })

  test("parse() puts words together that the line end divided", async () => {
    const texts = [
      "The team signs the written agree-",
      "ment in the first week of the well-",
      "known plan. A well-known plan.",
    ]
    const { text } = await parse(await pdf([lines(texts, 700)]))
    expect(text).toBe(
      "The team signs the written agreement in the first week of the well-known plan. A well-known plan.",
    )
  })

  test("parse() takes larger type for headings and ranks them by size", async () => {
    const page = [
      { text: "Handbook", y: 760, size: 24 },
      { text: "Leave", y: 720, size: 16 },
      ...lines(["Parents get sixteen weeks of leave, paid in full by the company."], 690),
    ]
    const { title, blocks } = await parse(await pdf([page]))
    expect(title).toBe("Handbook")
    expect(blocks.map(({ type, level }) => [type, level])).toEqual([
      ["heading", 1],
      ["heading", 2],
      ["paragraph", undefined],
    ])
    expect(blocks[2]?.headingPath).toEqual(["Handbook", "Leave"])
  })

  test("parse() gives aligned columns as rows of a table", async () => {
    const rows = [
      ["Part", "Price"],
      ["A-100", "12.50"],
      ["B-200", "9.00"],
    ]
    const page = rows.flatMap(([left = "", right = ""], row) => [
      { text: left, y: 700 - row * 14 },
      { text: right, x: 250, y: 700 - row * 14 },
    ])
    const { text, blocks } = await parse(await pdf([page]))
    expect(text).toBe("Part | Price\nA-100 | 12.50\nB-200 | 9.00")
    expect(blocks[0]?.type).toBe("table")
  })

  test("parse() takes the title from the file's data, but no name of a file", async () => {
    const page = [[{ text: "Some text.", y: 700 }]]
    expect((await parse(await pdf(page, { title: "Leave policy" }))).title).toBe("Leave policy")
    expect((await parse(await pdf(page, { title: "Microsoft Word - leave.docx" }))).title).toBeNull()
  })

  test("parse() leaves out running titles and page numbers", async () => {
    const pages = ["alpha", "beta", "gamma", "delta"].map((word, index) => [
      { text: "Acme handbook", y: 810 },
      { text: `This page is about ${word}.`, y: 700 },
      { text: `Page ${index + 1} of 4`, y: 30 },
    ])
    const { text } = await parse(await pdf(pages))
    expect(text).not.toMatch(/Acme|Page \d/)
    expect(text).toContain("This page is about gamma.")
  })

  test("parse() warns of pages without text", async () => {
    const { warnings, pages } = await parse(await pdf([[{ text: "Text.", y: 700 }], [], [{ text: "More.", y: 700 }]]))
    expect(warnings).toEqual(["no-text-on-page:2"])
    expect(pages).toBe(3)
  })

  test("parse() refuses a file that has no text on any page", async () => {
    expect(await parse(await pdf([[], []]))).toMatchObject({ text: "", warnings: expect.arrayContaining(["no-text"]) })
  })

  test("parse() refuses an encrypted file", async () => {
    await expect(parse(await encrypted())).rejects.toMatchObject({
      code: "encrypted",
      message: 'Cannot parse "file.pdf": the file is encrypted',
    })
  })

  test("parse() reads what is left of a truncated file or says that it is damaged", async () => {
    const whole = await pdf([lines(["Parents get sixteen weeks."], 700)])
    const outcome = await parse(whole.slice(0, 300)).catch((error: unknown) => error)
    expect(outcome).toMatchObject({ code: "broken-file" })
  })
})

/** pdf-lib does not encrypt: an encryption dictionary whose keys fit no password makes the same file for a reader. */
async function encrypted(): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  document.addPage([200, 200])
  const hex = "00".repeat(32)
  const bytes = Buffer.from(await document.save({ useObjectStreams: false })).toString("latin1")
  const dictionary = `<< /Filter /Standard /V 1 /R 2 /O <${hex}> /U <${hex}> /P -4 >>`
  return Buffer.from(bytes.replace("trailer\n<<", `trailer\n<<\n/Encrypt ${dictionary}\n/ID [<00> <00>]`), "latin1")
}
