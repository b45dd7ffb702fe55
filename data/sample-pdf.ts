import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from "pdf-lib"
import type { Markup, MarkupBlock } from "./sample-markup.ts"

const PAGE = { width: 595, height: 842, left: 62, right: 533, top: 770, bottom: 80 }
const MADE_AT = new Date("2026-05-04T08:00:00Z")
const SIZES: Readonly<Record<number, number>> = { 1: 20, 2: 14, 3: 12 }
const TEXT_SIZE = 10.5

/** A PDF with headings, paragraphs, ruled tables, and page numbers at the foot. The same bytes each time. */
export async function renderPdf({ title, blocks }: Markup): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false })
  document.setTitle(title)
  document.setAuthor("Ahrenfeld Pumps")
  document.setCreationDate(MADE_AT)
  document.setModificationDate(MADE_AT)
  const regular = await document.embedFont(StandardFonts.Helvetica)
  const bold = await document.embedFont(StandardFonts.HelveticaBold)
  const writer = createWriter(document, regular, bold)
  for (const block of blocks) writer.write(block)
  const pages = document.getPages()
  for (const [position, page] of pages.entries()) {
    const foot = `${title}  |  page ${position + 1} of ${pages.length}`
    page.drawText(foot, { x: PAGE.left, y: 44, size: 8, font: regular, color: rgb(0.4, 0.4, 0.4) })
  }
  return await document.save({ addDefaultPage: false, useObjectStreams: false })
}

function createWriter(document: PDFDocument, regular: PDFFont, bold: PDFFont) {
  let page: PDFPage = document.addPage([PAGE.width, PAGE.height])
  let y = PAGE.top
  const newPage = (): void => {
    page = document.addPage([PAGE.width, PAGE.height])
    y = PAGE.top
  }
  const need = (height: number): void => {
    if (y - height < PAGE.bottom) newPage()
  }
  const lines = (text: string, font: PDFFont, size: number, indent = 0): void => {
    for (const line of wrap(text, font, size, PAGE.right - PAGE.left - indent)) {
      need(size * 1.4)
      page.drawText(line, { x: PAGE.left + indent, y: y - size, size, font })
      y -= size * 1.4
    }
  }
  const table = (rows: readonly (readonly string[])[]): void => {
    const columns = Math.max(...rows.map((row) => row.length))
    const width = (PAGE.right - PAGE.left) / columns
    for (const [position, row] of rows.entries()) {
      const font = position === 0 ? bold : regular
      const cells = row.map((cell) => wrap(cell, font, 9, width - 10))
      const height = Math.max(...cells.map((cell) => cell.length)) * 12 + 8
      need(height)
      for (const [column, cell] of cells.entries()) {
        const x = PAGE.left + column * width
        page.drawRectangle({ x, y: y - height, width, height, borderWidth: 0.5, borderColor: rgb(0.6, 0.6, 0.6) })
        for (const [row, line] of cell.entries()) page.drawText(line, { x: x + 5, y: y - 14 - row * 12, size: 9, font })
      }
      y -= height
    }
    y -= 10
  }
  return {
    write: (block: MarkupBlock): void => {
      switch (block.type) {
        case "page-break":
          newPage()
          return
        case "table":
          table(block.rows)
          return
        case "heading":
          y -= block.level === 1 ? 0 : 8
          need(60)
          lines(block.text, bold, SIZES[block.level] ?? 12)
          y -= 5
          return
        case "item":
          lines(`• ${block.text}`, regular, TEXT_SIZE, 12)
          y -= 2
          return
        case "paragraph":
          lines(block.text, regular, TEXT_SIZE)
          y -= 7
      }
    },
  }
}

function wrap(text: string, font: PDFFont, size: number, width: number): string[] {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (line !== "" && font.widthOfTextAtSize(longer, size) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
