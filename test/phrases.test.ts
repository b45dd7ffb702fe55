import { expect, test } from "vitest"
import { separateCjk } from "../src/core/cjk.ts"
import { phrasePattern } from "../src/retrieval/phrases.ts"

test.each([
  ["force majeure", "Clause 7:\nForce\n  Majeure.", true],
  ["2.4.1", "Version 12.4.1 is old.", false],
  ["2.4.1", "Version 2.4.1, released in May", true],
  ["2.4.1", "Version 2x4x1", false],
  ["PF-2210", "the PF-2210-B", true],
  ["C++ (new)", "We write C++ (new) here", true],
  ["Öl", "Das ÖL wird gewechselt", true],
  ["oil", "boiling", false],
  ["有給", "年次有給休暇は二十日です", true],
  ["サーバー", "新サーバーの設定", true],
  ["有休", "年次有給休暇は二十日です", false],
  ["PF-2210", "PF-2210型ポンプ", true],
  ["AI", "生成AI技術", true],
  ["AI", "OpenAI技術", false],
  ["AI技術", "OpenAI技術", false],
])("phrasePattern(%j) in %j: %s", (phrase, text, isThere) => {
  expect(phrasePattern(phrase).test(text)).toBe(isThere)
})

test.each([
  ["育児休暇", " 育児 児休 休暇 "],
  ["水", " 水 "],
  ["Version 2 of the plan", "Version 2 of the plan"],
  ["東京では2026年", " 東京 京で では 2026 年 "],
])("separateCjk(%j)", (text, separated) => {
  expect(separateCjk(text)).toBe(separated)
})
