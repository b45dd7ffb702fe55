import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { connect, type Table } from "@lancedb/lancedb"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import type { ChunkIndex } from "../src/core/ports.ts"
import { isOneOf, toSql } from "../src/engine/lance-filter.ts"
import { createLanceIndex } from "../src/engine/lance-index.ts"
import { createMaintenance } from "../src/engine/lance-maintenance.ts"
import type { OpenedTable } from "../src/engine/lance-table.ts"
import { asDocumentId, chunkOf, EVERYTHING, vectorOf } from "./support/chunks.ts"
import { temporaryFolder } from "./support/folder.ts"

const DIMENSIONS = 32
const CHUNKS_A_DOCUMENT = 10

async function open(folder = temporaryFolder(), generation = "test") {
  const index = await createLanceIndex({
    ...{ folder, generation, dimensions: DIMENSIONS },
    log: () => undefined,
  })
  onTestFinished(() => index.dispose())
  const table = async (): Promise<Table> => await (await connect(folder)).openTable(generation)
  return { index, folder, table }
}

const documentOf = (number: number) => ({
  id: asDocumentId(`d${number}`),
  chunks: Array.from({ length: CHUNKS_A_DOCUMENT }, (_, at) =>
    chunkOf(`d${number}`, at, `Word${number} and leave`, vectorOf(number * CHUNKS_A_DOCUMENT + at, DIMENSIONS)),
  ),
})
const documents = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => documentOf(from + at))

describe("toSql()", () => {
  test("doubles quotes and leaves the rest of a value as it is", () => {
    expect(isOneOf("document_id", ["a'; --", "b\\", 'c"'])).toBe(`document_id IN ('a''; --', 'b\\', 'c"')`)
  })

  test("always names collections and classes", () => {
    expect(toSql(EVERYTHING)).toBe("collection_id IN ('default') AND acl_class IN ('public')")
  })

  test("refuses a condition without values and a time that is no number", () => {
    expect(() => isOneOf("document_id", [])).toThrow(RangeError)
    expect(() => toSql({ ...EVERYTHING, modifiedAfter: Number.NaN })).toThrow(RangeError)
  })
})

