import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createClient } from "@libsql/client"
import { expect, onTestFinished, test } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import type { ChunkId, CollectionId, DocumentId, Revision } from "../src/core/types.ts"
import { checkDatabase } from "../src/db/check.ts"
import { addTermCounts, countTerms, findHitChunks, publishRevisions, writeRevisions } from "../src/db/chunks.ts"
import { type Database, openDatabase } from "../src/db/client.ts"
import { DEFAULT_COLLECTION, listCollections, toCollectionId } from "../src/db/collections.ts"
import { findDocumentAt, findRevisions, findSummary, listDocuments } from "../src/db/documents.ts"
import { findEmbeddings, findSentenceVectors, writeEmbeddings } from "../src/db/embeddings.ts"
import { failJob, findJobRows, getJob, listJobs, listUnfinished } from "../src/db/jobs.ts"
import { countKeys, createKey, findPrincipal } from "../src/db/keys.ts"
import { lockDataFolder } from "../src/db/lock.ts"
import { markRemoved } from "../src/db/removals.ts"
import { acceptContent } from "./support/accept-content.ts"
import { temporaryFolder } from "./support/folder.ts"

async function open(folder = temporaryFolder()): Promise<Database> {
  const database = await openDatabase(folder)
  onTestFinished(() => database.dispose())
  return database
}

const content = (path: string, revision = "r1") => ({
  collectionId: DEFAULT_COLLECTION,
  root: "/docs",
  path,
  revision: revision as Revision,
  mediaType: "text/plain",
  sizeBytes: 3,
  modifiedAt: 1_000,
  title: null,
  fileStamp: null,
  parentId: null,
})

/** Accepts a document and makes it searchable with one chunk of the given text hash. */
async function index(database: Database, path: string, revision = "r1", textHash = "t1"): Promise<DocumentId> {
  const { documentId } = await acceptContent(database, content(path, revision))
  await database.write(async (transaction) => {
    await writeRevisions(transaction, [
      {
        revision: {
          ...{ documentId, revision, textHash, title: path, pages: null },
          ...{ pageRanges: [], chunkCount: 1, warnings: [] },
        },
        chunks: [
          {
            ...{ documentId, revision, ordinal: 0, start: 0, end: 3, page: null },
            ...{ headingPath: ["A"], textHash: "c1", embeddingKey: `k-${revision}` },
          },
        ],
      },
    ])
    await writeEmbeddings(
      transaction,
      new Map([[`k-${revision}`, { vector: new Float32Array([1, 0]), sentences: null }]]),
    )
    await publishRevisions(transaction, [{ documentId, revision: revision as Revision }], {
      name: "g",
      indexVersion: 1,
    })
  })
  return documentId
}

const hit = (documentId: DocumentId, revision: string, ordinal = 0) => ({
  chunkId: `${documentId}:${ordinal}` as ChunkId,
  documentId,
  revision: revision as Revision,
  ordinal,
})

test("openDatabase() refuses a folder that a newer version has written", async () => {
  const folder = temporaryFolder()
  await (await openDatabase(folder)).dispose()
  const client = createClient({ url: `file:${join(folder, "ibid.sqlite")}` })
  await client.execute("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 99999999999999)")
  client.close()
  await expect(openDatabase(folder)).rejects.toMatchObject({ code: "data-folder-newer" })
})

test("openDatabase() refuses a file that is no database, and leaves it as it is", async () => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, "ibid.sqlite"),
    "this is not a database, it is a note of some length for the header".repeat(20),
  )
  await expect(openDatabase(folder)).rejects.toMatchObject({ code: "data-folder-damaged" })
})

test("openDatabase() keeps what was written before", async () => {
  const folder = temporaryFolder()
  const first = await openDatabase(folder)
  await acceptContent(first, content("a.txt"))
  await first.dispose()
  const second = await open(folder)
  const unfinished = await findJobRows(second.read, await listUnfinished(second.read))
  expect(unfinished.map((row) => row.path)).toEqual(["a.txt"])
})

test("Database.write() runs parallel writes one after the other", async () => {
  const database = await open()
  await Promise.all(Array.from({ length: 20 }, (_, number) => acceptContent(database, content(`${number}.txt`))))
  expect(await listUnfinished(database.read)).toHaveLength(20)
})

test("Database.write() takes everything back when the work throws", async () => {
  const database = await open()
  const failing = database.write(async (transaction) => {
    await addTermCounts(transaction, "default", new Map([["pump", 1]]))
    throw new RangeError("stop")
  })
  await expect(failing).rejects.toThrow("stop")
  expect((await countTerms(database.read, [DEFAULT_COLLECTION], ["pump"])).byTerm.size).toBe(0)
})

