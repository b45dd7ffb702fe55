import type { PdfLine } from "./pdf-lines.ts"
import type { TextBuilder } from "./text-builder.ts"

/**
 * Groups the lines of all pages into headings, paragraphs, list items and tables, and appends them page by page. Returns
 * the first of the largest headings of the first page that has any, or null.
 */
export function appendPages(builder: TextBuilder, pages: readonly (readonly PdfLine[])[]): string | null {
  const bodySize = commonestSize(pages.flat())
  const running = runningLines(pages)
  const groupsOfPages = pages.map((lines) => groupLines(lines.filter((line) => !running.has(line))))
  const headingSizes = [
    ...new Set(
      groupsOfPages
        .flat()
        .filter((group) => isHeading(group, bodySize))
        .map(groupSize),
    ),
  ]
  headingSizes.sort((a, b) => b - a)
  const words = wordsOf(pages)
  for (const [index, groups] of groupsOfPages.entries()) {
    builder.page(index + 1)
    for (const group of groups) {
      const text = joinLines(group, words)
      if (isHeading(group, bodySize)) {
        builder.heading(Math.min(6, headingSizes.indexOf(groupSize(group)) + 1), text)
      } else if (isTable(group)) builder.table(group.map((line) => line.text.split("\t")))
      else if (LIST_MARK.test(text)) builder.listItem(text.replace(BULLET, ""))
      else builder.paragraph(text)
    }
  }
  const headings = groupsOfPages.map((groups) => groups.filter((group) => isHeading(group, bodySize)))
  const first = headings.find((groups) => groups.length > 0) ?? []
  const largest = first.find((group) => groupSize(group) === Math.max(...first.map(groupSize)))
  return largest === undefined ? null : joinLines(largest, words)
}

type Group = readonly PdfLine[]

const LIST_MARK = /^(?:[-*•‣▪●○■□–·\uF0B7\uF0A7]\s|\(?\p{Nd}{1,2}[.)]\s|\(?[a-z]\)\s)/u
/** Bullets are marks, numbers are words. */
const BULLET = /^[-*•‣▪●○■□–·\uF0B7\uF0A7]\s+/u
const HEADING_RATIO = 1.15
const MAX_HEADING_LINES = 3
const MAX_HEADING_CHARACTERS = 160
/** Pages that make a repeated line a running one, and the lines at each edge that are looked at. */
const RUNNING_PAGES = 4
const EDGE_LINES = 2

function groupLines(lines: readonly PdfLine[]): Group[] {
  const leading = typicalLeading(lines)
  const groups: PdfLine[][] = []
  for (const [index, line] of lines.entries()) {
    const previous = lines[index - 1]
    const group = groups.at(-1)
    if (previous === undefined || group === undefined || breaksBetween(previous, line, { group, leading })) {
      groups.push([line])
    } else group.push(line)
  }
  return groups
}

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
function joinLines(group: Group, words: ReadonlySet<string>): string {
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

function isTable(group: Group): boolean {
  return group.length > 1 && group.every(isRow)
}

function isHeading(group: Group, bodySize: number): boolean {
  const text = group.map((line) => line.text).join(" ")
  if (group.length > MAX_HEADING_LINES || text.length > MAX_HEADING_CHARACTERS || !/\p{L}{2}/u.test(text)) return false
  return groupSize(group) >= bodySize * HEADING_RATIO
}

/** In half points, so that rounding in the file makes no new level. */
function groupSize(group: Group): number {
  return Math.round(Math.max(...group.map((line) => line.size)) * 2) / 2
}

function commonestSize(lines: Group): number {
  const characters = new Map<number, number>()
  for (const line of lines) {
    const size = groupSize([line])
    characters.set(size, (characters.get(size) ?? 0) + line.text.length)
  }
  let best = 0
  for (const [size, count] of characters) if (count > (characters.get(best) ?? 0)) best = size
  return best
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

/** Lines that stand, but for their numbers, at the same edge of most pages: running titles and page numbers. */
function runningLines(pages: readonly Group[]): ReadonlySet<PdfLine> {
  const running = new Set<PdfLine>()
  if (pages.length < RUNNING_PAGES) return running
  for (const edge of [1, -1]) {
    const byText = new Map<string, PdfLine[]>()
    for (const lines of pages) {
      const seen = new Set<string>()
      for (const line of [...lines].sort((a, b) => edge * (b.y - a.y)).slice(0, EDGE_LINES)) {
        const key = line.text.replace(/\p{Nd}+/gu, "#")
        if (seen.has(key)) continue
        seen.add(key)
        const alike = byText.get(key)
        if (alike === undefined) byText.set(key, [line])
        else alike.push(line)
      }
    }
    for (const lines of byText.values()) {
      if (lines.length > pages.length / 2) for (const line of lines) running.add(line)
    }
  }
  return running
}

function endsSentence(text: string): boolean {
  return /[.!?:;。！？]["'”’)\]]?$/u.test(text)
}

function wordsOf(pages: readonly Group[]): ReadonlySet<string> {
  const words = new Set<string>()
  for (const line of pages.flat()) {
    for (const word of line.text.toLowerCase().match(/\p{L}[\p{L}-]*\p{L}/gu) ?? []) words.add(word)
  }
  return words
}
