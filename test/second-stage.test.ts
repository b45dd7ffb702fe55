import { expect, test } from "vitest"
import type { DocumentId, Revision } from "../src/core/types.ts"
import { toBytes } from "../src/engine/sentence-vectors.ts"
import type { ContextHit } from "../src/retrieval/context.ts"
import { secondStage } from "../src/retrieval/second-stage.ts"

const hit = (name: string, text: string, fused: number, dense: number | null = null): ContextHit => ({
  ...{ documentId: name as DocumentId, path: name, title: "", revision: "r" as Revision, ordinal: 0, page: null },
  ...{ headingPath: [], text, start: 10, end: 10 + text.length, canonicalHash: "t", embeddingKey: name },
  ...{ modifiedAt: 1, fused, dense, lexical: null },
})
const bytes = (...vectors: number[][]) => Int8Array.from(vectors.flatMap((one) => [...toBytes(Float32Array.from(one))]))
const input = {
  ...{ vector: Float32Array.from([1, 0]), terms: ["oil"] },
  statistics: { chunks: 100, byTerm: new Map([["oil", 5]]) },
}

test("secondStage() puts the hit first whose best sentence is nearest to the question", () => {
  const hits = [hit("a", "One is here. Two is here.", 0.8), hit("b", "Three is here. Four is here.", 0.7)]
  const sentenceVectors = new Map([
    ["a", bytes([0, 1], [0.6, 0.8])],
    ["b", bytes([0, 1], [1, 0])],
  ])
  const ranked = secondStage(hits, { ...input, sentenceVectors })
  expect(ranked.map(({ path }) => path)).toEqual(["b", "a"])
  // .6 of .7 / .8 and .4 of the best sentence
  expect(ranked[0]?.fused).toBeCloseTo(0.6 * (0.7 / 0.8) + 0.4, 6)
  expect(ranked[1]?.sentences.map(({ cosine }) => cosine)).toEqual([0, expect.closeTo(0.6, 2)])
  expect(ranked[1]?.sentences[1]).toMatchObject({ start: 23, end: 35 })
})

test("secondStage() counts the question's words that stand in sentence, title or headings", () => {
  const hits = [hit("a", "The pump is blue.", 0.5), { ...hit("b", "The pump is red.", 0.5), headingPath: ["Oil"] }]
  expect(secondStage(hits, { ...input, sentenceVectors: new Map() })[0]?.path).toBe("b")
})

test("secondStage() takes the cosine of the hit where those of its sentences are not known, or of another number", () => {
  const hits = [hit("a", "One is here. Two is here.", 0.5, 0.2), hit("b", "Three is here.", 0.5, 0.9)]
  const sentenceVectors = new Map([["a", bytes([1, 0])]])
  const ranked = secondStage(hits, { ...input, sentenceVectors })
  expect(ranked.map(({ path, sentences }) => [path, sentences.map(({ cosine }) => cosine)])).toEqual([
    ["b", [null]],
    ["a", [null, null]],
  ])
})

test("secondStage() gives nothing for nothing, and no number that is none", () => {
  expect(secondStage([], { ...input, sentenceVectors: new Map() })).toEqual([])
  const [only] = secondStage([hit("a", "Nothing.", 0)], { ...input, terms: [], sentenceVectors: new Map() })
  expect(only?.fused).toBe(0)
})

test("secondStage() puts hits that hold a phrase word for word before those that resemble it", () => {
  const hits = [hit("a", "The pump PF-2210-C takes blue oil.", 0.9), hit("b", "Order oil for pf-2210-b.", 0.6)]
  const of = (phrases: string[]) => secondStage(hits, { ...input, phrases, sentenceVectors: new Map() })
  expect(of(["PF-2210-B"]).map(({ path }) => path)).toEqual(["b", "a"])
  expect(of([]).map(({ path }) => path)).toEqual(["a", "b"])
})
