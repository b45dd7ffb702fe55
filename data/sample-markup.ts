/** The small markup that the sources of generated documents are written in. */
export type MarkupBlock =
  | { readonly type: "heading"; readonly level: number; readonly text: string }
  | { readonly type: "paragraph" | "item"; readonly text: string }
  | { readonly type: "table"; readonly rows: readonly (readonly string[])[] }
  | { readonly type: "page-break" }

export interface Markup {
  readonly title: string
  readonly blocks: readonly MarkupBlock[]
}

/** `title:` first, then `#` headings, `-` items, `|` table rows, `---` for a new page, and a paragraph a line. */
export function readMarkup(source: string): Markup {
  const [first = "", ...lines] = source.trim().split("\n")
  const blocks: MarkupBlock[] = []
  let rows: string[][] = []
  const closeTable = (): void => {
    if (rows.length > 0) blocks.push({ type: "table", rows })
    rows = []
  }
  for (const line of lines) {
    if (line.startsWith("|")) {
      rows.push(
        line
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      )
      continue
    }
    closeTable()
    const [, marks, heading] = /^(#+) (.*)$/.exec(line) ?? []
    if (marks !== undefined && heading !== undefined)
      blocks.push({ type: "heading", level: marks.length, text: heading })
    else if (line === "---") blocks.push({ type: "page-break" })
    else if (line.startsWith("- ")) blocks.push({ type: "item", text: line.slice(2) })
    else if (line !== "") blocks.push({ type: "paragraph", text: line })
  }
  closeTable()
  return { title: first.replace(/^title: /, ""), blocks }
}
