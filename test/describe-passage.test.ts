import { describe, expect, test } from "vitest"
import { describePassage, describeSources } from "../src/cli/describe-passage.ts"
import type { Citation, Evidence, Passage } from "../src/core/types.ts"

/** A name that clears the screen, ends its line and turns the rest around; a text that does so too. */
const PATH = "a\u001b[2J\n1. b\u202efdp.txt"
const TEXT = "Sixteen\n weeks\u009b31m of\u0007 leave\u2066."
const place = { path: PATH, page: 2, title: "T\u001b]0;x\u0007", headingPath: ["H\r\nI"], start: 0, end: 5 }
const SHOWN_PATH = "a\\u001b[2J\\n1. b\\u202efdp.txt"
const SHOWN_TEXT = "Sixteen weeks\\u009b31m of\\u0007 leave\\u2066."
const citation = { ...place, marker: 1, quote: TEXT, verified: true } as unknown as Citation
const evidence = { ...place, quote: TEXT, score: 0.4 } as unknown as Evidence

/** What a terminal obeys, or what turns and hides what it shows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/

describe("describePassage()", () => {
  test("gives rank, place, headings and text on three lines, whatever names and text hold", () => {
    const passage = { ...place, rank: 1, text: TEXT, scores: { fused: 0.5 } } as unknown as Passage
    const described = describePassage(passage)
    expect(described).not.toMatch(HARMFUL)
    expect(described.split("\n")).toEqual([
      `1. ${SHOWN_PATH}, page 2  (0.50)`,
      "   T\\u001b]0;x\\u0007 › H\\u000d\\nI",
      `   ${SHOWN_TEXT}`,
    ])
  })
})

describe("describeSources()", () => {
  test("gives each citation with its place and quote, escaped", () => {
    const lines = describeSources({ status: "answered", citations: [citation], evidence: [evidence] })
    expect(lines).toEqual([`[1] ${SHOWN_PATH}, page 2  ✓ quote checked`, `    “${SHOWN_TEXT}”`])
    expect(lines.join("")).not.toMatch(HARMFUL)
  })

  test("gives the names of the columns above a quoted row, escaped", () => {
    const row = { ...citation, tableHeader: "Office\u001b | Saturday" }
    const lines = describeSources({ status: "answered", citations: [row], evidence: [] })
    expect(lines.slice(1)).toEqual(["    (Office\\u001b | Saturday)", `    “${SHOWN_TEXT}”`])
  })

  test("gives what the document calls the page, escaped", () => {
    const [line] = describeSources({
      status: "answered",
      citations: [{ ...citation, pageLabel: "i\u0007v" }],
      evidence: [],
    })
    expect(line).toBe(`[1] ${SHOWN_PATH}, page 2 (i\\u0007v)  ✓ quote checked`)
  })

  test("gives the closest that was found where the answer abstains, escaped", () => {
    const lines = describeSources({ status: "abstained", citations: [], evidence: [{ ...evidence, page: null }] })
    expect(lines).toEqual(["The closest that was found:", `  ${SHOWN_PATH}: “${SHOWN_TEXT}”`])
  })

  test("gives nothing where nothing was found", () => {
    expect(describeSources({ status: "abstained", citations: [], evidence: [] })).toEqual([])
  })
})