describe("createLanceIndex()", () => {
  test.each(["", "a/b", "../x", "a b", "ä"])("refuses the generation %j", async (generation) => {
    await expect(open(temporaryFolder(), generation)).rejects.toThrow(RangeError)
  })

  test("refuses a chunk under another document's name, a chunk twice and a document twice", async () => {
    const { index } = await open()
    const [a, b] = documents(0, 2)
    if (a === undefined || b === undefined) throw new RangeError("Two documents are needed")
    await expect(index.replaceDocuments([{ id: a.id, chunks: b.chunks }])).rejects.toThrow(RangeError)
    await expect(index.replaceDocuments([{ id: a.id, chunks: [...a.chunks, ...a.chunks] }])).rejects.toThrow(RangeError)
    await expect(index.replaceDocuments([a, a])).rejects.toThrow(RangeError)
    expect(await index.countRows()).toBe(0)
  })

  test("replaceDocuments() of many documents is one commit", async () => {
    const { index } = await open()
    const before = await index.version()
    expect(await index.replaceDocuments(documents(0, 20))).toBe(before + 1)
    expect(await index.replaceDocuments(documents(5, 30))).toBe(before + 2)
  })

  test("calls at the same time lose and duplicate nothing", async () => {
    const { index } = await open()
    const all = documents(0, 8)
    await Promise.all([...all, ...all].map((document) => index.replaceDocuments([document])))
    expect(await index.countRows()).toBe(80)
  })

  test("new rows are folded into the full-text index when there are many and somebody searches", async () => {
    const { index, table } = await open()
    await index.replaceDocuments(documents(0, 60))
    await index.replaceDocuments(documents(60, 120))
    expect(await (await table()).indexStats("lexical_text_idx")).toMatchObject({ numUnindexedRows: 1_200 })
    await index.searchLexical("leave", { filter: EVERYTHING, limit: 1 })
    await index.replaceDocuments(documents(120, 121))
    expect(await (await table()).indexStats("lexical_text_idx")).toMatchObject({ numUnindexedRows: 0 })
  })

  test("searchDense() through the vector index finds what an exact search finds", async () => {
    const { index, table } = await open()
    await index.replaceDocuments(documents(0, 250))
    await index.optimize()
    expect(await (await table()).indexStats("vector_idx")).toMatchObject({
      indexType: "IVF_FLAT",
      numIndexedRows: 2_500,
    })
    for (const seed of [7, 1_234, 2_499]) {
      const vector = vectorOf(seed, DIMENSIONS)
      const found = await index.searchDense(vector, { filter: EVERYTHING, limit: 20 })
      expect(found.map(({ chunkId }) => chunkId)).toEqual(await exact(index, vector, 20))
    }
  })

  test("searchDense() through the vector index finds every row that a narrow filter leaves", async () => {
    const { index } = await open()
    await index.replaceDocuments(documents(0, 250))
    await index.optimize()
    await index.replaceDocuments(documents(250, 252))
    for (const number of [0, 249, 251]) {
      const filter = { ...EVERYTHING, documentIds: [asDocumentId(`d${number}`)] }
      expect(await index.searchDense(vectorOf(3, DIMENSIONS), { filter, limit: 50 })).toHaveLength(CHUNKS_A_DOCUMENT)
    }
  })

  test("optimize() removes the files of old versions", async () => {
    const { index, folder } = await open()
    for (let at = 0; at < 15; at++) await index.replaceDocuments([documentOf(at % 3)])
    const files = () => readdirSync(join(folder, "test.lance", "data")).length
    const before = files()
    await index.optimize()
    expect(files()).toBeLessThan(before)
    expect((await index.searchLexical("leave", { filter: EVERYTHING, limit: 100 })).length).toBe(30)
  })

  test("8 clients that replace the same 5 documents leave each row once", async () => {
    const { index } = await open()
    const client = async (number: number): Promise<void> => {
      for (let round = 0; round < 6; round++) await index.replaceDocuments([documentOf((number + round) % 5)])
    }
    await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)))
    const ids: string[] = []
    for await (const { id } of index.scan()) ids.push(id)
    expect(ids).toHaveLength(5 * CHUNKS_A_DOCUMENT)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test("searches during 10 rounds of optimize() never fail", async () => {
    const { index } = await open()
    await index.replaceDocuments(documents(0, 10))
    let isOptimizing = true
    const optimizing = (async () => {
      for (let round = 0; round < 10; round++) {
        await index.replaceDocuments([documentOf(round)])
        await index.optimize()
      }
      isOptimizing = false
    })()
    let searches = 0
    while (isOptimizing) {
      expect(await index.searchLexical("leave", { filter: EVERYTHING, limit: 200 })).toHaveLength(100)
      expect(await index.searchDense(vectorOf(1, DIMENSIONS), { filter: EVERYTHING, limit: 200 })).toHaveLength(100)
      searches++
    }
    await optimizing
    expect(searches).toBeGreaterThan(0)
  })

  test("searchLexical() of a damaged full-text index says so, and answers when it has been made anew", async () => {
    const { index, folder } = await open()
    await index.replaceDocuments(documents(0, 10))
    await index.optimize()
    await index.dispose()
    const reopened = await open(folder)
    for (const path of filesBelow(folder)) if (/part_\d+_/.test(path)) rmSync(path)
    const query = { filter: EVERYTHING, limit: 200 }
    await expect(reopened.index.searchLexical("leave", query)).rejects.toMatchObject({ code: "data-folder-damaged" })
    expect(await reopened.index.searchDense(vectorOf(1, DIMENSIONS), query)).toHaveLength(100)
    await reopened.index.optimize() // waits behind the work that the search has begun
    expect(await reopened.index.searchLexical("leave", query)).toHaveLength(100)
  })

  test("erase() leaves the bytes of a document and of its former rows in no file", async () => {
    const { index, folder } = await open()
    await index.replaceDocuments(documents(0, 40))
    await index.replaceDocuments([
      { id: asDocumentId("d7"), chunks: [chunkOf("d7", 0, "Zeppelin", vectorOf(7_777, DIMENSIONS))] },
    ])
    const vectors = [7_777, ...Array.from({ length: CHUNKS_A_DOCUMENT }, (_, at) => 70 + at)].map((seed) =>
      Buffer.from(vectorOf(seed, DIMENSIONS).buffer).subarray(0, 32),
    )
    const holders = () =>
      filesBelow(folder).filter((path) => vectors.some((vector) => readFileSync(path).includes(vector)))
    expect(holders().length).toBeGreaterThan(0)
    await index.erase([asDocumentId("d7")])
    expect(holders()).toEqual([])
    expect(await index.countRows()).toBe(390)
    expect(await index.searchLexical("leave", { filter: EVERYTHING, limit: 500 })).toHaveLength(390)
  })

  test("a commit that was not sealed is taken back when the index is opened", async () => {
    const { index, folder } = await open()
    await index.replaceDocuments(documents(0, 2))
    const sealed = readFileSync(join(folder, "test.seal"))
    await index.replaceDocuments(documents(2, 3))
    await index.dispose()
    writeFileSync(join(folder, "test.seal"), sealed)
    const reopened = await open(folder)
    expect(await reopened.index.countRows()).toBe(2 * CHUNKS_A_DOCUMENT)
    await reopened.index.replaceDocuments(documents(2, 3))
    expect(await reopened.index.countRows()).toBe(3 * CHUNKS_A_DOCUMENT)
  })

  test("scan() gives every row while optimize() runs beside it", async () => {
    const { index } = await open()
    for (let at = 0; at < 10; at++) await index.replaceDocuments([documentOf(at)])
    const rows = index.scan()[Symbol.asyncIterator]()
    await rows.next()
    const optimizing = index.optimize()
    let count = 1
    while ((await rows.next()).done !== true) count++
    await optimizing
    expect(count).toBe(100)
  })

  test("searches beside writes and optimize() see each document whole", async () => {
    const { index } = await open()
    await index.replaceDocuments(documents(0, 30))
    let isWriting = true
    const writing = (async () => {
      for (let round = 0; round < 8; round++) {
        await index.replaceDocuments(documents(0, 30))
        if (round % 3 === 2) await index.optimize()
      }
      isWriting = false
    })()
    while (isWriting) {
      const filter = { ...EVERYTHING, documentIds: [asDocumentId("d7")] }
      expect(await index.searchLexical("leave", { filter, limit: 100 })).toHaveLength(CHUNKS_A_DOCUMENT)
      expect(await index.searchDense(vectorOf(1, DIMENSIONS), { filter, limit: 100 })).toHaveLength(CHUNKS_A_DOCUMENT)
    }
    await writing
  })
})

