import type { PdfLine } from "./pdf-lines.ts"

/** Lines that belong together: a paragraph, a heading, an item of a list, the rows of a table. */
export type Group = readonly PdfLine[]

/**
 * Parts the lines of a page, in drawing order, into groups: by size, gap, indentation, marks of lists and cells. Lines
 * that the outline names stand in a group of their own; `titleOf` gives the same value for lines of one title.
 */
export function groupLines(lines: readonly PdfLine[], titleOf: (line: PdfLine) => object | undefined): Group[] {
  const leading = typicalLeading(lines)
  const groups: PdfLine[][] = []
  for (const [index, line] of lines.entries()) {
    const previous = lines[index - 1]
    const group = groups.at(-1)
    if (previous === undefined || group === undefined) groups.push([line])
    else {
      const title = titleOf(line)
      const isApart =
        titleOf(previous) !== title || (title === undefined && breaksBetween(previous, line, { group, leading }))
      if (isApart) groups.push([line])
      else group.push(line)
    }
  }
  return groups
}

export const LIST_MARK = /^(?:[-*•‣▪●○■□–·\uF0B7\uF0A7]\s|\(?\p{Nd}{1,2}[.)]\s|\(?[a-z]\)\s)/u

function breaksBetween(
  previous: PdfLine,
  line: PdfLine,
  { group, leading }: { readonly group: Group; readonly leading: number },
): boolean {
  if (Math.abs(previous.size - line.size) > 0.12 * Math.max(previous.size, line.size)) return true
  if (LIST_MARK.test(line.text) || isRow(line) !== isRow(previous)) return true
  const drop = previous.y - line.y
  const isFollowing = drop > 0 && drop <= Math.max(leading * 1.3, line.size * 1.25)
  // Up again or far down: the next column or page part continues the paragraph only within a sentence.
  if (!isFollowing) return drop > 0 || endsSentence(previous.text) || !/^\p{Ll}/u.test(line.text)
  const right = Math.max(...group.map((one) => one.xEnd), line.xEnd)
  const left = Math.min(...group.map((one) => one.x), line.x)
  const isShort = previous.xEnd < right - (right - left) * 0.15
  if (isShort && endsSentence(previous.text)) return true
  const isIndented = line.x > previous.x + line.size && previous.x <= left + 1
  return isIndented && endsSentence(previous.text)
}

/** One paragraph of the lines: wrapped lines joined, words divided at the line end put together. */
export function joinLines(group: Group, words: ReadonlySet<string>): string {
  const right = Math.max(...group.map((line) => line.xEnd))
  let text = ""
  for (const [index, line] of group.entries()) {
    const previous = group[index - 1]
    if (previous === undefined) text = line.text
    else if (/\p{L}[-\u00AD\u2010]$/u.test(text) && /^\p{Ll}/u.test(line.text))
      text = joinDivided(text, line.text, words)
    else text += (isWrapped(previous, line, right) ? " " : "\n") + line.text
  }
  return text
}

/** `agree-` and `ment` are one word, `well-` and `known` are not: the rest of the document decides, else one word. */
function joinDivided(text: string, next: string, words: ReadonlySet<string>): string {
  const before = /(?<![\p{L}-])[\p{L}-]+[-\u00AD\u2010]$/u.exec(text)?.[0].slice(0, -1).toLowerCase() ?? ""
  const after = /^[\p{L}-]+/u.exec(next)?.[0].toLowerCase() ?? ""
  const isCompound = words.has(`${before}-${after}`) && !words.has(before + after)
  return (isCompound ? text : text.slice(0, -1)) + next
}

/** A line is wrapped when the next line's first word would not have fitted behind it. */
function isWrapped(previous: PdfLine, line: PdfLine, right: number): boolean {
  if (/^\p{Ll}/u.test(line.text)) return true
  const firstWord = line.text.split(" ", 1)[0] ?? ""
  const characterWidth = (line.xEnd - line.x) / Math.max(1, line.text.length)
  return previous.xEnd + (firstWord.length + 1.5) * characterWidth > right
}

/** A line with gaps as between cells. After a bullet or the number of a section the gap is part of the mark. */
function isRow(line: PdfLine): boolean {
  const first = line.text.indexOf("\t")
  if (first === -1) return false
  const start = /^[\p{Nd}.]+\t/u.exec(line.text)?.[0].length ?? 0
  const gap = line.text.indexOf("\t", start)
  return gap !== -1 && (gap - start > 1 || line.text.includes("\t", gap + 1))
}

export function isTable(group: Group): boolean {
  return group.length > 1 && group.every(isRow)
}

/** Median distance of lines of one size that follow each other. */
function typicalLeading(lines: Group): number {
  const drops: number[] = []
  for (const [index, line] of lines.entries()) {
    const previous = lines[index - 1]
    const drop = previous === undefined ? 0 : previous.y - line.y
    if (drop > 0 && drop < line.size * 2.5 && previous?.size === line.size) drops.push(drop)
  }
  drops.sort((a, b) => a - b)
  return drops[Math.floor(drops.length / 2)] ?? 0
}

function endsSentence(text: string): boolean {
  return /[.!?:;。！？]["'”’)\]]?$/u.test(text)
}
