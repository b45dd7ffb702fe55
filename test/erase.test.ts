import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { expect, test } from "vitest"
import { takeProbes } from "../src/app/erase-probes.ts"
import { sha256 } from "../src/core/hash.ts"
import { packageRoot } from "../src/core/package-root.ts"
import type { PassageVectors } from "../src/core/ports.ts"
import type { DocumentId } from "../src/core/types.ts"
import { createFakeEmbedder, type FakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase, type TestBase } from "./support/knowledge-base.ts"

const OTHERS = 200
const CANARY = "zeppelinquartzvulture"
const call = { principal: ADMIN }
/** Vectors as a model has them: no bytes alike, and others for each text; those of sentences by their words alone. */
function createDenseEmbedder(): FakeEmbedder {
  const fake = createFakeEmbedder()
  return {
    ...fake,
    async embedPassages(passages, options) {
      const vectors = await fake.embedPassages(passages, options)
      return passages.map(({ text, sentences }, position) => ({
        vector: vectors[position]?.vector.map((value, place) => value + 1e-6 * (bytesOf(text)[place] ?? 0)),
        sentences: new Int8Array(Buffer.concat(sentences.map(({ start, end }) => bytesOf(text.slice(start, end))))),
      })) as PassageVectors[]
    },
  }
}

function bytesOf(text: string): Buffer {
  return Buffer.from(sha256(text), "hex")
}

const models = () => ({ embedder: createDenseEmbedder(), reader: createFakeReader(), dispose: async () => undefined })

/** A base of documents and one that is to be erased, which was changed once. */
async function filled(others = OTHERS): Promise<{ base: TestBase; data: string; docs: string; id: DocumentId }> {
  const folder = temporaryFolder()
  const [docs, data] = [join(folder, "docs"), join(folder, "data")]
  mkdirSync(docs)
  for (let number = 0; number < others; number++) {
    writeFileSync(
      join(docs, `note-${number}.md`),
      `# Note ${number}\n\nThe pump number ${number} needs oil on day ${number}.\n`,
    )
  }
  writeFileSync(join(docs, "secret.md"), `# Secret\n\nThe first word was ${CANARY}, said the pump keeper of old.\n`)
  const base = await openTestBase(data, models())
  await base.ingest(docs)
  writeFileSync(
    join(docs, "secret.md"),
    `# Secret\n\nThe word of the keeper is ${CANARY}, which nobody else may ever know.\n`,
  )
  await base.ingest(join(docs, "secret.md"))
  const { passages } = await base.kb.search({ question: CANARY }, call)
  const id = passages.find(({ path }) => path === "secret.md")?.documentId
  if (id === undefined) throw new RangeError("The document is there")
  return { base, data, docs, id }
}

/** Names of files below a folder that hold one of the byte sequences. */
function filesWith(folder: string, needles: readonly Buffer[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => needles.some((needle) => readFileSync(path).includes(needle)))
}

