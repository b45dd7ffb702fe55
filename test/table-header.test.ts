import { expect, test } from "vitest"
import { tableHeaderAt } from "../src/core/table-header.ts"

test.each([
  ["names", "Above\n\nOffice | Saturday\nBerlin | 4", "Berlin", "Office | Saturday"],
  ["names above a later row", "Office | Saturday\nHamburg | 5\nBerlin | 4", "Berlin", "Office | Saturday"],
  ["years", "Item | 2025 | 2026\nRent | 40 | 41", "Rent", "Item | 2025 | 2026"],
  ["nothing above the names themselves", "Above\n\nOffice | Saturday\nBerlin | 4", "Office", undefined],
  ["nothing from a row of values", "Hamburg | 5\nBerlin | 4", "Berlin", undefined],
  ["nothing from a row of like values", "Town 1 | 5 hours\nTown 2 | 4 hours", "Town 2", undefined],
  ["nothing from years above years", "Anna | 2019\nPeter | 2020", "Peter", undefined],
  ["nothing from a line of other cells", "Office hours\nBerlin | 4", "Berlin", undefined],
  ["nothing for a line of text", "Office | Saturday\nBerlin is open.", "Berlin", undefined],
  ["nothing across a blank line", "Office | Saturday\n\nBerlin | 4", "Berlin", undefined],
  ["nothing within a row", "Office | Saturday\nBerlin | 4", "4", undefined],
])("tableHeaderAt() gives %s", (_, text, row, header) => {
  const range = tableHeaderAt(text, text.indexOf(row))
  expect(range && text.slice(range.start, range.end)).toBe(header)
})
