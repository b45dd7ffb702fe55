import { describe, expect, test } from "vitest"
import type { DocumentId, Passage, Revision } from "../src/core/types.ts"
import type { ScoredEvidence } from "../src/generation/evidence.ts"
import { citeWritten as cite } from "./support/cite-written.ts"

const QUOTE = "Parents get 16 weeks, taken in 1 or 2 parts."
const passage: Passage = {
  ...{ rank: 1, documentId: "d" as DocumentId, path: "d.md", title: "Leave", revision: "r" as Revision, page: null },
  ...{ start: 0, end: QUOTE.length, headingPath: [], text: QUOTE },
  scores: { fused: 1, dense: 1, lexical: 1, reader: null },
}
const evidence: ScoredEvidence = {
  ...{ passage, covered: [], score: 1, documentId: passage.documentId, path: "d.md", page: null },
  ...{ start: 0, end: QUOTE.length, quote: QUOTE },
}

describe("cite() lets no model invent a marker", () => {
  test.each([
    "Parents get 16 weeks [7].",
    "Parents get 16 weeks [1, 2].",
    "Parents get 16 weeks [1][2].",
    "Parents get 16 weeks [S1].",
    "Parents get 16 weeks [^1].",
    "Parents get 16 weeks【1】.",
    "[2] Parents get 16 weeks.",
  ])("%j", (written) => {
    expect(cite(written, [evidence], "How long?").sentences).toEqual([
      { text: "Parents get 16 weeks. [1]", citations: [1], supported: true },
    ])
  })
})

test("cite() keeps brackets that are no marker", () => {
  const quote = "Run ibid ask [--json], the form for a machine."
  const cited = cite("Run ibid ask [--json].", [{ ...evidence, quote }], "How?")
  expect(cited.sentences[0]?.text).toBe("Run ibid ask [--json]. [1]")
})

test("cite() takes a refusal for no answer and lets the quote stand in", () => {
  const cited = cite("I don’t know.", [evidence], "How long?")
  expect(cited).toMatchObject({ mode: "extractive", withheld: { reason: "refusal" } })
  expect(cited.sentences[0]?.text).toBe(`“${QUOTE}” [1]`)
})

test("cite() withholds an empty sentence", () => {
  expect(cite("  ", [evidence], "How long?")).toMatchObject({ mode: "extractive", withheld: { reason: "empty" } })
})

test("cite() numbers several quotes from 1 and never cites more than it has", () => {
  const open = (quote: string, score: number, covered: string[]) => ({ ...evidence, quote, score, covered })
  const all = ["a", "b", "c", "d", "e"].map((term, place) => open(`Quote ${term} it is.`, 1 - place / 100, [term]))
  const { sentences, cited } = cite(null, all, "q")
  expect(sentences.map((sentence) => sentence.citations)).toEqual([[1], [2], [3]])
  expect(cited.map((one) => one.quote)).toEqual(["Quote a it is.", "Quote b it is.", "Quote c it is."])
})
