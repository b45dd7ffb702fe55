import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { ChunkIndex, IndexQuery } from "../../src/core/ports.ts"
import type { IndexedChunk, IndexHit, ReadFilter } from "../../src/core/types.ts"
import { asCollectionId, asDocumentId, chunkOf, EVERYTHING, vectorOf } from "../support/chunks.ts"

export const DIMENSIONS = 16

export interface OpenedIndex {
  readonly index: ChunkIndex
  /** Closes it and opens the same rows again; gives the same index where rows live no longer than it. */
  reopen(): Promise<ChunkIndex>
  close(): Promise<void>
}

/** What every index promises to the rest of Ibid. */
export function describeIndexContract(name: string, open: () => Promise<OpenedIndex>): void {
  describe(`${name} as a ChunkIndex`, () => {
    let opened: OpenedIndex
    let index: ChunkIndex
    beforeEach(async () => {
      opened = await open()
      index = opened.index
    })
    afterEach(() => opened.close())

    const store = async (...chunks: IndexedChunk[]): Promise<number> => {
      const ids = [...new Set(chunks.map(({ documentId }) => documentId))]
      return await index.replaceDocuments(
        ids.map((id) => ({ id, chunks: chunks.filter((chunk) => chunk.documentId === id) })),
      )
    }
    const call = (filter: Partial<ReadFilter> = {}, limit = 100): IndexQuery => ({
      filter: { ...EVERYTHING, ...filter },
      limit,
    })
    const ids = (hits: readonly IndexHit[]): string[] => hits.map(({ chunkId }) => chunkId)
    const both = async (filter: Partial<ReadFilter>): Promise<string[][]> => [
      ids(await index.searchDense(vectorOf(1, DIMENSIONS), call(filter))),
      ids(await index.searchLexical("leave", call(filter))),
    ]
    const leave = (documentId: string, more: Partial<IndexedChunk> = {}): IndexedChunk =>
      chunkOf(documentId, 0, "Parental leave is long.", vectorOf(1, DIMENSIONS), more)
    const rows = async (): Promise<string[]> => {
      const all: string[] = []
      for await (const row of index.scan()) all.push(row.id)
      return all.sort()
    }

    test("replaceDocuments() leaves no row of the documents' former contents", async () => {
      const chunks = (count: number) =>
        Array.from({ length: count }, (_, at) => chunkOf("a", at, `Text ${count} ${at}`, vectorOf(at + 1, DIMENSIONS)))
      await store(...chunks(15), leave("b"))
      await store(...chunks(5))
      expect(await rows()).toEqual(["a:0", "a:1", "a:2", "a:3", "a:4", "b:0"])
      const texts: string[] = []
      for await (const row of index.scan()) texts.push(row.text)
      expect(texts).toContain("Text 5 0")
      expect(texts).not.toContain("Text 15 0")
    })

    test("replaceDocuments() changes nothing when it is repeated", async () => {
      await store(leave("a"), leave("b"))
      const before = await rows()
      await store(leave("a"), leave("b"))
      expect(await rows()).toEqual(before)
      expect(await index.countRows()).toBe(2)
    })

    test("replaceDocuments() takes the rows of a document without chunks, and no other's", async () => {
      await store(leave("a"), leave("b"), leave("c"))
      await index.replaceDocuments([
        { id: asDocumentId("a"), chunks: [] },
        { id: asDocumentId("b"), chunks: [leave("b")] },
      ])
      expect(await rows()).toEqual(["b:0", "c:0"])
      await index.replaceDocuments([{ id: asDocumentId("c"), chunks: [] }])
      expect(await rows()).toEqual(["b:0"])
    })

    test("replaceDocuments() with a first ordinal leaves the rows before it, and takes those after it", async () => {
      const chunks = (from: number, to: number, word: string) =>
        Array.from({ length: to - from }, (_, at) =>
          chunkOf("a", from + at, `${word} ${from + at}`, vectorOf(from + at + 1, DIMENSIONS)),
        )
      const id = asDocumentId("a")
      await store(...chunks(0, 5, "Former"), leave("b"))
      await index.replaceDocuments([
        { id, from: 2, chunks: chunks(2, 4, "Newer") },
        { id: asDocumentId("c"), chunks: [leave("c")] },
      ])
      expect(await rows()).toEqual(["a:0", "a:1", "a:2", "a:3", "b:0", "c:0"])
      const texts: string[] = []
      for await (const row of index.scan()) if (row.documentId === id) texts.push(row.text)
      expect(texts.sort()).toEqual(["Former 0", "Former 1", "Newer 2", "Newer 3"])
      await index.replaceDocuments([{ id, from: 1, chunks: [] }])
      expect(await rows()).toEqual(["a:0", "b:0", "c:0"])
    })

    test("replaceDocuments() adds to no document whose rows before the first ordinal are not all there", async () => {
      await store(leave("a"))
      const added = chunkOf("a", 2, "Added", vectorOf(2, DIMENSIONS))
      const call = index.replaceDocuments([{ id: asDocumentId("a"), from: 2, chunks: [added] }])
      await expect(call).rejects.toMatchObject({ code: "internal" })
      expect(await rows()).toEqual(["a:0"])
    })

    test("replaceDocuments() returns a version that rises and is the index's own", async () => {
      const first = await store(leave("a"))
      const second = await store(leave("b"))
      expect(second).toBeGreaterThan(first)
      expect(await index.version()).toBe(second)
    })

    test("replaceDocuments() of nothing and removeDocuments() of nothing leave all rows", async () => {
      await store(leave("a"))
      await index.replaceDocuments([])
      await index.removeDocuments([])
      expect(await rows()).toEqual(["a:0"])
    })

    test("removeDocuments() removes the rows of these documents alone", async () => {
      await store(leave("a"), leave("b"), leave("c"))
      await index.removeDocuments([asDocumentId("a"), asDocumentId("c"), asDocumentId("unknown")])
      expect(await rows()).toEqual(["b:0"])
      expect(await both({})).toEqual([["b:0"], ["b:0"]])
    })

    test.each([
      ["too short", vectorOf(1, DIMENSIONS - 1)],
      ["too long", vectorOf(1, DIMENSIONS + 1)],
      ["not finite", vectorOf(1, DIMENSIONS).fill(Number.NaN, 3, 4)],
      ["zero", new Float32Array(DIMENSIONS)],
    ])("a vector that is %s is refused by writes and searches", async (_, vector) => {
      const refused = { code: "invalid-request" }
      await expect(store(leave("a"), chunkOf("a", 1, "x", vector))).rejects.toMatchObject(refused)
      await expect(index.searchDense(vector, call())).rejects.toMatchObject(refused)
      await expect(index.searchLexical("leave", { ...call(), vector })).rejects.toMatchObject(refused)
      expect(await rows()).toEqual([])
    })

    test("searchDense() gives the nearest first, with their cosines", async () => {
      await store(...[1, 2, 3].map((seed) => chunkOf("a", seed, `Text ${seed}`, vectorOf(seed, DIMENSIONS))))
      const hits = await index.searchDense(vectorOf(2, DIMENSIONS), call())
      expect(hits[0]).toMatchObject({ chunkId: "a:2", documentId: "a", ordinal: 2, lexical: null })
      expect(hits[0]?.dense).toBeCloseTo(1, 4)
      const cosines = hits.map(({ dense }) => dense ?? Number.NaN)
      expect(cosines).toEqual([...cosines].sort((a, b) => b - a))
    })

    test("searchLexical() gives only rows that hold each word, where that is wanted", async () => {
      await store(
        chunkOf("a", 0, "The pump PF-2210-B takes oil.", vectorOf(1, DIMENSIONS)),
        chunkOf("b", 0, "The pump PF-2210-C takes oil.", vectorOf(2, DIMENSIONS)),
      )
      expect(ids(await index.searchLexical("PF-2210-B", { ...call(), isEachWordWanted: true }))).toEqual(["a:0"])
      expect(ids(await index.searchLexical("PF-2210-B", call())).sort()).toEqual(["a:0", "b:0"])
    })

    test("searchLexical() finds a compound in either spelling", async () => {
      await store(
        chunkOf("a", 0, "The pump PF-2210-B takes oil.", vectorOf(1, DIMENSIONS)),
        chunkOf("b", 0, "The pump PF2210C takes oil.", vectorOf(2, DIMENSIONS)),
      )
      expect(ids(await index.searchLexical("PF2210B", call()))).toEqual(["a:0"])
      expect(ids(await index.searchLexical("PF-2210-C", call()))).toContain("b:0")
    })

    test("searchLexical() gives the best match first, by title, headings and text", async () => {
      await store(
        chunkOf("a", 0, "The pump needs oil.", vectorOf(1, DIMENSIONS)),
        chunkOf("b", 0, "It needs to be changed every 500 hours.", vectorOf(2, DIMENSIONS), {
          title: "Oil of the pump",
        }),
        chunkOf("c", 0, "It is blue.", vectorOf(3, DIMENSIONS), { headingPath: ["Pumps", "Colours"] }),
        chunkOf("d", 0, "The canteen opens at noon.", vectorOf(4, DIMENSIONS)),
      )
      const hits = await index.searchLexical("pump oils", call())
      expect(ids(hits).sort()).toEqual(["a:0", "b:0", "c:0"])
      expect(hits.at(-1)?.chunkId).toBe("c:0")
      for (const hit of hits) expect(hit).toMatchObject({ dense: null, lexical: expect.any(Number) })
    })

    test("searchLexical() gives the cosine of each hit where a vector is given", async () => {
      await store(...[1, 2].map((seed) => chunkOf("a", seed, "Parental leave", vectorOf(seed, DIMENSIONS))))
      const hits = await index.searchLexical("leave", { ...call(), vector: vectorOf(2, DIMENSIONS) })
      const dense = await index.searchDense(vectorOf(2, DIMENSIONS), call())
      expect(hits).toHaveLength(2)
      for (const hit of hits) {
        expect(hit.dense).toBeCloseTo(dense.find(({ chunkId }) => chunkId === hit.chunkId)?.dense ?? Number.NaN, 4)
      }
    })

    test.each(["", "   ", "the of and", "?!*:^\"'()[]{}~\\", "\u0000"])(
      "searchLexical(%j) gives nothing",
      async (text) => {
        await store(leave("a"))
        expect(await index.searchLexical(text, call())).toEqual([])
      },
    )

    test("searchLexical() takes query syntax and very long texts for words", async () => {
      await store(leave("a"))
      for (const text of ["leave AND (NOT parental", 'leave:"^2', "-leave +x*", `leave ${"word ".repeat(20_000)}`]) {
        expect(ids(await index.searchLexical(text, call()))).toEqual(["a:0"])
      }
    })

    test("searches give at most the limit, the same ones as before", async () => {
      await store(...[1, 2, 3, 4].map((seed) => leave(`d${seed}`)))
      expect(ids(await index.searchDense(vectorOf(1, DIMENSIONS), call({}, 2)))).toHaveLength(2)
      expect(ids(await index.searchLexical("leave", call({}, 2)))).toHaveLength(2)
      await expect(index.searchDense(vectorOf(1, DIMENSIONS), call({}, -1))).rejects.toMatchObject({
        code: "invalid-request",
      })
    })

    test("searches throw cancelled for a signal that has fired", async () => {
      const cancelled = { ...call(), signal: AbortSignal.abort() }
      await expect(index.searchDense(vectorOf(1, DIMENSIONS), cancelled)).rejects.toMatchObject({ code: "cancelled" })
      await expect(index.searchLexical("leave", cancelled)).rejects.toMatchObject({ code: "cancelled" })
    })

    test.each<[string, Partial<ReadFilter>]>([
      ["collections", { collections: [] }],
      ["classes", { aclClasses: [] }],
      ["documents", { documentIds: [] }],
      ["media types", { mediaTypes: [] }],
    ])("an empty list of %s lets nothing through", async (_, filter) => {
      await store(leave("a"))
      expect(await both(filter)).toEqual([[], []])
    })

    test.each<[string, Partial<ReadFilter>]>([
      ["collection", { collections: [asCollectionId("hr")] }],
      ["class", { collections: EVERYTHING.collections, aclClasses: ["secret"] }],
      ["document", { documentIds: [asDocumentId("wanted")] }],
      ["media type", { mediaTypes: ["application/pdf"] }],
      ["earliest time", { modifiedAfter: 2_000 }],
      ["latest time", { modifiedBefore: 1_000 }],
    ])("a filter by %s lets through what it names and nothing else", async (kind, filter) => {
      const wanted: Record<string, Partial<IndexedChunk>> = {
        collection: { collectionId: asCollectionId("hr") },
        class: { aclClass: "secret" },
        document: {},
        "media type": { mediaType: "application/pdf" },
        "earliest time": { modifiedAt: 2_000 },
        "latest time": { modifiedAt: 1_000 },
      }
      await store(leave("other", { modifiedAt: 1_500 }), leave("wanted", { modifiedAt: 1_500, ...wanted[kind] }))
      expect(await both(filter)).toEqual([["wanted:0"], ["wanted:0"]])
    })

    test("the filter applies before the search: nearer rows out of sight do not take places", async () => {
      const hidden = Array.from({ length: 50 }, (_, at) => leave(`hidden${at}`, { aclClass: "secret" }))
      await store(...hidden, chunkOf("a", 0, "On leave, once", vectorOf(9, DIMENSIONS)))
      expect(ids(await index.searchDense(vectorOf(1, DIMENSIONS), call({}, 1)))).toEqual(["a:0"])
      expect(ids(await index.searchLexical("leave", call({}, 1)))).toEqual(["a:0"])
    })

    const nasty = ["'; --", "' OR '1'='1", 'a"b', "a`b", "a\\", "a\\'b", "%_", "ключ 鍵 🔑"]
    test.each(nasty)("the id %j is a value like any other", async (id) => {
      await store(leave(id), leave("other", { collectionId: asCollectionId(id), aclClass: id, mediaType: id }))
      expect(await both({ documentIds: [asDocumentId(id)] })).toEqual([[`${id}:0`], [`${id}:0`]])
      const named = { collections: [asCollectionId(id)], aclClasses: [id], mediaTypes: [id] }
      expect(await both(named)).toEqual([["other:0"], ["other:0"]])
      await store(leave(id))
      await index.removeDocuments([asDocumentId(id)])
      expect(await rows()).toEqual(["other:0"])
    })

    test("scan() gives every row as it was written", async () => {
      const more = { headingPath: ["A", "B"], page: 3, title: "Über", aclClass: "secret", modifiedAt: 5 }
      const written = chunkOf("b", 0, "Line one\nline “two” 🙂", vectorOf(7, DIMENSIONS), more)
      await store(leave("a"), written)
      for await (const row of index.scan()) {
        if (row.documentId !== "b") continue
        expect(row).toEqual(written)
      }
      expect(await rows()).toEqual(["a:0", "b:0"])
    })

    test("erase() removes the rows of these documents alone and returns the version", async () => {
      const before = await store(leave("a"), leave("b"), leave("c"))
      const version = await index.erase([asDocumentId("a"), asDocumentId("unknown")])
      expect(version).toBeGreaterThan(before)
      expect(await index.version()).toBe(version)
      expect(await rows()).toEqual(["b:0", "c:0"])
      expect(await both({})).toEqual([
        ["b:0", "c:0"],
        ["b:0", "c:0"],
      ])
    })

    test("reset() begins again without rows, and rows can be put back", async () => {
      await store(leave("a"), leave("b"))
      await index.reset()
      expect(await rows()).toEqual([])
      expect(await both({})).toEqual([[], []])
      await store(leave("b"))
      await index.discardDamaged()
      expect(await both({})).toEqual([["b:0"], ["b:0"]])
    })

    test("searches find the same after rebuildIndexes()", async () => {
      await store(leave("a"), leave("b"))
      await index.rebuildIndexes()
      expect(await both({})).toEqual([
        ["a:0", "b:0"],
        ["a:0", "b:0"],
      ])
    })

    test("searches find the same before, during and after optimize()", async () => {
      for (let at = 0; at < 12; at++) await store(leave(`d${at}`))
      const before = await both({})
      const during = index.optimize()
      const meanwhile = await Promise.all(Array.from({ length: 20 }, () => both({})))
      await during
      for (const found of [...meanwhile, await both({})]) expect(found).toEqual(before)
    })

    test("rows outlive the index that wrote them", async () => {
      await store(leave("a"), leave("b"))
      index = await opened.reopen()
      expect(await rows()).toEqual(["a:0", "b:0"])
      expect(await both({})).toEqual([
        ["a:0", "b:0"],
        ["a:0", "b:0"],
      ])
    })
  })
}
