import { expect, test } from "vitest"
import { measureWriter } from "../src/app/measure-writer.ts"
import type { RoleValues, WrittenValues } from "../src/app/role-values.ts"

const GOOD: WrittenValues = { passes: true, holdsAnswer: true, quoteHoldsAnswer: true, words: 4, quoteWords: 14 }
const WITHHELD: WrittenValues = { ...GOOD, passes: false }

/** What a model wrote for a hundred answerable questions: the first of them as given, the others were withheld. */
function measured(passing: number, of: (place: number) => Partial<WrittenValues> = () => ({})) {
  const values = Array.from({ length: 100 }, (_, place): RoleValues => {
    const written = place < passing ? { ...GOOD, ...of(place) } : WITHHELD
    const asked = { id: String(place), answerable: true, score: 1, hasReader: true, isEnough: true }
    return { ...asked, sentences: [], verdicts: [], picked: null, written }
  })
  return measureWriter(values)
}

test("measureWriter() grants the role where a tenth passes for sure, shorter than the quotes and as right", () => {
  const { isGranted, reason, passes, words, quoteWords } = measured(20)
  expect({ isGranted, words, quoteWords }).toEqual({ isGranted: true, words: 4, quoteWords: 14 })
  expect(passes.value).toBeCloseTo(0.2)
  expect(reason).toContain("as often as quotes")
})

test.each([
  ["no question", 0, {}, "no question has a gold answer"],
  ["14 that pass", 14, {}, "14 written sentences passed"],
  ["too small a share", 15, {}, "too few written sentences pass"],
  ["answers that are lost", 40, { holdsAnswer: false }, "less often than quotes"],
  ["sentences as long as quotes", 40, { words: 14 }, "not shorter than quotes"],
] as const)("measureWriter() refuses the role for %s", (name, passing, change, reason) => {
  const { isGranted, reason: told } = name === "no question" ? measureWriter([]) : measured(passing, () => change)
  expect(isGranted).toBe(false)
  expect(told).toContain(reason)
})
