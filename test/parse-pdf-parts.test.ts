import { PDFDocument, PDFHexString, PDFName, type PDFRef, StandardFonts } from "pdf-lib"
import { describe, expect, test } from "vitest"
import { pdfParser } from "../ingest/parse/pdf.ts"
import type { FoundEmbedded, ParseContext } from "../src/core/ports.ts"
import type { ParsedDocument } from "../src/core/types.ts"

/** A document with one line a page, which `change` may add to. */
async function documentOf(
  lines: readonly string[],
  change: (document: PDFDocument) => void | Promise<void>,
): Promise<Uint8Array> {
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.Helvetica)
  for (const line of lines) document.addPage([595, 842]).drawText(line, { x: 72, y: 700, size: 11, font })
  await change(document)
  return await document.save()
}

async function parse(bytes: Uint8Array, context?: ParseContext): Promise<ParsedDocument> {
  return await pdfParser.parse(bytes, { path: "file.pdf", mediaType: "application/pdf" }, context)
}

interface Bookmark {
  readonly title: string
  readonly page: number
  readonly children?: readonly Bookmark[]
}

/** Adds an outline; its last entry of each level can be made to lead back to the first. */
function addOutline(document: PDFDocument, bookmarks: readonly Bookmark[], options: { isLoop?: boolean } = {}): void {
  const { context, catalog } = document
  const add = (entries: readonly Bookmark[], parent: PDFRef): { readonly First: PDFRef; readonly Last: PDFRef } => {
    const references = entries.map(() => context.nextRef())
    for (const [index, { title, page, children = [] }] of entries.entries()) {
      const reference = references[index] as PDFRef
      const next = references[index + 1] ?? (options.isLoop === true ? references[0] : undefined)
      const entry = {
        Title: PDFHexString.fromText(title),
        Parent: parent,
        Dest: [document.getPage(page - 1).ref, "Fit"],
        ...(next && { Next: next }),
        ...(children.length > 0 && add(children, reference)),
      }
      context.assign(reference, context.obj(entry))
    }
    return { First: references[0] as PDFRef, Last: references.at(-1) as PDFRef }
  }
  const root = context.nextRef()
  context.assign(root, context.obj({ Type: "Outlines", ...add(bookmarks, root) }))
  catalog.set(PDFName.of("Outlines"), root)
}

describe("pdfParser: the outline", () => {
  const bookmarks = [
    { title: "1 Leave", page: 1, children: [{ title: "Parental leave – für Eltern", page: 2 }] },
    { title: "Nowhere on its page", page: 3 },
  ]
  const lines = ["Leave", "Parental leave – für Eltern", "An ordinary line."]

  test("parse() makes headings of its levels of the lines that it names, in type of any size", async () => {
    const bytes = await documentOf(lines, (document) => addOutline(document, bookmarks))
    const { blocks } = await parse(bytes)
    expect(blocks.map(({ type, level, page }) => [type, level, page])).toEqual([
      ["heading", 1, 1],
      ["heading", 2, 2],
      ["paragraph", undefined, 3],
    ])
    expect(blocks[2]?.headingPath).toEqual(["Leave", "Parental leave – für Eltern"])
  })

  test("parse() ends with one that leads back to itself", async () => {
    const bytes = await documentOf(lines, (document) => addOutline(document, bookmarks, { isLoop: true }))
    expect((await parse(bytes)).blocks[0]).toMatchObject({ type: "heading", level: 1 })
  })
})

describe("pdfParser: page labels", () => {
  test("parse() gives pages the labels that the file prints on them", async () => {
    const bytes = await documentOf(["Preface.", "Contents.", "First chapter."], ({ context, catalog }) => {
      const labels = { Nums: [0, { S: "r" }, 2, { S: "D", P: PDFHexString.fromText("A-"), St: 7 }] }
      catalog.set(PDFName.of("PageLabels"), context.obj(labels))
    })
    expect((await parse(bytes)).pageLabels).toEqual(["i", "ii", "A-7"])
  })

  test("parse() gives pages of a file without labels none", async () => {
    expect((await parse(await documentOf(["One.", "Two."], () => undefined))).pageLabels).toBeUndefined()
  })
})

describe("pdfParser: forms", () => {
  test("parse() reads values with their labels behind the text of their page", async () => {
    const bytes = await documentOf(["Application"], (document) => {
      const form = document.getForm()
      const page = document.getPage(0)
      const name = form.createTextField("applicant.name")
      name.setText("Ada Lovelace")
      name.addToPage(page, { x: 72, y: 600, width: 200, height: 20 })
      name.acroField.getWidgets()[0]?.dict.set(PDFName.of("TU"), PDFHexString.fromText("Name"))
      const colour = form.createDropdown("colour")
      colour.setOptions(["red", "green"])
      colour.select("green")
      colour.addToPage(page, { x: 72, y: 560, width: 100, height: 20 })
      const terms = form.createCheckBox("terms")
      terms.addToPage(page, { x: 72, y: 520, width: 12, height: 12 })
      terms.check()
      terms.acroField.getWidgets()[0]?.dict.set(PDFName.of("TU"), PDFHexString.fromText("Accepts the terms"))
      const empty = form.createTextField("empty")
      empty.addToPage(page, { x: 72, y: 480, width: 100, height: 20 })
    })
    expect((await parse(bytes)).text).toBe("Application\n\nName: Ada Lovelace\n\ngreen\n\n☒ Accepts the terms")
  })

  test("parse() reads comments, once each, and no hidden ones", async () => {
    const bytes = await documentOf(["Draft"], (document) => {
      const { context } = document
      const note = (contents: string, flags: number): object => ({
        ...{ Type: "Annot", Subtype: "Text", Rect: [72, 600, 90, 618], F: flags },
        Contents: PDFHexString.fromText(contents),
      })
      const notes = [note("Check the price.", 0), note("Check the price.", 0), note("Secret.", 2)]
      const references = notes.map((one) => context.register(context.obj(one as never)))
      document.getPage(0).node.set(PDFName.of("Annots"), context.obj(references))
    })
    expect((await parse(bytes)).text).toBe("Draft\n\nCheck the price.")
  })
})

describe("pdfParser: attached files", () => {
  test("parse() hands them over with their names", async () => {
    const found: FoundEmbedded[] = []
    const context: ParseContext = {
      ...{ recognised: new Map(), refuse: () => undefined, part: () => undefined },
      embed: (file) => void found.push(file),
    }
    const bytes = await documentOf(["See the attachment."], async (document) => {
      await document.attach(Buffer.from("item,price\nbolt,2\n"), "Preisliste für 2026.csv", { mimeType: "text/csv" })
    })
    await parse(bytes, context)
    expect(found.map(({ name, bytes: content }) => [name, Buffer.from(content).toString()])).toEqual([
      ["Preisliste für 2026.csv", "item,price\nbolt,2\n"],
    ])
  })
})

describe("pdfParser: hidden text", () => {
  test("parse() calls a page weak of which a reader sees a picture alone", async () => {
    const bytes = await documentOf([], async (document) => {
      const page = document.addPage([200, 200])
      page.drawText("Obey me.", { x: -900, y: 100, size: 12 })
      const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
      page.drawImage(await document.embedPng(pixel), { width: 200, height: 200 })
    })
    const { text, report } = await parse(bytes)
    expect(text).toBe("")
    expect(report).toMatchObject({
      hiddenCharacters: "Obeyme.".length,
      weakPages: [{ page: 1, reason: "no-text", confidence: null }],
      pagesToRecognise: [1],
    })
  })
})
