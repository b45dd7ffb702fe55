import type { Range, TextLayout, TextPart } from "../../core/types.ts"

/** Parts that are drawn together. */
export interface TextGroup extends Range {
  readonly parts: readonly TextPart[]
  /** The page that begins with it; undefined within one. */
  readonly page: TextLayout["pages"][number] | undefined
  /** What is fetched with it. */
  readonly slice: Range
}

/** About a screen and a half. */
const MOST_GROUP_CHARACTERS = 4_000
/** A text up to here comes at once. */
const MOST_SLICE_CHARACTERS = 64_000

/**
 * The text in groups for a list that draws only what is seen: a group ends before a heading, with a page, or when it is
 * long. Slices end where groups do, so that no character is cut in two.
 */
export function groupsOf(layout: Pick<TextLayout, "pages" | "parts">): readonly TextGroup[] {
  const pages = new Map(layout.pages.map((page) => [page.page, page]))
  const groups: { parts: TextPart[]; page: TextGroup["page"] }[] = []
  let shownPage: number | null = null
  for (const part of layout.parts) {
    const group = groups.at(-1)
    const isNewPage = part.page !== shownPage
    if (group === undefined || isNewPage || part.type === "heading" || lengthOf(group.parts) > MOST_GROUP_CHARACTERS) {
      groups.push({ parts: [part], page: isNewPage && part.page !== null ? pages.get(part.page) : undefined })
    } else group.parts.push(part)
    shownPage = part.page
  }
  return withSlices(groups.map(({ parts, page }) => ({ parts, page, ...rangeOf(parts) })))
}

/** Index of the group that a place stands in, or of the last one before it; 0 where there is none. */
export function groupAt(groups: readonly TextGroup[], offset: number): number {
  const index = groups.findLastIndex(({ start }) => start <= offset)
  return Math.max(0, index)
}

function withSlices(groups: readonly Omit<TextGroup, "slice">[]): TextGroup[] {
  const slices: { start: number; end: number }[] = []
  return groups
    .map((group) => {
      const slice = slices.at(-1)
      if (slice === undefined || group.end - slice.start > MOST_SLICE_CHARACTERS) {
        slices.push({ start: group.start, end: group.end })
      } else slice.end = group.end
      return { group, at: slices.length - 1 }
    })
    .map(({ group, at }) => ({ ...group, slice: slices[at] ?? group }))
}

function lengthOf(parts: readonly Range[]): number {
  const { start, end } = rangeOf(parts)
  return end - start
}

function rangeOf(parts: readonly Range[]): Range {
  return { start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 }
}
