import { expect, test } from "vitest"
import { parserChild } from "../support/parse-child.ts"

const parse = parserChild()

test("A19: a line of 100 MB is read within the limits of the parser process, and all of it", async () => {
  const { code, parsed } = await parse("a.txt", "tide ".repeat(20_000_000))
  expect(code).toBe("read")
  expect(parsed?.document.text.replace(/\s+/g, "").length).toBe(80_000_000)
})
