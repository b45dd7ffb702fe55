/** What of the engine's page is used here; lengths in pixels. */
export interface OcrBlock {
  readonly paragraphs: readonly { readonly lines: readonly OcrLine[] }[]
}

interface OcrLine {
  readonly words: readonly OcrWord[]
}

interface OcrWord {
  readonly text: string
  /** 0 to 100. */
  readonly confidence: number
  readonly bbox: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number }
}

export interface OcrText {
  readonly text: string
  /** 0 to 100. */
  readonly confidence: number
  /** How much of it is sure: the confident characters. Of two readings of one page the larger is the better. */
  readonly sureCharacters: number
  /** Median height of the words; 0 without words. */
  readonly wordHeight: number
}

/**
 * The text of a page: wrapped lines joined, words put together that the line end divided, paragraphs apart by an empty
 * line. What the engine makes of pictures, stains and rules is left out. The confidence is the mean over the characters
 * that are left.
 */
export function readableText(blocks: readonly OcrBlock[]): OcrText {
  const paragraphs: string[] = []
  const kept: OcrWord[] = []
  for (const { lines } of blocks.flatMap((block) => block.paragraphs)) {
    const filled = lines.filter((line) => line.words.length > 0)
    const words = filled.flatMap((line) => line.words)
    if (isNoise(words)) continue
    kept.push(...words)
    paragraphs.push(joinLines(filled))
  }
  const text = paragraphs.join("\n\n")
  const characters = kept.reduce((sum, word) => sum + word.text.length, 0)
  const weighted = kept.reduce((sum, word) => sum + word.text.length * word.confidence, 0)
  const confidence = characters === 0 ? 0 : Math.round((weighted / characters) * 10) / 10
  const isGarbage = confidence < GARBAGE_CONFIDENCE && !looksLikeWords(text)
  const sure = kept.filter((word) => word.confidence >= SURE_CONFIDENCE && /[\p{L}\p{N}]/u.test(word.text))
  const heights = kept.map(({ bbox }) => bbox.y1 - bbox.y0).sort((a, b) => a - b)
  return {
    ...(isGarbage ? { text: "", confidence: 0 } : { text, confidence }),
    sureCharacters: sure.reduce((sum, word) => sum + word.text.length, 0),
    wordHeight: heights[Math.floor(heights.length / 2)] ?? 0,
  }
}

/** Below it, a page whose words look like none was not read at all. */
const GARBAGE_CONFIDENCE = 30
const SURE_CONFIDENCE = 60

/** Stains become one or two odd characters of low confidence. */
function isNoise(words: readonly OcrWord[]): boolean {
  const text = words.map((word) => word.text).join(" ")
  if (!/[\p{L}\p{N}]/u.test(text)) return true
  return words.every((word) => word.confidence < GARBAGE_CONFIDENCE) && !looksLikeWords(text)
}

/** Half of the words at least are letters in a row with a vowel among them, or of a script that writes none. */
function looksLikeWords(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => word !== "")
  const likely = words.filter((word) => WORD.test(word) && (VOWEL.test(word) || !LATIN.test(word)))
  return words.length > 0 && likely.length * 2 >= words.length
}

const WORD = /^\P{L}*(?:\p{L}{3,}|[\p{Lo}]+)\P{L}*$/u
const VOWEL = /[aeiouy]/i
const LATIN = /[a-z]/i

function joinLines(lines: readonly OcrLine[]): string {
  const right = Math.max(...lines.map((line) => line.words.at(-1)?.bbox.x1 ?? 0))
  let text = ""
  for (const [index, line] of lines.entries()) {
    const words = cellsOf(line).join(" | ")
    const previous = lines[index - 1]
    if (previous === undefined) text = words
    else if (startsAnew(previous, line)) text += `\n${words}`
    else if (/\p{L}[-\u00AD\u2010]$/u.test(text) && /^\p{Ll}/u.test(words)) text = text.slice(0, -1) + words
    else text += (isWrapped(previous, line, right) ? " " : "\n") + words
  }
  return text
}

/** A gap twice as wide as the line is high stands between cells. */
function cellsOf({ words }: OcrLine): string[] {
  const cells: string[] = []
  const height = Math.max(...words.map(({ bbox }) => bbox.y1 - bbox.y0))
  for (const [index, { text, bbox }] of words.entries()) {
    const previous = words[index - 1]?.bbox
    const isApart = previous !== undefined && bbox.x0 - previous.x1 > 2 * height
    if (previous === undefined || isApart) cells.push(text)
    else cells.push(`${cells.pop() ?? ""} ${text}`)
  }
  return cells.filter((cell) => /[^|\s]/.test(cell))
}

function startsAnew(previous: OcrLine, line: OcrLine): boolean {
  if (cellsOf(previous).length > 1 || cellsOf(line).length > 1) return true
  return /^(?:[-*+•«»°¢]|\(?\p{Nd}{1,2}[.)])$/u.test(line.words[0]?.text ?? "")
}

/** A line is wrapped when the next line's first word would not have fitted behind it. */
function isWrapped(previous: OcrLine, line: OcrLine, right: number): boolean {
  const first = line.words[0]
  const last = previous.words.at(-1)
  if (first === undefined || last === undefined) return true
  const width = first.bbox.x1 - first.bbox.x0
  return last.bbox.x1 + width * (1 + 1.5 / Math.max(1, first.text.length)) > right
}
