import { type Group, groupLines, isTable, joinLines, LIST_MARK } from "./pdf-groups.ts"
import type { PdfLine } from "./pdf-lines.ts"
import { matchTitles, type OutlineTitle } from "./pdf-outline.ts"
import { createRunningLines } from "./pdf-running.ts"
import type { TextBuilder } from "./text-builder.ts"

export interface PageOfLines {
  readonly number: number
  readonly label?: string
  readonly lines: readonly PdfLine[]
  /** What the outline says begins on this page. */
  readonly titles: readonly OutlineTitle[]
  /** Called when its lines stand: text of the page that is in none of them. */
  finish(): void
}

export interface PdfLayout {
  /** Appends the next pages. What was decided over earlier pages stays as it was, so that the text only grows. */
  append(pages: readonly PageOfLines[]): void
  /** The first of the largest headings of the first page that has any, or null; of the first pages that came. */
  readonly largestHeading: string | null
}

/**
 * Groups lines into headings, paragraphs, list items and tables, and appends them page by page. The size of body text and
 * the sizes of headings are those of the pages that come first; titles of the outline are headings of its levels.
 */
export function createLayout(builder: TextBuilder): PdfLayout {
  const running = createRunningLines()
  const words = new Set<string>()
  let sizes: Sizes | undefined
  let largestHeading: string | null | undefined
  let outlineLevel = 0

  function appendGroup(group: Group, title: OutlineTitle | undefined, { bodySize, headings }: Sizes): void {
    const text = meaningful(joinLines(group, words), builder)
    if (title !== undefined) {
      outlineLevel = title.level
      builder.heading(title.level, text)
    } else if (isHeading(group, bodySize)) {
      const rank = headings.filter((size) => size > groupSize(group)).length + 1
      builder.heading(Math.min(6, Math.max(rank, outlineLevel + 1)), text)
    } else if (isTable(group)) builder.table(group.map((line) => meaningful(line.text, builder).split("\t")))
    else if (LIST_MARK.test(text)) builder.listItem(text.replace(BULLET, ""))
    else builder.paragraph(text)
  }

  return {
    append(pages) {
      const kept = running.remove(pages.map(({ lines }) => lines))
      addWords(words, pages)
      const grouped = pages.map((page, index) => {
        const lines = kept[index] ?? []
        const titles = matchTitles(lines, page.titles)
        return { page, titles, groups: groupLines(lines, (line) => titles.get(line)) }
      })
      sizes ??= sizesOf(grouped.map(({ groups }) => groups))
      largestHeading ??= largest(
        grouped.map(({ groups }) => groups),
        { sizes, words },
      )
      for (const { page, titles, groups } of grouped) {
        builder.page(page.number, page.label)
        for (const group of groups) appendGroup(group, group[0] && titles.get(group[0]), sizes)
        page.finish()
      }
    },
    get largestHeading() {
      return largestHeading ?? null
    },
  }
}

/** Bullets are marks, numbers are words. */
const BULLET = /^[-*•‣▪●○■□–·\uF0B7\uF0A7]\s+/u
const HEADING_RATIO = 1.15
const MAX_HEADING_LINES = 3
const MAX_HEADING_CHARACTERS = 160
/** Areas whose characters mean something within one font alone; a bullet of them at the start of a line is a mark. */
const PRIVATE = /(?!^[\uF0B7\uF0A7]\s)[\uE000-\uF8FF]/gu

interface Sizes {
  readonly bodySize: number
  /** Falling. */
  readonly headings: readonly number[]
}

function sizesOf(pages: readonly (readonly Group[])[]): Sizes {
  const groups = pages.flat()
  const bodySize = commonestSize(groups.flat())
  const headings = [...new Set(groups.filter((group) => isHeading(group, bodySize)).map(groupSize))]
  return { bodySize, headings: headings.sort((a, b) => b - a) }
}

function largest(
  pages: readonly (readonly Group[])[],
  { sizes, words }: { readonly sizes: Sizes; readonly words: ReadonlySet<string> },
): string | null {
  const headings = pages.map((groups) => groups.filter((group) => isHeading(group, sizes.bodySize)))
  const first = headings.find((groups) => groups.length > 0) ?? []
  const found = first.find((group) => groupSize(group) === Math.max(...first.map(groupSize)))
  return found === undefined ? null : joinLines(found, words)
}

function meaningful(text: string, builder: TextBuilder): string {
  const clean = text.replace(PRIVATE, "")
  if (clean.length < text.length) builder.drop(text.length - clean.length)
  return clean
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

function addWords(words: Set<string>, pages: readonly PageOfLines[]): void {
  for (const line of pages.flatMap((page) => page.lines)) {
    for (const word of line.text.toLowerCase().match(/\p{L}[\p{L}-]*\p{L}/gu) ?? []) words.add(word)
  }
}
