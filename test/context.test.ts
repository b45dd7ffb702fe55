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

const POLICY = "Employees of the company receive a yearly allowance for travel between home, office and branch"
const version = (name: string, amount: number, fused: number, modifiedAt: number): ContextHit => {
  const text = `${POLICY}: ${amount} euros.`
  return hit(0, fused, { documentId: name as DocumentId, path: `${name}.md`, text, end: text.length, modifiedAt })
}

test("context() puts the newer of two versions of a text in the better place, and keeps both", async () => {
  const passages = await context([version("old", 300, 0.9, 1), version("new", 350, 0.7, 2)], 10, load)
  expect(passages.map(({ path, scores }) => [path, scores.fused])).toEqual([
    ["new.md", 0.9],
    ["old.md", 0.7],
  ])
})

test("context() takes no newer version for better that lacks a word of the question", async () => {
  const versions = [version("old", 300, 0.9, 1), version("new", 350, 0.7, 2)]
  expect((await context(versions, 10, load, ["allowanc", "300"])).map(({ path }) => path)).toEqual(["old.md", "new.md"])
  expect((await context(versions, 10, load, ["allowanc", "350"])).map(({ path }) => path)).toEqual(["new.md", "old.md"])
})

test("context() leaves texts in their order that are no versions of one another", async () => {
  const other = hit(1, 0.7, { documentId: "e" as DocumentId, modifiedAt: 2, text: "Branches open at eight." })
  expect(await textsOf([version("old", 300, 0.9, 1), other])).toEqual([`${POLICY}: 300 euros.`, other.text])
})

test("context() puts the third passage of a document behind those of others, and leaves it out for want of room", async () => {
  const other = hit(0, 0.1, { documentId: "e" as DocumentId, text: "Another text." })
  const hits = [hit(0, 0.9), hit(2, 0.8), hit(4, 0.7), other]
  expect(await textsOf(hits)).toEqual(["Zero part.", "Second part.", "Another text.", "Fourth part."])
  expect(await textsOf(hits, 3)).toEqual(["Zero part.", "Second part.", "Another text."])
})
