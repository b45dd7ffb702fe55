import { expect, test, vi } from "vitest"
import { bar, print, shorten, shown, shownText, table } from "../src/cli/terminal.ts"

test("print() leaves out what a terminal would obey", () => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true)
  try {
    print("a\u001b[31mred\u009b\tx")
    expect(written).toHaveBeenCalledWith("a[31mred\tx\n")
  } finally {
    written.mockRestore()
  }
})

test("shownText() escapes what a terminal would obey and what turns a line around, and keeps lines and tabs", () => {
  expect(shownText("a\u001b[31m\tb\nc\u202ed\r\u009b")).toBe("a\\u001b[31m\tb\nc\\u202ed\\u000d\\u009b")
  expect(shownText("Größe 日本 👩‍👩‍👧 سلام")).toBe("Größe 日本 👩‍👩‍👧 سلام")
})

test("shown() makes one line of a name", () => {
  expect(shown("a\nb\tc\u200e.txt")).toBe("a\\nb\\u0009c\\u200e.txt")
})

test("bar() is full when all is done and when there is nothing to do", () => {
  expect(bar(0, 10)).toBe("░".repeat(24))
  expect(bar(5, 10)).toBe(`${"█".repeat(12)}${"░".repeat(12)}`)
  expect(bar(11, 10)).toBe("█".repeat(24))
  expect(bar(0, 0)).toBe("█".repeat(24))
})

test("table() aligns columns and does not pad the last one", () => {
  expect(
    table([
      ["a", "bb"],
      ["ccc", "d"],
    ]),
  ).toBe("a    bb\nccc  d")
})

test("shorten() cuts at a word and makes one line", () => {
  expect(shorten("one  two\nthree", 40)).toBe("one two three")
  expect(shorten("one two three four", 10)).toBe("one two…")
})
