import { expect, test } from "vitest"
import { matchQuote } from "../src/web/source/match-quote.ts"

/** What is highlighted, an entry an item. */
function shown(items: readonly string[], text: string, quote: string, from = 0): string[] {
  const start = text.indexOf(quote, from)
  const { ranges } = matchQuote(items, { text, start, end: start + quote.length })
  return ranges.map(({ item, start: first, end }) => items[item]?.slice(first, end) ?? "")
}

test("matchQuote() finds a quote inside one item, to the character", () => {
  const text = "The pump is oiled twice a year. The seal is new."
  expect(shown([text], text, "oiled twice a year.")).toEqual(["oiled twice a year."])
})

test("matchQuote() goes over line ends, empty items and the hyphen at a line end", () => {
  const items = ["Each employee gets thirty days of va-", "", "cation in a year,", " ", "paid in full. More"]
  const text = "Each employee gets thirty days of vacation in a year, paid in full. More"
  expect(shown(items, text, "thirty days of vacation in a year, paid in full.")).toEqual([
    "thirty days of va-",
    "cation in a year,",
    " ",
    "paid in full.",
  ])
})

test("matchQuote() knows ligatures, soft hyphens, no-break spaces and other forms of the same letter", () => {
  const items = ["The e\uFB03cient \uFB01l\u00ADter of Mu\u0308ller\u00A0GmbH holds 5\u00A0bar"]
  const text = "The efficient filter of Müller GmbH holds 5 bar"
  expect(shown(items, text, "efficient filter of Müller GmbH")).toEqual([
    "e\uFB03cient \uFB01l\u00ADter of Mu\u0308ller\u00A0GmbH",
  ])
  expect(shown(["M\u00A8uller of Gru", "\u0308nberg"], "Müller of Grünberg", "Müller of Grünberg")).toHaveLength(2)
})

test("matchQuote() keeps the mark that belongs to its last letter", () => {
  expect(shown(["le cafe\u0301 noir"], "le café noir", "café")).toEqual(["cafe\u0301"])
})

test("matchQuote() takes cells of a table without the bars that the canonical text puts between them", () => {
  const items = ["Figure", " ", "2024", " ", "2025", "", "Revenue", " ", "41.2", " ", "43.9"]
  const text = "Figure | 2024 | 2025\nRevenue | 41.2 | 43.9"
  expect(shown(items, text, "Revenue | 41.2 | 43.9").join("")).toBe("Revenue 41.2 43.9")
})

test("matchQuote() takes the occurrence that the canonical text means", () => {
  const items = ["Head of page", "Ask your manager.", "Rooms", "Ask your manager.", "Cars", "Ask your manager."]
  const text = "Ask your manager.\nRooms\nAsk your manager.\nCars\nAsk your manager."
  const second = text.indexOf("Ask", 3)
  const { ranges } = matchQuote(items, { text, start: second, end: second + 17 })
  expect(ranges).toEqual([{ item: 3, start: 0, end: 17 }])
})

test("matchQuote() leaves out the foot of a page and the head of the next between two halves", () => {
  const items = ["The contract ends with the", "Page 1 of 2", "ACME Ltd", "last day of the year.", "Other"]
  const text = "The contract ends with the last day of the year. Other"
  expect(shown(items, text, "The contract ends with the last day of the year.")).toEqual([
    "The contract ends with the",
    "last day of the year.",
  ])
})

test("matchQuote() puts a quote together that the file has in another order", () => {
  const items = ["right column begins", "here and ends.", "Left column is read first and", "goes on at the right:"]
  const text = "Left column is read first and goes on at the right: right column begins here and ends."
  const { ranges, share } = matchQuote(items, { text, start: 0, end: text.length })
  expect(share).toBe(1)
  expect(ranges.map(({ item }) => item)).toEqual([0, 1, 2, 3])
})

test("matchQuote() says how much it has found, and finds nothing of a picture", () => {
  const text = "A page that was only a picture."
  expect(matchQuote([], { text, start: 0, end: text.length })).toEqual({ ranges: [], share: 0 })
  const { share } = matchQuote(["A page that was", "something else"], { text, start: 0, end: text.length })
  expect(share).toBeGreaterThan(0.3)
  expect(share).toBeLessThan(0.7)
})
