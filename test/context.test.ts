import { expect, test } from "vitest"
import type { DocumentId, Revision } from "../src/core/types.ts"
import { type ContextHit, context } from "../src/retrieval/context.ts"

const PARTS = ["Zero part.", "First part.", "Second part.", "Third part.", "Fourth part."]
const TEXT = PARTS.join("\n\n")
const hit = (ordinal: number, fused: number, more: Partial<ContextHit> = {}): ContextHit => {
  const text = PARTS[ordinal] ?? ""
  const start = TEXT.indexOf(text)
  return {
    ...{ documentId: "d" as DocumentId, path: "d.md", title: "D", revision: "r" as Revision, ordinal, page: null },
    ...{
      headingPath: [`H${ordinal}`],
      text,
      start,
      end: start + text.length,
      canonicalHash: "t",
      embeddingKey: "k",
      modifiedAt: 1,
    },
    ...{ fused, dense: null, lexical: null, ...more },
  }
}
const load = async () => TEXT
const textsOf = async (hits: ContextHit[], limit = 10) => (await context(hits, limit, load)).map((one) => one.text)

test("context() never merges two revisions of a document: their ranges count in different texts", async () => {
  const hits = [hit(0, 0.9), hit(1, 0.8, { revision: "newer" as Revision })]
  expect(await textsOf(hits)).toEqual(["Zero part.", "First part."])
})

test("context() merges around the best chunk whatever the order of the hits", async () => {
  expect(await textsOf([hit(3, 0.7), hit(2, 0.9), hit(1, 0.8)])).toEqual(["First part.\n\nSecond part.\n\nThird part."])
})

test("context() gives a chunk between two passages to one of them: no text stands in both", async () => {
  const texts = await textsOf([hit(0, 0.9), hit(2, 0.8), hit(1, 0.7)])
  expect(texts).toEqual(["Zero part.\n\nFirst part.", "Second part."])
})

test("context() begins a new passage where three chunks have been merged", async () => {
  const texts = await textsOf([hit(0, 0.9), hit(1, 0.8), hit(2, 0.7), hit(3, 0.6), hit(4, 0.5)])
  expect(texts).toEqual(["Zero part.\n\nFirst part.\n\nSecond part.", "Third part.\n\nFourth part."])
})

test("context() takes heading, page and score of the best chunk, and the best of each arm", async () => {
  const [passage] = await context([hit(1, 0.9, { dense: 0.3 }), hit(2, 0.5, { dense: 0.6, lexical: 7 })], 10, load)
  expect(passage).toMatchObject({
    headingPath: ["H1"],
    scores: { fused: 0.9, dense: 0.6, lexical: 7, reader: null },
  })
})

test("context() takes texts that differ in white space alone for one", async () => {
  const copy = hit(0, 0.5, { documentId: "e" as DocumentId, text: "Zero \n part." })
  expect(await textsOf([hit(0, 0.9), copy])).toEqual(["Zero part."])
})

test("context() reads no text where nothing is merged, and gives nothing for nothing", async () => {
  const never = () => Promise.reject(new Error("read"))
  expect(await context([hit(0, 0.9), hit(2, 0.8)], 10, never)).toHaveLength(2)
  expect(await context([], 10, never)).toEqual([])
})
