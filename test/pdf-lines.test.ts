import { describe, expect, test } from "vitest"
import { type PdfTextItem, pageLines } from "../ingest/parse/pdf-lines.ts"

function item(str: string, x: number, y: number, { width = str.length * 5, size = 10, dir = "ltr" } = {}): PdfTextItem {
  return { str, dir, transform: [size, 0, 0, size, x, y], width, height: size, hasEOL: false }
}

function textsOf(items: readonly PdfTextItem[]): string[] {
  return pageLines(items).map((line) => line.text)
}

describe("pageLines()", () => {
  test("puts a cell that was drawn late into its gap", () => {
    expect(textsOf([item("Bolt", 50, 700), item("2.00", 250, 700), item("steel", 150, 700)])).toEqual([
      "Bolt\tsteel\t2.00",
    ])
  })

  test("keeps two lines of small type beside a large one apart", () => {
    const small = { size: 6, width: 100 }
    expect(
      textsOf([item("1040", 50, 700, { size: 24 }), item("above", 110, 708, small), item("below", 112, 697, small)]),
    ) //
      .toEqual(["1040\tabove", "below"])
  })

  test("keeps an exponent and an index on their line", () => {
    const script = { size: 7, width: 4 }
    expect(
      textsOf([item("R", 50, 700), item("+", 55, 703.6, script), item("0", 55, 698.5, script), item("heißt", 64, 700)]),
    ) //
      .toEqual(["R+0 heißt"])
  })

  test("parts no cells at the dots that lead to a page number", () => {
    expect(textsOf([item("Wages .", 50, 700), item(".", 100, 700), item(".", 115, 700), item("7", 140, 700)])).toEqual([
      "Wages .\t. .\t7",
    ])
  })

  test("strokes out the sign that follows a stroke", () => {
    expect(textsOf([item("x ", 50, 700), item("\u0338", 60, 700), item("= y", 60, 700)])).toEqual(["x ≠ y"])
  })
})
