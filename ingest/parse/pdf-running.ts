import type { PdfLine } from "./pdf-lines.ts"

export interface RunningLines {
  /** The lines of the next pages without running titles and page numbers. */
  remove(pages: readonly (readonly PdfLine[])[]): PdfLine[][]
}

/** Pages that make a repeated line a running one, and the lines at each edge that are looked at. */
const RUNNING_PAGES = 4
const EDGE_LINES = 2

/**
 * Finds lines that stand, but for their numbers, at the same edge of most of the pages that come at once. What was a
 * running line before is one again, so that pages can come in parts.
 */
export function createRunningLines(): RunningLines {
  const known = new Set<string>()
  return {
    remove(pages) {
      const counts = new Map<string, number>()
      const edges = pages.map((lines) => new Map([...edgeLines(lines, 1), ...edgeLines(lines, -1)]))
      for (const edge of edges) {
        for (const key of new Set(edge.values())) counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      if (pages.length >= RUNNING_PAGES) {
        for (const [key, count] of counts) if (count > pages.length / 2) known.add(key)
      }
      return pages.map((lines, index) => lines.filter((line) => !known.has(edges[index]?.get(line) ?? "")))
    },
  }
}

function edgeLines(lines: readonly PdfLine[], edge: 1 | -1): [PdfLine, string][] {
  const outermost = [...lines].sort((a, b) => edge * (b.y - a.y)).slice(0, EDGE_LINES)
  return outermost.map((line) => [line, edge + line.text.replace(/\p{Nd}+/gu, "#")])
}