test("checkDatabase() finds nothing wrong with a sound database", async () => {
  expect(await checkDatabase(await open())).toEqual([])
})

test("lockDataFolder() lets one process in and the next after its release", async () => {
  const folder = temporaryFolder()
  const lock = await lockDataFolder(folder)
  await expect(lockDataFolder(folder)).rejects.toMatchObject({ code: "data-folder-in-use" })
  lock.release()
  const again = await lockDataFolder(folder)
  again.release()
})

test("acceptContent() gives a document an identity by collection, source and path alone", async () => {
  const database = await open()
  const place = content("a.txt")
  const { documentId } = await acceptContent(database, place)
  expect((await acceptContent(database, content("a.txt", "r2"))).documentId).toBe(documentId)
  for (const other of [
    content("b.txt"),
    { ...place, root: "/other" },
    { ...place, collectionId: "hr" as CollectionId },
  ]) {
    expect((await acceptContent(database, other)).documentId).not.toBe(documentId)
  }
  expect((await findDocumentAt(database.read, place))?.id).toBe(documentId)
})

test("acceptContent() makes collection, document and a queued job together", async () => {
  const database = await open()
  const { documentId, jobId } = await acceptContent(database, content("a.txt"))
  expect(await listCollections(database.read)).toEqual([DEFAULT_COLLECTION])
  expect(await findSummary(database.read, documentId)).toMatchObject({ path: "a.txt", state: "queued", chunks: 0 })
  expect(await getJob(database.read, jobId, [DEFAULT_COLLECTION])).toMatchObject({ state: "queued", attempts: 0 })
})

test("acceptContent() of newer bytes ends the job that still waits", async () => {
  const database = await open()
  const first = await acceptContent(database, content("a.txt", "r1"))
  await acceptContent(database, content("a.txt", "r2"))
  expect(await getJob(database.read, first.jobId, [DEFAULT_COLLECTION])).toMatchObject({
    state: "failed",
    code: "conflict",
  })
  const unfinished = await findJobRows(database.read, await listUnfinished(database.read))
  expect(unfinished.map((row) => row.revision)).toEqual(["r2"])
})

test("failJob() keeps code and sentence with job and document, and the former revision stays searchable", async () => {
  const database = await open()
  const id = await index(database, "a.txt", "r1")
  const { jobId } = await acceptContent(database, content("a.txt", "r2"))
  const [row] = await findJobRows(database.read, [jobId])
  if (row === undefined) throw new Error("the job is there")
  await failJob(database, row, new IbidError("encrypted", 'Cannot parse "a.txt": the file is encrypted'))
  expect(await findSummary(database.read, id)).toMatchObject({ state: "failed", code: "encrypted" })
  expect((await findRevisions(database.read, [id])).get(id)).toMatchObject({
    revision: "r1",
    changedSinceIndexed: true,
  })
})

test("publishRevisions() makes the new revision the only one and forgets vectors that nobody needs", async () => {
  const database = await open()
  const id = await index(database, "a.txt", "r1")
  await index(database, "a.txt", "r2", "t2")
  expect((await findRevisions(database.read, [id])).get(id)).toMatchObject({ revision: "r2", textHash: "t2" })
  expect([...(await findEmbeddings(database.read, ["k-r1", "k-r2"])).keys()]).toEqual(["k-r2"])
})

test("findEmbeddings() gives back the same numbers", async () => {
  const database = await open()
  const vector = Float32Array.from({ length: 384 }, (_, position) => Math.sin(position))
  const sentences = new Int8Array([127, -3, 0, 5])
  const vectors = new Map([
    ["k", { vector, sentences }],
    ["without", { vector, sentences: null }],
  ])
  await database.write((transaction) => writeEmbeddings(transaction, vectors))
  expect((await findEmbeddings(database.read, ["k"])).get("k")).toEqual(vector)
  expect(await findSentenceVectors(database.read, ["k", "without"])).toEqual(new Map([["k", sentences]]))
})

test("findHitChunks() knows a chunk of the searchable revision and none of a former one", async () => {
  const database = await open()
  const id = await index(database, "a.txt", "r2")
  const found = await findHitChunks(database.read, [hit(id, "r2"), hit(id, "r2", 7)])
  expect([...found.keys()]).toEqual([`${id}:0`])
  expect(found.get(`${id}:0`)).toMatchObject({ path: "a.txt", headingPath: ["A"], textHash: "c1" })
  expect((await findHitChunks(database.read, [hit(id, "r1")])).size).toBe(0)
})

