/** What of the engine's page is used here. */
export interface OcrBlock {
  readonly paragraphs: readonly {
    readonly lines: readonly { readonly words: readonly OcrWord[] }[]
  }[]
}

interface OcrWord {
  readonly text: string
  /** 0 to 100. */
  readonly confidence: number
}

/**
 * The text of a page: wrapped lines joined to paragraphs, words put together that the line end divided, paragraphs
 * apart by an empty line. What the engine makes of pictures, stains and lines is left out. The confidence is the mean
 * over the characters that are left.
 */
export function readableText(blocks: readonly OcrBlock[]): { readonly text: string; readonly confidence: number } {
  const paragraphs: string[] = []
  let characters = 0
  let sum = 0
  for (const paragraph of blocks.flatMap((block) => block.paragraphs)) {
    const words = paragraph.lines.flatMap((line) => line.words)
    if (isNoise(words)) continue
    for (const word of words) {
      characters += word.text.length
      sum += word.confidence * word.text.length
    }
    paragraphs.push(
      joinLines(
        paragraph.lines.map((line) =>
          line.words
            .map((word) => word.text)
            .join(" ")
            .trim(),
        ),
      ),
    )
  }
  const confidence = characters === 0 ? 0 : sum / characters
  const text = paragraphs.join("\n\n")
  if (confidence < GARBAGE_CONFIDENCE && !looksLikeWords(text)) return { text: "", confidence: 0 }
  return { text, confidence: Math.round(confidence * 10) / 10 }
}

/** Below it, a page whose words look like none was not read at all. */
const GARBAGE_CONFIDENCE = 30

/** Stains become one or two odd characters of low confidence. */
function isNoise(words: readonly OcrWord[]): boolean {
  const text = words.map((word) => word.text).join("")
  if (!/[\p{L}\p{N}]/u.test(text)) return true
  const best = Math.max(...words.map((word) => word.confidence))
  return best < GARBAGE_CONFIDENCE && !looksLikeWords(words.map((word) => word.text).join(" "))
}

/** Letters in a row with a vowel among them, or of a script that writes none, make half of the words. */
function looksLikeWords(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => word !== "")
  const likely = words.filter(
    (word) => /^\P{L}*\p{L}{3,}\P{L}*$/u.test(word) && (HAS_VOWEL.test(word) || !LATIN.test(word)),
  )
  return words.length > 0 && likely.length * 2 >= words.length
}

const HAS_VOWEL = /[aeiouyäöüáéíóúàèìòùâêîôûåæøœ]/i
const LATIN = /[a-z]/i

function joinLines(lines: readonly string[]): string {
  let text = ""
  for (const line of lines.filter((one) => one !== "")) {
    if (text === "") text = line
    else if (/\p{L}[-\u00AD\u2010]$/u.test(text) && /^\p{Ll}/u.test(line)) text = text.slice(0, -1) + line
    else text += ` ${line}`
  }
  return text
}
