import { expect, test } from "vitest"
import type { TextPart } from "../src/core/types.ts"
import { placesOf } from "../src/web/source/places.ts"
import { type TextCell, type TextRow, tableOf } from "../src/web/source/row-cells.ts"
import { groupAt, groupsOf } from "../src/web/source/text-groups.ts"

const cellsOf = (text: string, row: TextRow | undefined, start = 0): string[] =>
  (row?.cells ?? []).map(({ value }) => text.slice(value.start - start, value.end - start))
const whole = (text: string, cells: readonly TextCell[], start = 0): string =>
  cells.map(({ name, separator }) => text.slice(name.start - start, separator.end - start)).join("")

test("tableOf() reads the bars of a document's table, its first line as the head", () => {
  const text = "Figure | 2024 | 2025\nRevenue | 41.2 | 43.9\nStaff |  | 211"
  const table = tableOf(text, { start: 100, isSheet: false, isContinued: false })
  expect(cellsOf(text, table.head, 100)).toEqual(["Figure", "2024", "2025"])
  expect(table.rows.map((row) => cellsOf(text, row, 100))).toEqual([
    ["Revenue", "41.2", "43.9"],
    ["Staff", "", "211"],
  ])
})

test("tableOf() reads the rows of a sheet by the names of its columns, semicolons in values included", () => {
  const text = "Name | Room | Note\nName: Eva; Room: 1.12; Note: oil; seals\nName: Jan; Note: none"
  const table = tableOf(text, { start: 0, isSheet: true, isContinued: false })
  expect(table.names).toEqual(["Name", "Room", "Note"])
  expect(table.rows.map((row) => cellsOf(text, row))).toEqual([
    ["Eva", "1.12", "oil; seals"],
    ["Jan", "none"],
  ])
  expect(table.rows[1]?.cells.map(({ column }) => column)).toEqual([0, 2])
})

test("tableOf() finds the head of a list that commas part", () => {
  const text = "Article, List price, EUR, Note\nArticle: PF; Note: 2.2 kW, steel\nArticle: BR; Note: small"
  const { head, rows } = tableOf(text, { start: 0, isSheet: true, isContinued: false })
  expect(cellsOf(text, head)).toEqual(["Article", "List price", "EUR", "Note"])
  expect(rows.map((row) => cellsOf(text, row))).toEqual([
    ["PF", "2.2 kW, steel"],
    ["BR", "small"],
  ])
})

test("tableOf() loses no character of a row", () => {
  for (const text of ["Name | Room\nName: Eva; Room: 1.12", "1 | 2; 3 | x: y", "free line without cells"]) {
    for (const isSheet of [true, false]) {
      const { head, rows } = tableOf(text, { start: 0, isSheet, isContinued: false })
      const lines = [...(head === undefined ? [] : [head]), ...rows].map(({ cells }) => whole(text, cells))
      expect(lines.join("\n")).toBe(text)
    }
  }
})

test("tableOf() learns the names of columns where the head stands in an earlier part", () => {
  const text = "Name: Eva; Room: 1.12\nName: Jan; Room: 2.04"
  const table = tableOf(text, { start: 0, isSheet: true, isContinued: true })
  expect(table.names).toEqual(["Name", "Room"])
  expect(table.rows.map((row) => cellsOf(text, row))).toEqual([
    ["Eva", "1.12"],
    ["Jan", "2.04"],
  ])
})

test("groupsOf() begins anew with pages and headings, and slices end where groups do", () => {
  const parts: TextPart[] = []
  for (let at = 0; at < 200; at++) {
    const [start, page] = [at * 1_002, Math.floor(at / 20) + 1]
    parts.push({ type: at % 10 === 0 ? "heading" : "paragraph", start, end: start + 1_000, page })
  }
  const pages = [{ page: 1, label: null, start: 0, end: 20_000 }]
  const groups = groupsOf({ pages, parts })
  expect(groups.flatMap((group) => group.parts)).toEqual(parts)
  expect(groups.filter(({ page }) => page !== undefined)).toHaveLength(1)
  for (const { slice, start, end } of groups) {
    expect(slice.start).toBeLessThanOrEqual(start)
    expect(slice.end).toBeGreaterThanOrEqual(end)
    expect(slice.end - slice.start).toBeLessThanOrEqual(64_000)
  }
  expect(groupAt(groups, 50_000)).toBe(groups.findIndex(({ start, end }) => start <= 50_000 && end > 50_000))
  expect(groupAt(groups, 0)).toBe(0)
})

test("placesOf() lists headings below their pages, and the heading of a sheet in its place", () => {
  const heading = (title: string, start: number, page: number, level = 1): TextPart & { title: string } => {
    return { type: "heading", title, start, end: start + title.length, page, level }
  }
  const slides = placesOf({
    pages: [1, 2].map((page) => ({ page, label: null, start: (page - 1) * 100, end: page * 100 - 2 })),
    parts: [heading("Welcome", 0, 1), heading("Costs", 120, 2, 2)],
  })
  expect(slides.map(({ title, page, depth }) => [title ?? page?.page, depth])).toEqual([
    [1, 0],
    ["Welcome", 1],
    [2, 0],
    ["Costs", 2],
  ])
  const sheets = placesOf({
    pages: ["Budget", "Rooms"].map((label, at) => ({ page: at + 1, label, start: at * 100, end: at * 100 + 90 })),
    parts: [heading("Budget", 0, 1), heading("Rooms", 100, 2)],
  })
  expect(sheets.map(({ title, depth }) => [title, depth])).toEqual([
    ["Budget", 0],
    ["Rooms", 0],
  ])
})
