/** A run of characters of one text item, UTF-16 code units, `end` exclusive. */
export interface ItemRange {
  readonly item: number
  readonly start: number
  readonly end: number
}

/** The canonical text of the pages that are searched, and where the quote stands in it. */
export interface QuotePlace {
  readonly text: string
  readonly start: number
  readonly end: number
}

export interface QuoteMatch {
  /** In the order of the items, one range an item at most. */
  readonly ranges: readonly ItemRange[]
  /** Of the quote's characters that were found, 0 to 1. */
  readonly share: number
}

/**
 * Finds a quote of the canonical text in the text items of its pages, which come in the order of the file and not of
 * reading: line ends, spaces, hyphens at line ends, soft hyphens, ligatures, accents as signs of their own and the bars
 * between cells do not count. A quote that stands in several places is taken where the canonical text has it. Where it
 * stands in one piece nowhere (columns, a foot of the page between two halves), its longest pieces are put together.
 */
export function matchQuote(items: readonly string[], quote: QuotePlace): QuoteMatch {
  const hay = comparable(items)
  const needle = comparable([quote.text.slice(quote.start, quote.end)]).text
  if (needle === "") return { ranges: [], share: 0 }
  const before = comparable([quote.text.slice(0, quote.start)]).text
  const whole = placeOf(hay.text, needle, { before, after: comparable([quote.text.slice(quote.end)]).text })
  if (whole !== undefined) return { ranges: rangesOf(hay, [{ at: whole, length: needle.length }], items), share: 1 }
  const runs = piecesOf(hay.text, needle, before.length)
  const found = runs.reduce((sum, { length }) => sum + length, 0)
  return { ranges: rangesOf(hay, runs, items), share: found / needle.length }
}

interface Comparable {
  readonly text: string
  /** Of each code unit of the text: the item that it comes from, and where its sign begins and ends there. */
  readonly item: readonly number[]
  readonly start: readonly number[]
  readonly end: readonly number[]
}

interface Run {
  readonly at: number
  readonly length: number
}

/** Spaces, dashes, bars between cells, invisible signs, and marks, which some files set as signs of their own. */
const IGNORED = /[\s\p{Pd}\p{M}\p{Cf}\p{Cc}\p{Cn}\p{Co}|\u00AD\u2212\uFFFD]/u
const SAME: Readonly<Record<string, string>> = { "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "•": "", "·": "" }

/** Nearly all signs, which need no thought. */
const PLAIN = /^[!-,./-{}~]$/
const MARK = /^\p{M}$/u

/** What of a sign counts: its letters without marks, or nothing. */
function lettersOf(sign: string): string {
  let letters = ""
  for (const letter of sign.normalize("NFKD")) if (!IGNORED.test(letter)) letters += SAME[letter] ?? letter
  return letters
}

/** Only what two readings of a page have in common, with the way back. */
function comparable(items: readonly string[]): Comparable {
  let text = ""
  const item: number[] = []
  const start: number[] = []
  const end: number[] = []
  for (const [index, content] of items.entries()) {
    let offset = 0
    for (const sign of content) {
      const from = offset
      offset += sign.length
      const letters = PLAIN.test(sign) ? sign : lettersOf(sign)
      if (letters === "" && MARK.test(sign) && item.at(-1) === index) end[end.length - 1] = offset
      for (let unit = 0; unit < letters.length; unit++) {
        item.push(index)
        start.push(from)
        end.push(offset)
      }
      text += letters
    }
  }
  return { text, item, start, end }
}

/** Of several places the one with the same number, where both texts have equally many; else the nearest. */
function placeOf(
  hay: string,
  needle: string,
  around: { readonly before: string; readonly after: string },
): number | undefined {
  const places = occurrences(hay, needle)
  if (places.length < 2) return places[0]
  const canonical = occurrences(around.before + needle + around.after, needle)
  const number = canonical.indexOf(around.before.length)
  if (canonical.length === places.length && number >= 0) return places[number]
  return nearest(places, around.before.length)
}

function occurrences(hay: string, needle: string): number[] {
  const places: number[] = []
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + 1)) places.push(at)
  return places
}

function nearest(places: readonly number[], wanted: number): number | undefined {
  return places.reduce<number | undefined>(
    (best, at) => (best === undefined || Math.abs(at - wanted) < Math.abs(best - wanted) ? at : best),
    undefined,
  )
}

/** Shorter pieces stand everywhere. */
const SHORTEST_PIECE = 4

/** The longest beginning that stands somewhere, then the longest of the rest, and so on; each behind the one before if it can be. */
function piecesOf(hay: string, needle: string, expected: number): Run[] {
  const runs: Run[] = []
  let cursor = expected
  for (let at = 0; at < needle.length; ) {
    const length = longestBeginning(hay, needle.slice(at))
    if (length < Math.min(SHORTEST_PIECE, needle.length - at)) {
      at++
      continue
    }
    const piece = needle.slice(at, at + length)
    const behind = runs.length > 0 ? hay.indexOf(piece, cursor) : -1
    const place = behind >= 0 ? behind : nearest(occurrences(hay, piece), cursor)
    if (place !== undefined) runs.push({ at: place, length })
    cursor = (place ?? cursor) + length
    at += Math.max(1, length)
  }
  return runs
}

/** Every beginning of what stands in a text stands there too: the longest is found by halving. */
function longestBeginning(hay: string, needle: string): number {
  let [low, high] = [0, needle.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (hay.includes(needle.slice(0, middle))) low = middle
    else high = middle - 1
  }
  return low
}

function rangesOf(hay: Comparable, runs: readonly Run[], items: readonly string[]): ItemRange[] {
  const byItem = new Map<number, ItemRange>()
  const add = (range: ItemRange) => {
    const known = byItem.get(range.item)
    const start = Math.min(range.start, known?.start ?? range.start)
    byItem.set(range.item, { item: range.item, start, end: Math.max(range.end, known?.end ?? range.end) })
  }
  for (const { at, length } of runs) {
    const last = at + length - 1
    const [from, to] = [hay.item[at] ?? 0, hay.item[last] ?? 0]
    for (let item = from; item <= to; item++) {
      const start = item === from ? (hay.start[at] ?? 0) : 0
      const end = item === to ? (hay.end[last] ?? 0) : (items[item]?.length ?? 0)
      if (end > start) add({ item, start, end })
    }
  }
  return [...byItem.values()].sort((one, other) => one.item - other.item)
}
