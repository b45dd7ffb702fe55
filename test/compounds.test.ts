import { expect, test } from "vitest"
import { withCompounds } from "../src/core/compounds.ts"

test.each([
  ["the pump PF-2210-B leaks", "the pump PF-2210-B PF2210B leaks"],
  ["wild‑type and A4/B5.", "wild‑type wildtype and A4/B5 A4B5."],
  ["Straßen-Nr. und ГОСТ-2", "Straßen-Nr StraßenNr. und ГОСТ-2 ГОСТ2"],
  ["a - b, -x, 3.5, one", "a - b, -x, 3.5, one"],
  ["a-very-long-chain-of-many-words", "a-very-long-chain-of-many-words"],
])("withCompounds() writes %j as %j", (text, written) => {
  expect(withCompounds(text)).toBe(written)
})

test("withCompounds() takes linear time", () => {
  for (const part of ["a", "a-", "-", "a/b-"]) {
    const text = part.repeat(200_000)
    const started = performance.now()
    withCompounds(text)
    expect(performance.now() - started, part).toBeLessThan(2_000)
  }
})
