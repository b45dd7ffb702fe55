import { expect, test, vi } from "vitest"
import { bar, print, shorten, table } from "../src/cli/terminal.ts"

test("print() leaves out what a terminal would obey", () => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true)
  try {
    print("a\u001b[31mred\u009b\tx")
    expect(written).toHaveBeenCalledWith("a[31mred\tx\n")
  } finally {
    written.mockRestore()
  }
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
