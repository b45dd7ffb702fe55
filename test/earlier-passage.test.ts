import { expect, test } from "vitest"
import type { DocumentId, Passage, Revision } from "../src/core/types.ts"
import { withEarlierPassage } from "../src/retrieval/earlier-passage.ts"
import { retrieve } from "../src/retrieval/retrieve.ts"
import { chunkOf, EVERYTHING } from "./support/chunks.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createMemoryIndex } from "./support/memory-index.ts"

const passageOf = (name: string, rank: number): Passage => ({
  ...{ rank, documentId: name as DocumentId, path: `${name}.md`, title: name, revision: "r" as Revision, page: null },
  ...{
    start: 0,
    end: 4,
    headingPath: [],
    text: "text",
    scores: { fused: 1 / rank, dense: null, lexical: null, reader: null },
  },
})
const PASSAGES = ["a", "b", "c", "d"].map((name, place) => passageOf(name, place + 1))
const earlier = async (name: string, found: readonly Passage[] = []) =>
  (await withEarlierPassage(PASSAGES, { documentIds: [name as DocumentId], at: 2 }, async () => found)).map(
    ({ documentId, rank }) => `${documentId}${rank}`,
  )

test("withEarlierPassage() leaves the order where an earlier document stands well by itself", async () => {
  expect(await earlier("b")).toEqual(["a1", "b2", "c3", "d4"])
  expect(await earlier("c")).toEqual(["a1", "b2", "c3", "d4"])
})

test("withEarlierPassage() puts it at its place where it stands behind or is not among them", async () => {
  expect(await earlier("d")).toEqual(["a1", "b2", "d3", "c4"])
  expect(await earlier("e", [passageOf("e", 1)])).toEqual(["a1", "b2", "e3", "c4", "d5"])
  expect(await earlier("e")).toEqual(["a1", "b2", "c3", "d4"])
})

test("retrieve() adds chunks of earlier documents by their own scores, and leaves those of the others as they are", async () => {
  const embedder = createFakeEmbedder()
  const index = createMemoryIndex(embedder.dimensions)
  const texts = ["bolts of the pump", "bolts of the pump in the hall", "a pump among many other things of the yard"]
  const vectors = await embedder.embed(texts, { kind: "passage" })
  await index.replaceDocuments(
    texts.map((text, number) => {
      const chunk = chunkOf(`d${number}`, 0, text, vectors[number] ?? new Float32Array())
      return { id: chunk.documentId, chunks: [chunk] }
    }),
  )
  const options = { filter: EVERYTHING, candidates: 1 }
  const ports = { embedder, index }
  const alone = await retrieve("bolts of the pump", ports, options)
  const more = await retrieve("bolts of the pump", ports, {
    ...options,
    earlierDocuments: ["d2", "d0"] as DocumentId[],
  })
  expect(alone.fused.map(({ chunkId }) => chunkId)).toEqual(["d0:0"])
  expect(more.fused.map(({ chunkId }) => chunkId)).toEqual(["d0:0", "d2:0"])
  expect(more.fused[0]).toEqual(alone.fused[0])
  expect(more.dense.map(({ chunkId }) => chunkId)).toEqual(["d0:0", "d2:0"])
  const narrowed = { ...options, filter: { ...EVERYTHING, documentIds: ["d1"] as DocumentId[] } }
  const none = await retrieve("pump", ports, { ...narrowed, earlierDocuments: ["d2"] as DocumentId[] })
  expect(none.fused.map(({ chunkId }) => chunkId)).toEqual(["d1:0"])
})
