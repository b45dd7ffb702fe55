/**
 * Lines of a text without their ends (`\n`, `\r\n`, `\r`, form feed, which also ends a paragraph and gives an empty
 * line). A line that no person wrote is broken after a sentence or a word, each piece followed by an empty line.
 */
export function* brokenLines(text: string): Generator<string> {
  let from = 0
  while (from < text.length) {
    const limit = from + LONGEST_LINE
    const found = endOfLine(text, from, limit)
    if (found === undefined) {
      const end = breakPoint(text, from, limit)
      yield text.slice(from, end)
      yield ""
      from = end
    } else {
      yield text.slice(from, found.at)
      if (text[found.at] === "\f") yield ""
      from = found.next
    }
  }
}

/** In characters; a page has about three thousand. */
const LONGEST_LINE = 8000
/** Stretch before the limit that is looked through for a place to break. */
const BREAK_STRETCH = 1000

/** Undefined where the line goes on beyond the limit. */
function endOfLine(
  text: string,
  from: number,
  limit: number,
): { readonly at: number; readonly next: number } | undefined {
  const most = Math.min(limit, text.length)
  for (let at = from; at < most; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || code === 12) return { at, next: at + 1 }
    if (code === 13) return { at, next: text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1 }
  }
  return most === text.length ? { at: most, next: most } : undefined
}

function breakPoint(text: string, from: number, limit: number): number {
  const stretch = text.slice(Math.max(from + 1, limit - BREAK_STRETCH), limit)
  const start = limit - stretch.length
  const sentence = Math.max(...[". ", "! ", "? ", "。", "; "].map((mark) => stretch.lastIndexOf(mark)))
  if (sentence >= 0) return start + sentence + 1
  const blank = Math.max(stretch.lastIndexOf(" "), stretch.lastIndexOf("\t"))
  if (blank >= 0) return start + blank + 1
  const isPair = (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800
  return isPair && limit - 1 > from ? limit - 1 : limit
}
