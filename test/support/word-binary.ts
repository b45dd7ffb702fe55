import { oleContainer } from "./ole-streams.ts"

interface WordSource {
  /** Paragraphs, and tables as rows of cells. */
  readonly body: readonly (string | readonly (readonly string[])[])[]
  readonly footnote?: string
  readonly header?: string
  readonly comment?: string
  readonly endnote?: string
  readonly textBox?: string
  readonly isEncrypted?: boolean
  /** One byte a character, Windows-1252, instead of two. */
  readonly isNarrow?: boolean
}

const TEXT_AT = 1024
const PAGE = 512
/** Below, a container keeps streams elsewhere, which Word never does. */
const FEWEST_BYTES = 4096
const CELL_END = "\u0007"

/** A Word document of before 2007, MS-DOC: the head, the text in one piece, and properties that end the rows of tables. */
export function doc(source: WordSource): Buffer {
  const narrow = source.isNarrow === true
  const body = source.body.map((block) => (typeof block === "string" ? `${block}\r` : block.map(row).join(""))).join("")
  const { footnote, header, comment, endnote, textBox } = source
  const parts = [footnote, header, comment, endnote, textBox].map((text) => (text === undefined ? "" : `${text}\r\r`))
  const text = `${body}${parts.join("")}\r`
  const encoded = Buffer.from(text, narrow ? "latin1" : "utf16le")
  const propertiesAt = Math.ceil((TEXT_AT + encoded.length) / PAGE) * PAGE
  const main = Buffer.alloc(Math.max(FEWEST_BYTES, propertiesAt + PAGE))
  encoded.copy(main, TEXT_AT)
  main.writeUInt16LE(0xa5ec, 0)
  main.writeUInt16LE(0x0200 | (source.isEncrypted === true ? 0x0100 : 0), 10) // the table stream is `1Table`
  main.writeUInt32LE(TEXT_AT, 0x18)
  const [noteLength = 0, headerLength = 0, ...laterLengths] = parts.map((part) => part.length)
  for (const [at, length] of [
    ...[[0x4c, body.length] as const, [0x50, noteLength] as const, [0x54, headerLength] as const],
    ...laterLengths.map((length, index) => [0x5c + index * 4, length] as const),
  ]) {
    main.writeUInt32LE(length, at)
  }
  const width = narrow ? 1 : 2
  paragraphPage(text, width).copy(main, propertiesAt)

  const table = Buffer.alloc(FEWEST_BYTES)
  table[0] = 2
  table.writeUInt32LE(16, 1) // one piece
  table.writeUInt32LE(text.length, 9)
  table.writeUInt32LE(narrow ? (TEXT_AT * 2) | 0x40000000 : TEXT_AT, 15)
  main.writeUInt32LE(21, 0x01a6) // length of the pieces, which begin the table stream
  table.writeUInt32LE(TEXT_AT, 32) // pages of paragraph properties: from, to, number
  table.writeUInt32LE(TEXT_AT + encoded.length, 36)
  table.writeUInt32LE(propertiesAt / PAGE, 40)
  main.writeUInt32LE(32, 0x0102)
  main.writeUInt32LE(12, 0x0106)
  if (header !== undefined) {
    // Twelve stories: separators of notes are six of them, then the header of even pages.
    const ends = [0, 0, 0, 0, 0, 0, 0, header.length + 1, ...Array.from({ length: 5 }, () => header.length + 1)]
    for (const [index, end] of ends.entries()) table.writeUInt32LE(end, 64 + index * 4)
    main.writeUInt32LE(64, 0x00f2)
    main.writeUInt32LE(ends.length * 4, 0x00f6)
  }
  return oleContainer({ "/WordDocument": main, "/1Table": table })
}

/** Cells end in a mark, and the row in one more. */
function row(cells: readonly string[]): string {
  return cells.map((cell) => cell + CELL_END).join("") + CELL_END
}

/** Properties of paragraphs, MS-DOC 2.9.175: which of them are the ends of rows. */
function paragraphPage(text: string, width: number): Buffer {
  const runs: { readonly from: number; readonly isRowEnd: boolean }[] = [{ from: 0, isRowEnd: false }]
  for (let at = text.indexOf(CELL_END + CELL_END); at >= 0; at = text.indexOf(CELL_END + CELL_END, at + 2)) {
    runs.push({ from: at + 1, isRowEnd: true }, { from: at + 2, isRowEnd: false })
  }
  const page = Buffer.alloc(PAGE)
  const [plain, rowEnd] = [490, 500]
  page.set([0, 1, 0, 0], plain)
  page.set([3, 0, 0, 0x17, 0x24, 1], rowEnd)
  for (const [index, { from, isRowEnd }] of runs.entries()) {
    page.writeUInt32LE(TEXT_AT + from * width, index * 4)
    page[(runs.length + 1) * 4 + index * 13] = (isRowEnd ? rowEnd : plain) / 2
  }
  page.writeUInt32LE(TEXT_AT + text.length * width, runs.length * 4)
  page[PAGE - 1] = runs.length
  return page
}
