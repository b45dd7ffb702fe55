import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createClient } from "@libsql/client"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { sha256 } from "../src/core/hash.ts"
import type { DocumentId, Revision } from "../src/core/types.ts"
import { checkDataFolder, compare, type LedgerEntry } from "./support/checker.ts"
import { asCollectionId, chunkOf, vectorOf } from "./support/chunks.ts"
import { createFakeEmbedder, type FakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase, type TestBase } from "./support/knowledge-base.ts"

const put = (path: string, text: string): LedgerEntry => ({
  ...{ op: "put", collection: "default", path, sha256: sha256(text), acknowledged: true },
})

describe("compare() of a ledger with a catalogue", () => {
  const catalogue = new Map([["default\0a", sha256("1")]])
  test("finds what is missing, changed or back", () => {
    expect(compare(catalogue, [put("a", "1")])).toEqual([])
    expect(compare(catalogue, [put("b", "1")])).toMatchObject([{ invariant: "V1" }])
    expect(compare(catalogue, [put("a", "1"), put("a", "2")])).toMatchObject([{ invariant: "V1" }])
    const gone: LedgerEntry = { op: "delete", collection: "default", path: "a", acknowledged: true }
    expect(compare(catalogue, [put("a", "1"), gone])).toMatchObject([{ invariant: "V1" }])
    expect(compare(catalogue, [put("a", "1"), gone], new Set(["a"]))).toEqual([])
  })

  test("follows moves", () => {
    const moved = { op: "move", collection: "default", from: "b", path: "a", sha256: sha256("1"), acknowledged: true }
    expect(compare(catalogue, [put("b", "1"), moved as LedgerEntry])).toEqual([])
  })
})

describe("KnowledgeBase.doctor() finds and mends", () => {
  let base: TestBase
  let data: string
  let embedder: FakeEmbedder
  let id: DocumentId
  const models = () => ({ embedder, reader: createFakeReader(), dispose: async () => undefined })
  const texts = ["The pump needs oil.", "Parental leave is long."]

  let indexed: string
  beforeAll(async () => {
    indexed = mkdtempSync(join(tmpdir(), "ibid-doctor-"))
    mkdirSync(join(indexed, "docs"))
    for (const [number, text] of texts.entries()) writeFileSync(join(indexed, "docs", `${number}.txt`), text)
    embedder = createFakeEmbedder()
    base = await openTestBase(join(indexed, "data"), models())
    await base.ingest(join(indexed, "docs"))
    await base.kb.dispose()
  })
  afterAll(() => rmSync(indexed, { recursive: true, force: true }))
  beforeEach(async () => {
    data = join(temporaryFolder(), "data")
    cpSync(join(indexed, "data"), data, { recursive: true })
    base = await openTestBase(data, models())
    const [first] = (await base.kb.listDocuments({ principal: ADMIN })).data
    if (first === undefined) throw new RangeError("A document is there")
    id = first.id
  })
  afterEach(() => base.kb.dispose())

  async function expectMended(invariants: readonly string[]): Promise<void> {
    const { violations } = await base.kb.doctor({ repair: false })
    expect([...new Set(violations.map(({ invariant }) => invariant))].sort()).toEqual([...invariants].sort())
    expect((await base.kb.doctor({ repair: true })).violations).toEqual([])
    expect(await base.kb.doctor({ repair: false })).toMatchObject({ violations: [], documents: texts.length })
  }
  async function sql(statement: string): Promise<void> {
    const client = createClient({ url: `file:${join(data, "ibid.sqlite")}`, timeout: 1_000 })
    await client.execute(statement)
    client.close()
  }
  const rowOf = async (documentId: DocumentId) => {
    for await (const row of base.parts.index.scan()) if (row.documentId === documentId) return row
    throw new RangeError("The document has a row")
  }

  test("a sound folder has no violation, and agrees with a ledger", async () => {
    await expectMended([])
    await base.kb.dispose()
    const ledger = texts.map((text, number) => put(`${number}.txt`, text))
    expect(await checkDataFolder(data, models(), ledger)).toMatchObject({ violations: [], documents: 2 })
    const { violations } = await checkDataFolder(data, models(), [...ledger, put("lost.txt", "x")])
    expect(violations).toMatchObject([{ invariant: "V1", message: expect.stringContaining("lost.txt") }])
    base = await openTestBase(data, models())
  })

  test("V1: a document that waits without a job", async () => {
    await sql(`UPDATE documents SET state = 'queued' WHERE id = '${id}'`)
    await expectMended(["V1"])
  })

  test("V2: rows missing from the index, put back without embedding", async () => {
    const before = embedder.embedded
    await base.parts.index.removeDocuments([id])
    await expectMended(["V2"])
    expect(embedder.embedded).toBe(before)
  })

  test("V3: rows of a document that SQL does not know", async () => {
    const chunk = chunkOf("ghost", 0, "A ghost", vectorOf(1, embedder.dimensions))
    await base.parts.index.replaceDocuments([{ id: chunk.documentId, chunks: [chunk] }])
    await expectMended(["V3"])
    expect(await base.parts.index.countRows()).toBe(texts.length)
  })

  test("V4, V5 and V7: a row with another text, vector or access class", async () => {
    const row = await rowOf(id)
    const changes = [
      [{ text: "Another text" }, ["V4"]],
      [{ title: "Another title" }, ["V4"]],
      [{ lexicalText: "Other words" }, ["V4"]],
      [{ vector: vectorOf(9, embedder.dimensions) }, ["V5"]],
      [{ aclClass: "secret" }, ["V7"]],
      [{ collectionId: asCollectionId("hr") }, ["V7"]],
      [{ revision: "old" as Revision }, ["V2", "V3"]],
    ] as const
    for (const [change, invariants] of changes) {
      await base.parts.index.replaceDocuments([{ id, chunks: [{ ...row, ...change }] }])
      await expectMended(invariants)
    }
  })

  test("V11: temporary files and files that no document needs, from before this process", async () => {
    const [temporary, unneeded] = [
      `${base.parts.texts.pathOf("ab".repeat(32))}.1.tmp`,
      base.parts.originals.pathOf(sha256("x")),
    ]
    for (const file of [temporary, unneeded]) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, "x")
      utimesSync(file, 1_000, 1_000)
    }
    await expectMended(["V11"])
  })

  test("V12: a gap in the audit, which nothing mends", async () => {
    await sql("DELETE FROM audit WHERE sequence = 2")
    for (const repair of [false, true]) {
      expect((await base.kb.doctor({ repair })).violations).toMatchObject([{ invariant: "V12" }])
    }
  })
})
