import type { BlockType, Range, TextPart } from "./types.ts"

/** Parts as they are stored: offsets as steps from the end before, short enough for a document of 100,000 blocks. */
export function encodeParts(parts: readonly TextPart[]): string {
  let before = 0
  const rows = parts.map((part) => {
    const row: unknown[] = [TYPES.indexOf(part.type), part.start - before, part.end - part.start, part.page ?? 0]
    before = part.end
    const rest = [part.level ?? 0, part.isContinued === true ? 1 : 0, part.rows ?? 0]
    while (rest.at(-1) === 0) rest.pop()
    return [...row, ...rest]
  })
  return JSON.stringify(rows)
}

/** What `encodeParts` has stored. */
export function decodeParts(stored: string): TextPart[] {
  let before = 0
  return (JSON.parse(stored) as StoredPart[]).map(([type, gap, length, page, level = 0, isContinued = 0, rows = 0]) => {
    const start = before + gap
    before = start + length
    return {
      ...{ type: TYPES[type] ?? "paragraph", start, end: before, page: page === 0 ? null : page },
      ...(level !== 0 && { level }),
      ...(isContinued === 1 && { isContinued: true as const }),
      ...(rows !== 0 && { rows }),
    }
  })
}

/** Paragraphs at blank lines, for a text whose blocks nobody has kept: it was indexed before they were stored. */
export function plainParts(text: string, pages: readonly (Range & { readonly page: number })[]): TextPart[] {
  const parts: TextPart[] = []
  for (const { index, 0: paragraph } of text.matchAll(/[^\n](?:[^\n]|\n(?!\n))*/g)) {
    const page = pages.find(({ start, end }) => index >= start && index < end)?.page ?? null
    parts.push(...dividePart({ type: "paragraph", start: index, end: index + paragraph.length, page }, text))
  }
  return parts
}

/** What a browser lays out at once, in characters. */
export const MOST_PART_CHARACTERS = 3_000

/** A long part in several, at line ends or else at spaces. */
export function dividePart(part: TextPart, text: string): TextPart[] {
  const parts: TextPart[] = []
  let start = part.start
  while (part.end - start > MOST_PART_CHARACTERS) {
    const window = text.slice(start, start + MOST_PART_CHARACTERS)
    const line = window.lastIndexOf("\n")
    const border = line > 0 ? line : window.lastIndexOf(" ")
    const whole = /[\uD800-\uDBFF]$/.test(window) ? window.length - 1 : window.length
    const end = start + (border > 0 ? border : whole)
    parts.push({ ...part, start, end, ...(parts.length > 0 && { isContinued: true }) })
    start = border > 0 ? end + 1 : end
  }
  if (start < part.end) parts.push({ ...part, start, ...(parts.length > 0 && { isContinued: true }) })
  return parts
}

const TYPES: readonly BlockType[] = ["paragraph", "heading", "list-item", "table", "code"]
type StoredPart = readonly [
  type: number,
  gap: number,
  length: number,
  page: number,
  level?: number,
  isContinued?: number,
  rows?: 0 | readonly number[],
]
