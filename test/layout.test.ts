import { expect, test } from "vitest"
import { layoutOf } from "../ingest/layout.ts"
import { createTextBuilder, type TextBuilder } from "../ingest/parse/text-builder.ts"
import { decodeParts, MOST_PART_CHARACTERS, plainParts } from "../src/core/text-parts.ts"

function partsOf(build: (builder: TextBuilder) => void) {
  const builder = createTextBuilder()
  build(builder)
  const document = builder.finish({ title: null, pages: 2 })
  const { text } = document
  const parts = decodeParts(layoutOf(document))
  return { text, parts, shown: parts.map(({ start, end }) => text.slice(start, end)) }
}

test("layoutOf() keeps kind, level and page of each block and its exact place", () => {
  const { parts, shown } = partsOf((builder) => {
    builder.page(1)
    builder.heading(2, "Leave")
    builder.paragraph("Thirty days.")
    builder.page(2)
    builder.listItem("first")
    builder.listItem("second")
  })
  expect(shown).toEqual(["Leave", "Thirty days.", "first", "second"])
  expect(parts.map(({ type, level, page }) => [type, level, page])).toEqual([
    ["heading", 2, 1],
    ["paragraph", undefined, 1],
    ["list-item", undefined, 2],
    ["list-item", undefined, 2],
  ])
})

test("layoutOf() brings the rows of a sheet together, with their numbers", () => {
  const { parts, shown } = partsOf((builder) => {
    builder.tableRow("name | age", 3)
    builder.tableRow("name: Eva; age: 31", 4)
    builder.tableRow("name: Jan; age: 29", 7)
    builder.page(2)
    builder.tableRow("other | sheet", 1)
  })
  expect(shown).toEqual(["name | age\nname: Eva; age: 31\nname: Jan; age: 29", "other | sheet"])
  expect(parts.map(({ rows }) => rows)).toEqual([[3, 4, 7], [1]])
})

test("layoutOf() divides what a browser would not lay out at once, and loses nothing but the borders", () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(" ")
  const { text, parts, shown } = partsOf((builder) => {
    builder.paragraph(words)
    for (let row = 1; row <= 400; row++) builder.tableRow(`name: person ${row}; room: ${row * 7}`, row)
  })
  expect(Math.max(...shown.map((one) => one.length))).toBeLessThanOrEqual(MOST_PART_CHARACTERS)
  expect(shown.join(" ").replace(/\s+/g, " ")).toBe(text.replace(/\s+/g, " "))
  const [first, second] = parts
  expect([first?.isContinued, second?.isContinued]).toEqual([undefined, true])
  expect(parts.flatMap(({ rows }) => rows ?? [])).toEqual(Array.from({ length: 400 }, (_, index) => index + 1))
})

test("plainParts() takes a text without stored places apart at blank lines, pages kept", () => {
  const text = "One.\n\nTwo\nlines.\n\n\nThree."
  const parts = plainParts(text, [
    { page: 1, start: 0, end: 4 },
    { page: 2, start: 6, end: text.length },
  ])
  expect(parts.map(({ start, end, page }) => [text.slice(start, end), page])).toEqual([
    ["One.", 1],
    ["Two\nlines.", 2],
    ["Three.", 2],
  ])
})