test("markRemoved() hides the document from every query at once", async () => {
  const database = await open()
  const id = await index(database, "a.txt")
  await markRemoved(database, id)
  expect((await findHitChunks(database.read, [hit(id, "r1")])).size).toBe(0)
  expect((await findRevisions(database.read, [id])).size).toBe(0)
  expect(await listDocuments(database.read, { collections: [DEFAULT_COLLECTION], limit: 10 })).toEqual([])
  await expect(markRemoved(database, id)).rejects.toMatchObject({ code: "document-not-found" })
})

test("acceptContent() after a removal does not bring the removed content back", async () => {
  const database = await open()
  const id = await index(database, "a.txt", "r1")
  await markRemoved(database, id)
  await acceptContent(database, content("a.txt", "r2"))
  expect((await findHitChunks(database.read, [hit(id, "r1")])).size).toBe(0)
})

test("listDocuments() pages by id without gap or repeat", async () => {
  const database = await open()
  for (const name of ["a", "b", "c", "d", "e"]) await index(database, `${name}.txt`, name)
  const query = { collections: [DEFAULT_COLLECTION], limit: 2 }
  const seen: string[] = []
  let after: string | undefined
  for (;;) {
    const part = await listDocuments(database.read, { ...query, ...(after === undefined ? {} : { after }) })
    if (part.length === 0) break
    seen.push(...part.map((document) => document.path))
    after = part.at(-1)?.id
  }
  expect(seen.sort()).toEqual(["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"])
})

test("listDocuments() and listJobs() show nothing of collections that are not named", async () => {
  const database = await open()
  await index(database, "a.txt")
  const none = { collections: [], limit: 10 }
  expect(await listDocuments(database.read, none)).toEqual([])
  expect(await listJobs(database.read, none)).toEqual([])
  expect(await listJobs(database.read, { collections: ["hr" as CollectionId], limit: 10 })).toEqual([])
})

test("listJobs() pages newest first", async () => {
  const database = await open()
  for (const name of ["a", "b", "c"]) await acceptContent(database, content(`${name}.txt`))
  const query = { collections: [DEFAULT_COLLECTION], limit: 2 }
  const first = await listJobs(database.read, query)
  const last = first.at(-1)
  if (last === undefined) throw new Error("there are jobs")
  const second = await listJobs(database.read, { ...query, after: last.id })
  expect(new Set([...first, ...second].map((job) => job.path))).toEqual(new Set(["a.txt", "b.txt", "c.txt"]))
})

test("countTerms() adds, subtracts and forgets", async () => {
  const database = await open()
  await index(database, "a.txt")
  await database.write((transaction) =>
    addTermCounts(
      transaction,
      "default",
      new Map([
        ["pump", 2],
        ["oil", 1],
      ]),
    ),
  )
  await database.write((transaction) =>
    addTermCounts(
      transaction,
      "default",
      new Map([
        ["pump", -1],
        ["oil", -1],
      ]),
    ),
  )
  const { byTerm, chunks } = await countTerms(database.read, [DEFAULT_COLLECTION], ["pump", "oil", "none"])
  expect([...byTerm]).toEqual([["pump", 1]])
  expect(chunks).toBe(1)
})

test("createKey() stores no key that could be read back, and findPrincipal() knows it", async () => {
  const folder = temporaryFolder()
  const database = await open(folder)
  const secret = await createKey(database, { name: "bot", role: "reader", collections: [DEFAULT_COLLECTION] })
  expect(secret).toMatch(/^ibid_[\w-]{43}$/)
  expect(await findPrincipal(database.read, secret)).toMatchObject({ role: "reader", collections: ["default"] })
  expect(await findPrincipal(database.read, `${secret}x`)).toBeUndefined()
  expect(await countKeys(database.read)).toBe(1)
  const client = createClient({ url: `file:${join(folder, "ibid.sqlite")}` })
  expect(JSON.stringify((await client.execute("SELECT * FROM keys")).rows)).not.toContain(secret)
  client.close()
})

test("toCollectionId() refuses names that could be mistaken for something else", () => {
  expect(toCollectionId("hr-2026")).toBe("hr-2026")
  for (const name of ["", "a b", "../x", "'; --", ".hidden", "x".repeat(65)]) {
    expect(() => toCollectionId(name)).toThrow(IbidError)
  }
})
