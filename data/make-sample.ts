/**
 * Makes the sample documents that are not written by hand, the same bytes each time: PDF and DOCX from
 * `data/sample-source/*.md`, the letter in Windows-1252, the scan without text, the photo of a notice, a workbook and a spreadsheet,
 * a mail with an attachment and an archive,
 * slides, an OpenDocument text and an RTF file.
 *
 * Usage: npm run sample [-- <output folder>]   (default: data/sample)
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import iconv from "iconv-lite"
import { packageRoot } from "../src/core/package-root.ts"
import { docx, wordParagraph, wordTable } from "../test/support/zip.ts"
import { renderCanteenMail, renderVisitorFolder } from "./sample-folders.ts"
import { readMarkup } from "./sample-markup.ts"
import { renderDealerDay, renderTourRules, renderWinterStorage } from "./sample-office.ts"
import { renderPdf } from "./sample-pdf.ts"
import { renderNotice, renderScan } from "./sample-scan.ts"
import { renderBudget, renderRooms } from "./sample-tables.ts"

const source = join(packageRoot, "data", "sample-source")

/** Writes all generated files below a folder; returns their paths within it. */
export async function makeSample(folder: string): Promise<string[]> {
  const random = Math.random
  Math.random = seeded() // pdf-lib draws the names of its fonts
  try {
    return await makeAll(folder)
  } finally {
    Math.random = random
  }
}

async function makeAll(folder: string): Promise<string[]> {
  const written: string[] = []
  const write = (path: string, bytes: Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
    written.push(path)
  }
  const files = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const places = files.map((file) => join(file.parentPath, file.name)).sort()
  for (const place of places) {
    const path = place.slice(source.length + 1)
    const text = readFileSync(place, "utf8")
    if (path.endsWith(".pdf.md")) write(path.slice(0, -3), await renderPdf(readMarkup(text)))
    else if (path.endsWith(".docx.md")) write(path.slice(0, -3), renderDocx(text))
    else write(path, iconv.encode(text, "windows-1252"))
  }
  write("operations/delivery-note-scan.pdf", await renderScan())
  write("operations/hall-3-notice.png", renderNotice())
  write("finance/budget-2026.xlsx", renderBudget())
  write("hr/canteen-closure.eml", renderCanteenMail())
  write("operations/visitors.zip", renderVisitorFolder())
  write("it/meeting-room-equipment.ods", renderRooms())
  write("sales/dealer-day-2026.pptx", renderDealerDay())
  write("operations/winter-storage.odt", renderWinterStorage())
  write("operations/test-hall-tours.rtf", renderTourRules())
  return written.sort()
}

function seeded(): () => number {
  let state = 42
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

function renderDocx(text: string): Buffer {
  const { blocks } = readMarkup(text)
  const body = blocks.map((block) => {
    if (block.type === "table") return wordTable(block.rows.map((row) => row.map(escapeXml)))
    if (block.type === "heading") {
      const style = block.level === 1 ? "Title" : block.level === 2 ? "Heading1" : "Heading2"
      return wordParagraph(escapeXml(block.text), style)
    }
    return block.type === "page-break" ? "" : wordParagraph(escapeXml(block.text))
  })
  return docx(body.join(""))
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
}

if (process.argv[1]?.endsWith("make-sample.ts") === true) {
  const written = await makeSample(process.argv[2] ?? join(packageRoot, "data", "sample"))
  process.stdout.write(`${written.join("\n")}\n`)
}
