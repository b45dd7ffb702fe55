import { isOutOfMemory } from "./failure.ts"
import type { PdfLine } from "./pdf-lines.ts"
import type { PdfDocument, PdfOutlineItem } from "./pdf-open.ts"

/** An entry of the document's outline. */
export interface OutlineTitle {
  readonly title: string
  /** 1 to 6. */
  readonly level: number
}

/** Bombs apart, no outline is larger. */
const MOST_TITLES = 5000
const MOST_TITLE_LINES = 3

/** Titles of the outline by the page that they lead to, from 1. A damaged outline is none. */
export async function outlineTitles(pdf: PdfDocument): Promise<ReadonlyMap<number, readonly OutlineTitle[]>> {
  const byPage = new Map<number, OutlineTitle[]>()
  try {
    let left = MOST_TITLES
    const visit = async (items: readonly PdfOutlineItem[], level: number): Promise<void> => {
      for (const item of items) {
        if (left-- <= 0) return
        const page = await pageOf(pdf, item)
        if (page !== undefined) {
          const titles = byPage.get(page) ?? []
          titles.push({ title: item.title, level })
          byPage.set(page, titles)
        }
        await visit(item.items, Math.min(6, level + 1))
      }
    }
    await visit((await pdf.getOutline()) ?? [], 1)
  } catch (thrown) {
    if (isOutOfMemory(thrown)) throw thrown
  }
  return byPage
}

async function pageOf(pdf: PdfDocument, { dest }: PdfOutlineItem): Promise<number | undefined> {
  try {
    const target = typeof dest === "string" ? await pdf.getDestination(dest) : dest
    const reference = target?.[0]
    if (typeof reference === "number") return reference + 1
    return typeof reference === "object" && reference !== null ? (await pdf.getPageIndex(reference)) + 1 : undefined
  } catch {
    return undefined // A destination that leads nowhere.
  }
}

/** The lines of a page that are titles: of up to three lines, with or without the number before it. */
export function matchTitles(
  lines: readonly PdfLine[],
  titles: readonly OutlineTitle[],
): ReadonlyMap<PdfLine, OutlineTitle> {
  const matched = new Map<PdfLine, OutlineTitle>()
  if (titles.length === 0) return matched
  const wanted = new Map(titles.map((title) => [comparable(title.title), title]))
  wanted.delete("")
  for (let start = 0; start < lines.length; start++) {
    for (let count = Math.min(MOST_TITLE_LINES, lines.length - start); count > 0; count--) {
      const group = lines.slice(start, start + count)
      const key = comparable(group.map((line) => line.text).join(""))
      const title = wanted.get(key)
      if (title === undefined) continue
      for (const line of group) matched.set(line, title)
      wanted.delete(key) // A title stands once; what repeats it is a running title.
      start += count - 1
      break
    }
  }
  return matched
}

function comparable(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/^\s*(?:(?:chapter|section|part)\s+)?\p{Nd}+(?:\.\p{Nd}+)*\.?\s*/u, "")
    .replace(/[^\p{L}\p{N}]+/gu, "")
}
