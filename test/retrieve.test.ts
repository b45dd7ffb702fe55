import { expect, test } from "vitest"
import type { ChunkIndex, Embedder } from "../src/core/ports.ts"
import { retrieve } from "../src/retrieval/retrieve.ts"
import { asCollectionId, chunkOf, EVERYTHING } from "./support/chunks.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createMemoryIndex } from "./support/memory-index.ts"

const TEXTS = ["parents get sixteen weeks of leave", "bolts of the pump", "leave the pump alone", "weather report"]

async function open(): Promise<{ embedder: Embedder; index: ChunkIndex }> {
  const embedder = createFakeEmbedder()
  const index = createMemoryIndex(embedder.dimensions)
  const vectors = await embedder.embed(TEXTS, { kind: "passage" })
  await index.replaceDocuments(
    TEXTS.map((text, number) => {
      const chunk = chunkOf(`d${number}`, 0, text, vectors[number] ?? new Float32Array(), {
        collectionId: asCollectionId(number === 2 ? "secret" : "default"),
      })
      return { id: chunk.documentId, chunks: [chunk] }
    }),
  )
  return { embedder, index }
}

test("retrieve() finds the chunk with the question's words first, in both arms", async () => {
  const { fused, dense, lexical } = await retrieve("weeks of leave", await open(), {
    filter: EVERYTHING,
    candidates: 10,
  })
  expect([fused[0]?.chunkId, dense[0]?.chunkId, lexical[0]?.chunkId]).toEqual(["d0:0", "d0:0", "d0:0"])
  expect(fused[0]?.fused).toBeCloseTo(1, 12)
})

test("retrieve() gives lexical hits their cosine, so that each hit has both scores", async () => {
  const { lexical, fused } = await retrieve("pump", await open(), { filter: EVERYTHING, candidates: 10 })
  expect(lexical.map((hit) => hit.dense)).toEqual([expect.any(Number)])
  expect(new Set(fused.map((hit) => hit.chunkId)).size).toBe(fused.length)
})

test("retrieve() puts the filter into both searches", async () => {
  const { dense, lexical } = await retrieve("leave the pump", await open(), { filter: EVERYTHING, candidates: 10 })
  const found = [...dense, ...lexical].map((hit) => hit.chunkId)
  expect(found.length).toBeGreaterThan(0)
  expect(found).not.toContain("d2:0")
})

test("retrieve() takes the number of candidates for each arm", async () => {
  const { dense, lexical } = await retrieve("leave the pump", await open(), { filter: EVERYTHING, candidates: 1 })
  expect([dense.length, lexical.length]).toEqual([1, 1])
})

test("retrieve() embeds the question as a question and gives its vector", async () => {
  const { embedder, index } = await open()
  const kinds: string[] = []
  const spy: Embedder = {
    ...embedder,
    embed: (texts, options) => {
      kinds.push(options.kind)
      return embedder.embed(texts, options)
    },
  }
  const { questionVector } = await retrieve("leave", { embedder: spy, index }, { filter: EVERYTHING, candidates: 1 })
  expect(kinds).toEqual(["query"])
  expect(Math.hypot(...questionVector)).toBeCloseTo(1, 5)
})

test("retrieve() throws cancelled when the signal has fired", async () => {
  const signal = AbortSignal.abort()
  const found = retrieve("leave", await open(), { filter: EVERYTHING, candidates: 1, signal })
  await expect(found).rejects.toMatchObject({ code: "cancelled" })
})

test("retrieve() weighs the arms by the embedder's own weight", async () => {
  const { embedder, index } = await open()
  const lexicalOnly = { ...embedder, denseWeight: 0 }
  const { fused } = await retrieve("pump", { embedder: lexicalOnly, index }, { filter: EVERYTHING, candidates: 10 })
  expect(fused.filter((hit) => hit.fused > 0).map((hit) => hit.chunkId)).toEqual(["d1:0"])
})

test("retrieve() brings what holds all words of a phrase, wherever the arms have it", async () => {
  const call = { filter: EVERYTHING, candidates: 1 }
  const without = await retrieve("weeks of leave", await open(), call)
  const { fused, worded } = await retrieve("weeks of leave", await open(), { ...call, phrases: ["the pump"] })
  const [found] = worded[0] ?? []
  expect(without.fused.map(({ chunkId }) => chunkId)).not.toContain(found)
  expect(fused.find(({ chunkId }) => chunkId === found)).toMatchObject({ lexical: null })
})
