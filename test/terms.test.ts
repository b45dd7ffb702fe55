import { assert, property, string } from "fast-check"
import { describe, expect, test } from "vitest"
import { contentTerms, words } from "../src/core/terms.ts"

describe("contentTerms()", () => {
  test.each([
    ["one form for singular and plural", "policy policies", ["policy", "policy"]],
    ["one form for the forms of a verb", "leave leaves leaving", ["leav", "leav", "leav"]],
    ["short words as they are", "bed bus gas is the red", ["bed", "bus", "gas", "red"]],
    ["numbers", "16 weeks, 1.5 kg", ["16", "week", "1", "5", "kg"]],
    ["words with accents as without", "Café cafe\u0301 CAFE", ["cafe", "cafe", "cafe"]],
    ["ligatures and full-width letters as plain ones", "ﬁle ＡＢＣ", ["file", "abc"]],
    ["Cyrillic and Greek", "Насос αντλία", ["насос", "αντλια"]],
    ["one term a character in Chinese and Japanese", "水泵 ポンプ", ["水", "泵", "ホ", "ン", "フ"]],
    ["the long vowel mark a term of its own", "サーバーの設定", [..."サーハーの設定"]],
    [
      "words of Latin letters apart from Chinese and Japanese",
      "AI技術とPF-2210型",
      ["ai", ..."技術と", "pf", "2210", "型"],
    ],
    ["nothing from punctuation", "… — !? | • 🙂", []],
    ["nothing from stop words", "What is the of and", []],
    ["nothing from nothing", "", []],
  ])("gives %s", (_, text, expected) => {
    expect(contentTerms(text)).toEqual(expected)
  })

  test("keeps negations: they are no stop words", () => {
    expect(contentTerms("do not, never without")).toEqual(["not", "never", "without"])
  })
})

test("words() keeps stop words and does not stem", () => {
  expect(words("The Policies are 2")).toEqual(["the", "policies", "are", "2"])
})

test("words() gives plain text as the rules for all scripts do", () => {
  void assert(
    property(string({ unit: "binary-ascii" }), (text) => {
      expect([...words(text), "水"]).toEqual(words(`${text} 水`))
    }),
    { numRuns: 2_000 },
  )
})
