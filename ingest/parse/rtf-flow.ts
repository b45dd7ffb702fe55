/** A block of the text, before it is built. */
export type RtfBlock =
  | { readonly type: "heading"; readonly level: number; readonly text: string }
  | { readonly type: "paragraph" | "list-item"; readonly text: string }
  | { readonly type: "table"; readonly rows: readonly (readonly string[])[] }

/** The flow of the main text: paragraphs, and cells that become rows. */
export interface RtfFlow {
  add(text: string): void
  /** A number or a bullet before the paragraph. */
  label(text: string): void
  /** A note or a text box, which follows the block that it hangs on. */
  attach(text: string): void
  /** Level of the paragraph's style; undefined for body text. */
  level(level: number | undefined): void
  /** A control word about paragraphs or tables; others are passed over. */
  word(name: string, value: number | undefined): void
  finish(): readonly RtfBlock[]
}

export function createRtfFlow(): RtfFlow {
  const blocks: RtfBlock[] = []
  let line = ""
  let labelText = ""
  let isList = false
  let headingLevel: number | undefined
  let isInTable = false
  let cells: string[] = []
  let rows: (readonly string[])[] = []
  let attached: string[] = []

  function endTable(): void {
    if (cells.length > 0) rows.push(cells)
    cells = []
    // A table of one column arranges a page.
    if (rows.some((row) => row.length > 1)) blocks.push({ type: "table", rows })
    else for (const [text = ""] of rows) blocks.push({ type: "paragraph", text })
    rows = []
    endAttached()
  }

  function endAttached(): void {
    for (const text of attached) blocks.push({ type: "paragraph", text })
    attached = []
  }

  function endParagraph(): void {
    if (isInTable) {
      line += "\n"
      return
    }
    if (rows.length > 0 || cells.length > 0) endTable()
    const text = /[\p{L}\p{N}]/u.test(labelText) ? `${labelText} ${line}` : line
    if (line.trim() === "") endAttached()
    else {
      if (headingLevel !== undefined) blocks.push({ type: "heading", level: headingLevel, text })
      else blocks.push({ type: isList ? "list-item" : "paragraph", text })
      endAttached()
    }
    line = ""
    labelText = ""
  }

  return {
    add(text) {
      line += text
    },
    label(text) {
      labelText = text
      isList = true
    },
    attach(text) {
      if (text !== "") attached.push(text)
    },
    level(level) {
      headingLevel = level
    },
    word(name, value) {
      switch (name) {
        case "par":
        case "sect":
        case "page":
        case "column":
          endParagraph()
          return
        case "pard":
          isInTable = false
          isList = false
          headingLevel = undefined
          return
        case "intbl":
          isInTable = true
          return
        case "ls":
          isList = value !== 0
          return
        case "outlinelevel":
          headingLevel = value === undefined || value > 8 ? undefined : Math.min(value + 1, 6)
          return
        case "cell":
          cells.push(line.trim())
          line = ""
          labelText = ""
          return
        case "nestcell":
          line += " "
          return
        case "nestrow":
          line += "\n"
          return
        case "row":
          rows.push(cells)
          cells = []
          return
      }
    },
    finish() {
      isInTable = false
      endParagraph()
      if (rows.length > 0 || cells.length > 0) endTable()
      return blocks
    },
  }
}
