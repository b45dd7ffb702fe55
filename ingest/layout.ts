import { dividePart, encodeParts, MOST_PART_CHARACTERS } from "../src/core/text-parts.ts"
import type { ParsedDocument, TextPart } from "../src/core/types.ts"

/**
 * How the blocks of a text stand, as it is stored: rows of a sheet come together, long blocks in parts, so that a page
 * can show any place of a long text without the rest of it.
 */
export function layoutOf({ blocks, text }: Pick<ParsedDocument, "blocks" | "text">): string {
  const parts: TextPart[] = []
  for (const { type, start, end, level, page, row } of blocks) {
    const previous = parts.at(-1)
    if (row !== undefined && previous?.rows !== undefined && previous.page === page && previous.end + 1 === start) {
      if (end - previous.start <= MOST_PART_CHARACTERS) {
        parts[parts.length - 1] = { ...previous, end, rows: [...previous.rows, row] }
        continue
      }
      parts.push({ type, start, end, page, rows: [row], isContinued: true })
    } else if (row !== undefined) parts.push({ type, start, end, page, rows: [row] })
    else parts.push(...dividePart({ type, start, end, page, ...(level !== undefined && { level }) }, text))
  }
  return encodeParts(parts)
}