describe("createMaintenance()", () => {
  test("run() removes old versions only when the reads that had begun have ended", async () => {
    const steps: string[] = []
    // The second fold compacts what the first has indexed, and the third finds nothing to do.
    const table = {
      optimize: async (options?: object) => void steps.push(options === undefined ? "fold" : "remove old versions"),
      version: async () => Math.min(steps.length, 2),
      countRows: async () => 10,
      indexStats: async () => undefined,
    }
    const seal = { expectRemovals: async () => undefined }
    const maintenance = await createMaintenance({ table, seal } as unknown as OpenedTable, () => undefined)
    const end = maintenance.beginRead()
    const running = maintenance.run()
    await vi.waitFor(() => expect(steps).toEqual(["fold", "fold", "fold"]))
    await new Promise((resolve) => setImmediate(resolve))
    steps.push("read ended")
    end()
    await running
    expect(steps).toEqual(["fold", "fold", "fold", "read ended", "remove old versions"])
  })
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The nearest by the vectors themselves, which have unit norm. */
async function exact(index: ChunkIndex, vector: Float32Array, limit: number): Promise<string[]> {
  const scored: { id: string; score: number }[] = []
  for await (const row of index.scan()) {
    scored.push({ id: row.id, score: row.vector.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0) })
  }
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ id }) => id)
}
