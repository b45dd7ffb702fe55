import { describe, expect, test } from "vitest"
import { type OcrBlock, readableText } from "../ingest/ocr-text.ts"

interface WordSpec {
  readonly text: string
  readonly confidence?: number
  /** Pixels from the left. */
  readonly x?: number
}

const HEIGHT = 30
const CHARACTER_WIDTH = 15

/** A paragraph of lines; a word begins a character behind the one before it, or where it says. */
function paragraph(lines: readonly (readonly WordSpec[])[]): OcrBlock {
  return {
    paragraphs: [
      {
        lines: lines.map((line, row) => {
          let right = 0
          const words = line.map(({ text, confidence = 95, x = right === 0 ? 0 : right + CHARACTER_WIDTH }) => {
            right = x + text.length * CHARACTER_WIDTH
            return { text, confidence, bbox: { x0: x, y0: row * 50, x1: right, y1: row * 50 + HEIGHT } }
          })
          return { words }
        }),
      },
    ],
  }
}

function words(line: string): WordSpec[] {
  return line.split(" ").map((text) => ({ text }))
}

describe("readableText()", () => {
  test("joins wrapped lines, and words that the line end divided", () => {
    const block = paragraph([words("Parents get sixteen weeks of lea-"), words("ve after the birth of a child.")])
    expect(readableText([block]).text).toBe("Parents get sixteen weeks of leave after the birth of a child.")
  })

  test("keeps the end of a line behind which the next word would have fitted", () => {
    const block = paragraph([words("Acme Works"), words("12 Mill Street in the old town")])
    expect(readableText([block]).text).toBe("Acme Works\n12 Mill Street in the old town")
  })

  test("parts paragraphs by an empty line", () => {
    expect(readableText([paragraph([words("First one.")]), paragraph([words("Second one.")])]).text).toBe(
      "First one.\n\nSecond one.",
    )
  })

  test("gives words far apart as cells", () => {
    const block = paragraph([
      [{ text: "Covers" }, { text: "120", x: 400 }],
      [{ text: "Pumps" }, { text: "60", x: 400 }],
    ])
    expect(readableText([block]).text).toBe("Covers | 120\nPumps | 60")
  })

  test("leaves out what stains become", () => {
    const stains = [paragraph([[{ text: "~;", confidence: 60 }]]), paragraph([[{ text: "xq", confidence: 12 }]])]
    expect(readableText([...stains, paragraph([words("A page.")])]).text).toBe("A page.")
  })

  test("gives the mean confidence of the characters", () => {
    const { confidence } = readableText([
      paragraph([
        [
          { text: "aaaaaa", confidence: 90 },
          { text: "bb", confidence: 50 },
        ],
      ]),
    ])
    expect(confidence).toBe(80)
  })

  test("gives no text where nothing looks like words", () => {
    const noise = paragraph([[{ text: "zxq4", confidence: 31 }], [{ text: "7k|w", confidence: 20 }]])
    expect(readableText([noise])).toMatchObject({ text: "", confidence: 0 })
  })
})
