import type { TextBuilder } from "./text-builder.ts"

/** Appends the text of a recognised page: paragraphs apart by an empty line, lines of cells as tables. */
export function appendRecognised(builder: TextBuilder, text: string): void {
  for (const paragraph of text.split(/\n{2,}/)) {
    let rows: string[][] = []
    let lines: string[] = []
    const flush = (): void => {
      if (rows.length > 0) builder.table(rows)
      builder.paragraph(lines.join("\n"))
      rows = []
      lines = []
    }
    for (const line of paragraph.split("\n")) {
      const cells = line.split(" | ")
      const isRow = cells.length > 1
      if (isRow ? lines.length > 0 : rows.length > 0) flush()
      if (isRow) rows.push(cells)
      else lines.push(line)
    }
    flush()
  }
}