const encodings = (text: string) => [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")]

test("KnowledgeBase.eraseDocument() leaves the word and the vector of a document among 200 in no file", async () => {
  const { base, data, docs, id } = await filled()
  try {
    const vectors: Buffer[] = []
    for await (const row of base.parts.index.scan()) {
      if (row.documentId === id) vectors.push(Buffer.from(row.vector.buffer).subarray(0, 64))
    }
    const probes = await takeProbes([id], { ...base.parts, folder: data })
    const sentences = Object.values(probes.sentences ?? {}).flat()
    const sentenceBytes = sentences.map((piece) => Buffer.from(piece, "base64"))
    expect(filesWith(data, sentenceBytes).length, "vectors of sentences are there before").toBeGreaterThan(0)
    const needles = [...encodings(CANARY), ...vectors, ...sentenceBytes]
    expect(filesWith(data, needles).length, "it is there before").toBeGreaterThan(0)
    const erasureId = await base.kb.eraseDocument(id, call)
    const hits = await base.kb.search({ question: CANARY }, call)
    expect(hits.passages.map(({ documentId }) => documentId)).not.toContain(id)

    await base.kb.doctor({ repair: false }) // alone with the index: the erasure is done when it begins
    expect(filesWith(data, needles)).toEqual([])
    const [erasure] = (await base.kb.listErasures({ ...call, id })).data
    expect(erasure).toMatchObject({ id: erasureId, documentId: id, finishedAt: expect.any(String) })
    expect(erasure?.receipt).toMatchObject({
      documentIds: [id],
      removed: { indexRows: 1, vectors: 1, files: 2 },
      kept: { documents: 0, files: 0, vectors: 0 },
      proof: { found: 0 },
    })
    expect(erasure?.receipt?.proof.pieces).toBeGreaterThan(0)

    expect(await base.kb.doctor({ repair: false })).toMatchObject({ violations: [], documents: OTHERS })
    const found = await base.kb.search({ question: "pump number 77" }, call)
    expect(found.passages.map(({ path }) => path)).toContain("note-77.md")
    await base.ingest(docs)
    expect(await base.kb.doctor({ repair: false })).toMatchObject({ violations: [], documents: OTHERS + 1 })
  } finally {
    await base.kb.dispose()
  }
})

/** Opens a base with one armed crash point, asks for the erasure where an id is given, and works until it is killed. */
const ERASER = `
import { armCrashPoint } from "ROOT/src/core/crash-point.ts"
import { createFakeEmbedder } from "ROOT/test/support/fake-embedder.ts"
import { createFakeReader } from "ROOT/test/support/fake-reader.ts"
import { ADMIN, openTestBase } from "ROOT/test/support/knowledge-base.ts"
const [data, id, point] = process.argv.slice(2)
armCrashPoint(point)
const models = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }
const base = await openTestBase(data, models)
await base.kb.eraseDocument(id, { principal: ADMIN })
await base.kb.doctor({ repair: false })
await base.kb.dispose()
`

test("an erasure that was cut off in its middle is finished at the next start, with the whole receipt", async () => {
  const { base, data, id } = await filled(20)
  await base.kb.dispose()
  const script = join(data, "..", "eraser.mts")
  writeFileSync(script, ERASER.replaceAll("ROOT", packageRoot))
  const tsx = createRequire(import.meta.url).resolve("tsx")
  const point = "erasure-rewritten"
  const copy = join(temporaryFolder(), "data")
  cpSync(data, copy, { recursive: true })
  const run = spawnSync(process.execPath, ["--import", tsx, script, copy, id, `${point}:1`], { encoding: "utf8" })
  expect([point, run.signal, run.stderr]).toEqual([point, "SIGKILL", ""])
  const again = await openTestBase(copy, models())
  try {
    again.kb.resume()
    expect(await again.kb.doctor({ repair: false })).toMatchObject({ violations: [], documents: 20 })
    expect(filesWith(copy, encodings(CANARY))).toEqual([])
    const [erasure] = (await again.kb.listErasures(call)).data
    const removed = { indexRows: 1, vectors: 1, files: 2 }
    expect(erasure?.receipt).toMatchObject({ documentIds: [id], removed, proof: { found: 0 } })
  } finally {
    await again.kb.dispose()
  }
})

test("KnowledgeBase.eraseDocument() takes the vector of a sentence that another document has too for no remains", async () => {
  const folder = temporaryFolder()
  const docs = join(folder, "docs")
  mkdirSync(docs)
  for (const name of ["one", "two"])
    writeFileSync(join(docs, `${name}.md`), `# ${name}\n\nThe word of the keeper is known.\n`)
  const base = await openTestBase(join(folder, "data"), models())
  try {
    await base.ingest(docs)
    const one = (await base.kb.listDocuments(call)).data.find(({ path }) => path === "one.md")
    await base.kb.eraseDocument(one?.id ?? "", call)
    await base.kb.doctor({ repair: false })
    const [erasure] = (await base.kb.listErasures(call)).data
    expect(erasure?.receipt).toMatchObject({ removed: { vectors: 1 }, kept: { vectors: 0 }, proof: { found: 0 } })
  } finally {
    await base.kb.dispose()
  }
})

test("KnowledgeBase.eraseDocument() leaves another document with the same content whole, and the receipt says so", async () => {
  const folder = temporaryFolder()
  const docs = join(folder, "docs")
  mkdirSync(docs)
  for (const name of ["one.md", "two.md"]) {
    writeFileSync(join(docs, name), `# Note\n\nThe word of the keeper is ${CANARY}, which nobody else may ever know.\n`)
  }
  const base = await openTestBase(join(folder, "data"), models())
  try {
    await base.ingest(docs)
    const one = (await base.kb.listDocuments(call)).data.find(({ path }) => path === "one.md")
    await base.kb.eraseDocument(one?.id ?? "", call)
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
    const [erasure] = (await base.kb.listErasures(call)).data
    expect(erasure?.receipt).toMatchObject({
      removed: { indexRows: 1, files: 0 },
      kept: { documents: 1, files: 2, vectors: 1 },
      proof: { found: 0 },
    })
    expect(erasure?.receipt?.proof.piecesOfOthers).toBeGreaterThan(0)
    const { passages } = await base.kb.search({ question: CANARY }, call)
    expect(passages.map(({ path }) => path)).toEqual(["two.md"])
  } finally {
    await base.kb.dispose()
  }
})

test("KnowledgeBase.eraseDocument() refuses a document that is not there, and a reader", async () => {
  const base = await openTestBase(join(temporaryFolder(), "data"), models())
  try {
    await expect(base.kb.eraseDocument("doc_none", call)).rejects.toMatchObject({ code: "document-not-found" })
    const reader = { principal: { id: "r", kind: "key", role: "reader", collections: "all" } } as const
    await expect(base.kb.eraseDocument("doc_none", reader)).rejects.toMatchObject({ code: "forbidden" })
    await expect(base.kb.listErasures(reader)).rejects.toMatchObject({ code: "forbidden" })
  } finally {
    await base.kb.dispose()
  }
})
