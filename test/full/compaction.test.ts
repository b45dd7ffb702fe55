import { expect, onTestFinished, test } from "vitest"
import { createLanceIndex } from "../../src/engine/lance-index.ts"
import { asDocumentId, chunkOf, EVERYTHING, vectorOf } from "../support/chunks.ts"
import { temporaryFolder } from "../support/folder.ts"

const DIMENSIONS = 32
const CHUNKS = 10

async function open() {
  const index = await createLanceIndex({
    ...{ folder: temporaryFolder(), generation: "test", dimensions: DIMENSIONS },
    log: () => undefined,
  })
  onTestFinished(() => index.dispose())
  return index
}

const documentOf = (number: number) => ({
  id: asDocumentId(`d${number}`),
  chunks: Array.from({ length: CHUNKS }, (_, at) =>
    chunkOf(`d${number}`, at, `Word${number} and leave`, vectorOf(number * CHUNKS + at, DIMENSIONS)),
  ),
})

test("RC3: 8 clients that replace 5 documents 50 times each leave every row once", { timeout: 300_000 }, async () => {
  const index = await open()
  const client = async (number: number): Promise<void> => {
    for (let round = 0; round < 50; round++) await index.replaceDocuments([documentOf((number + round) % 5)])
  }
  await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)))
  const ids: string[] = []
  for await (const { id } of index.scan()) ids.push(id)
  expect(ids).toHaveLength(5 * CHUNKS)
  expect(new Set(ids).size).toBe(ids.length)
})

test("RC4: searches during 100 rounds of optimize() never fail", { timeout: 300_000 }, async () => {
  const index = await open()
  await index.replaceDocuments(Array.from({ length: 20 }, (_, number) => documentOf(number)))
  let isOptimizing = true
  const optimizing = (async () => {
    for (let round = 0; round < 100; round++) {
      await index.replaceDocuments([documentOf(round % 20)])
      await index.optimize()
    }
    isOptimizing = false
  })()
  let searches = 0
  while (isOptimizing) {
    const query = { filter: EVERYTHING, limit: 500 }
    expect(await index.searchLexical("leave", query)).toHaveLength(20 * CHUNKS)
    expect(await index.searchDense(vectorOf(1, DIMENSIONS), query)).toHaveLength(20 * CHUNKS)
    searches++
  }
  await optimizing
  expect(searches).toBeGreaterThan(100)
})
