import type { TextLayout } from "../../core/types.ts"

/** A line of the table of places: a heading with its words, or a page. */
export type Place = {
  /** Of the canonical text, where it begins. */
  readonly start: number
  /** How far it stands in, from 0. */
  readonly depth: number
} & (
  | { readonly title: string; readonly page?: never }
  | { readonly title?: never; readonly page: TextLayout["pages"][number] }
)

/** Headings in their order, with the pages between them where there are several; a sheet's heading stands for its page. */
export function placesOf({ pages, parts }: Pick<TextLayout, "pages" | "parts">): readonly Place[] {
  const headings = parts.flatMap(({ title, start, level = 1 }) =>
    title === undefined ? [] : [{ title, start, level }],
  )
  const least = Math.min(6, ...headings.map(({ level }) => level))
  const isPaged = pages.length > 1
  const titled = new Set(headings.map(({ start, title }) => `${start}:${title}`))
  const places: Place[] = headings.map(({ title, start, level }) => {
    return { title, start, depth: Math.min(3, level - least + (isPaged ? 1 : 0)) }
  })
  if (!isPaged) return places
  const shown = pages.filter(({ start, label }) => label === null || !titled.has(`${start}:${label}`))
  if (shown.length < pages.length)
    for (const [at, place] of places.entries()) places[at] = { ...place, depth: Math.max(0, place.depth - 1) }
  return [...places, ...shown.map((page) => ({ page, start: page.start, depth: 0 }))].sort(
    (one, other) => one.start - other.start || one.depth - other.depth,
  )
}
