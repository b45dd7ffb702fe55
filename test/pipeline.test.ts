import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { IbidError } from "../src/core/errors.ts"
import type { Embedder } from "../src/core/ports.ts"
import type { IngestEvent } from "../src/core/types.ts"
import { ADMIN, type Models, openBundledModels, openTestBase, type TestBase } from "./support/knowledge-base.ts"
import { pdf } from "./support/pdf.ts"

let models: Models
let folder: string
let docs: string
const open = (options?: Parameters<typeof openTestBase>[2]): Promise<TestBase> =>
  openTestBase(join(folder, "data"), models, options)

beforeAll(() => {
  models = openBundledModels()
})
afterAll(() => models.dispose())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ibid-pipeline-"))
  docs = join(folder, "docs")
  mkdirSync(join(docs, "hr"), { recursive: true })
  writeFileSync(join(docs, "hr", "leave.md"), "# Leave\n\nParents get 16 weeks of paid leave.\n")
  writeFileSync(join(docs, "pump.txt"), "The pump PF-2210-B needs oil every 500 hours.\n")
  return () => rmSync(folder, { recursive: true, force: true })
})

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

const summary = (events: readonly IngestEvent[]) => events.at(-1)
const failures = (events: readonly IngestEvent[]) =>
  events.flatMap((event) => (event.event === "document-failed" ? [`${event.path} ${event.code}`] : []))

describe("ingestPaths()", () => {
  test("indexes a folder, and a second run changes nothing", async () => {
    const base = await open()
    try {
      const first = await base.ingest(docs)
      expect(first.map((event) => event.event)).toEqual(["document-indexed", "document-indexed", "summary"])
      expect(summary(first)).toMatchObject({ indexed: 2, unchanged: 0, failed: 0, moved: 0, removed: 0, chunks: 2 })
      const version = await base.parts.index.version()
      const second = await base.ingest(docs)
      expect(summary(second)).toMatchObject({ indexed: 0, unchanged: 2, failed: 0 })
      expect(await base.parts.index.version()).toBe(version)
    } finally {
      await base.kb.dispose()
    }
  })

  test("indexes exactly the one file that changed, and its former text is gone", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      writeFileSync(join(docs, "hr", "leave.md"), "# Leave\n\nParents get 20 weeks of paid leave.\n")
      const events = await base.ingest(docs)
      expect(summary(events)).toMatchObject({ indexed: 1, unchanged: 1 })
      const { passages } = await base.kb.search({ question: "weeks of paid leave" }, { principal: ADMIN })
      expect(passages.map((passage) => passage.text).join("\n")).toContain("20 weeks")
      expect(passages.map((passage) => passage.text).join("\n")).not.toContain("16 weeks")
      expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
    } finally {
      await base.kb.dispose()
    }
  })

  test("gives a document of a file the same identity by its file, its folder and a folder above", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      expect(summary(await base.ingest(join(docs, "hr")))).toMatchObject({ unchanged: 1, indexed: 0 })
      expect(summary(await base.ingest(join(docs, "hr", "leave.md")))).toMatchObject({ unchanged: 1, indexed: 0 })
      expect((await base.kb.listDocuments({ principal: ADMIN })).data).toHaveLength(2)
    } finally {
      await base.kb.dispose()
    }
  })

  test("names the reason of each file that cannot be read, and the run goes on", async () => {
    writeFileSync(join(docs, "empty.md"), "")
    writeFileSync(join(docs, "program.exe"), Buffer.from([0x4d, 0x5a, 0, 0, 1, 2, 3, 0]))
    writeFileSync(join(docs, "broken.pdf"), "%PDF-1.7\nnothing else")
    writeFileSync(join(docs, "fake.pdf"), "just some words in a text file")
    writeFileSync(join(docs, "large.txt"), "x")
    truncateSync(join(docs, "large.txt"), 300_000_000)
    const base = await open()
    try {
      const events = await base.ingest(docs, join(folder, "missing"))
      expect(
        failures(events)
          .map((line) => line.replace(folder, ""))
          .sort(),
      ).toEqual([
        "/missing path-not-found",
        "broken.pdf broken-file",
        "empty.md empty-file",
        "fake.pdf type-mismatch",
        "large.txt file-too-large",
        "program.exe unsupported-type",
      ])
      expect(summary(events)).toMatchObject({ indexed: 2, failed: 6 })
    } finally {
      await base.kb.dispose()
    }
  })

  test("reports an unreadable folder without losing the others", async () => {
    if (process.getuid?.() === 0) {
      // root reads everything: a broken link stands in for what cannot be opened
      symlinkSync(join(folder, "nowhere"), join(docs, "link.md"))
    } else chmodSync(join(docs, "hr"), 0o000)
    const base = await open()
    try {
      expect(summary(await base.ingest(docs))).toMatchObject({ event: "summary" })
      expect((await base.kb.search({ question: "PF-2210-B" }, { principal: ADMIN })).passages).not.toEqual([])
    } finally {
      chmodSync(join(docs, "hr"), 0o755)
      await base.kb.dispose()
    }
  })

  test("keeps the former revision searchable when the newer content cannot be read", async () => {
    writeFileSync(join(docs, "guide.pdf"), await pdf([[{ text: "Filters are changed every 90 days.", y: 700 }]]))
    const base = await open()
    try {
      await base.ingest(docs)
      writeFileSync(join(docs, "guide.pdf"), "%PDF-1.7\ncut off")
      expect(failures(await base.ingest(docs))).toEqual(["guide.pdf broken-file"])
      const { passages } = await base.kb.search({ question: "filters 90 days" }, { principal: ADMIN })
      expect(passages[0]?.text).toContain("90 days")
      const documents = (await base.kb.listDocuments({ principal: ADMIN })).data
      expect(documents.find((one) => one.path === "guide.pdf")).toMatchObject({ state: "failed", code: "broken-file" })
    } finally {
      await base.kb.dispose()
    }
  })

  test("finishes on the next start what a missing model left undone", async () => {
    const broken: Embedder = {
      ...models.embedder,
      embedPassages: () => Promise.reject(new IbidError("model-missing", "Cannot load the model")),
    }
    const first = await open({ embedder: broken })
    await expect(first.ingest(docs)).rejects.toMatchObject({ code: "model-missing" })
    await first.kb.dispose()
    const second = await open()
    try {
      expect(summary(await second.ingest())).toMatchObject({ event: "summary" })
      expect((await second.kb.search({ question: "parents leave" }, { principal: ADMIN })).passages[0]?.path).toBe(
        "hr/leave.md",
      )
      expect((await second.kb.doctor({ repair: false })).violations).toEqual([])
    } finally {
      await second.kb.dispose()
    }
  })

  test("embeds nothing again that is known: a copied file costs no embedding", async () => {
    let embedded = 0
    const counting: Embedder = {
      ...models.embedder,
      embedPassages: (passages, options) => {
        embedded += passages.length
        return models.embedder.embedPassages(passages, options)
      },
    }
    const base = await open({ embedder: counting })
    try {
      await base.ingest(docs)
      const before = embedded
      writeFileSync(join(docs, "hr", "copy.md"), "# Leave\n\nParents get 16 weeks of paid leave.\n")
      expect(summary(await base.ingest(docs))).toMatchObject({ indexed: 1 })
      expect(embedded).toBe(before)
    } finally {
      await base.kb.dispose()
    }
  })

  test("stops when it is cancelled and loses nothing that was indexed", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      const stopped = base.kb.ingest([docs], { principal: ADMIN, signal: AbortSignal.abort() })
      await expect(collect(stopped)).rejects.toMatchObject({ code: "cancelled" })
      expect((await base.kb.search({ question: "parents leave" }, { principal: ADMIN })).passages).not.toEqual([])
    } finally {
      await base.kb.dispose()
    }
  })

  test("refuses a principal that may only read", async () => {
    const base = await open()
    try {
      const reader = { ...ADMIN, role: "reader" } as const
      await expect(collect(base.kb.ingest([docs], { principal: reader }))).rejects.toMatchObject({ code: "forbidden" })
      await expect(
        base.kb.upload({ path: "a.md", bytes: Buffer.from("x") }, { principal: reader }),
      ).rejects.toMatchObject({
        code: "forbidden",
      })
    } finally {
      await base.kb.dispose()
    }
  })
})

describe("KnowledgeBase.upload()", () => {
  test("acknowledges at once, indexes in the background and knows the same content again", async () => {
    const base = await open()
    try {
      const upload = { path: "note.md", bytes: Buffer.from("# Note\n\nThe warehouse opens at seven.\n") }
      const { jobId, documentId } = await base.kb.upload(upload, { principal: ADMIN })
      await expect
        .poll(async () => (await base.kb.getJob(jobId ?? "", { principal: ADMIN })).state, { timeout: 20_000 })
        .toBe("indexed")
      expect(await base.kb.upload(upload, { principal: ADMIN })).toEqual({ documentId, jobId: null })
      expect((await base.kb.search({ question: "warehouse opens" }, { principal: ADMIN })).passages[0]?.path).toBe(
        "note.md",
      )
    } finally {
      await base.kb.dispose()
    }
  })

  test("keeps code and reason of an upload that cannot be read", async () => {
    const base = await open()
    try {
      const { jobId } = await base.kb.upload({ path: "x.pdf", bytes: Buffer.from("%PDF-1.7\n") }, { principal: ADMIN })
      await expect
        .poll(async () => (await base.kb.getJob(jobId ?? "", { principal: ADMIN })).state, { timeout: 20_000 })
        .toBe("failed")
      expect(await base.kb.getJob(jobId ?? "", { principal: ADMIN })).toMatchObject({
        code: "broken-file",
        attempts: 1,
      })
    } finally {
      await base.kb.dispose()
    }
  })
})

describe("KnowledgeBase.removeDocument()", () => {
  test("takes the document out of every answer at once, and out of index and disk soon after", async () => {
    const base = await open()
    await base.ingest(docs)
    const [document] = (await base.kb.listDocuments({ principal: ADMIN })).data.filter((one) => one.path === "pump.txt")
    await base.kb.removeDocument(document?.id ?? "", { principal: ADMIN })
    const { passages } = await base.kb.search({ question: "PF-2210-B oil" }, { principal: ADMIN })
    expect(passages.map((passage) => passage.path)).not.toContain("pump.txt")
    await expect(base.kb.getDocument(document?.id ?? "", { principal: ADMIN })).rejects.toMatchObject({
      code: "document-not-found",
    })
    await expect.poll(() => base.parts.index.countRows(), { timeout: 20_000 }).toBe(1)
    await base.kb.dispose()
    const files = readdirSync(join(folder, "data", "blobs"), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    )
    expect(files).toHaveLength(1)
  })

  test("lets the same file be indexed again", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      for (const { id } of (await base.kb.listDocuments({ principal: ADMIN })).data) {
        await base.kb.removeDocument(id, { principal: ADMIN })
      }
      expect(summary(await base.ingest(docs))).toMatchObject({ indexed: 2 })
      expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
    } finally {
      await base.kb.dispose()
    }
  })
})

describe("doctor()", () => {
  test("finds chunks that are missing from the index, and repairs them from the originals", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      const [document] = (await base.kb.listDocuments({ principal: ADMIN })).data
      if (document === undefined) throw new Error("there is a document")
      await base.parts.index.removeDocuments([document.id])
      expect((await base.kb.doctor({ repair: false })).violations.map((one) => one.invariant)).toEqual(["V2"])
      expect((await base.kb.doctor({ repair: true })).violations).toEqual([])
    } finally {
      await base.kb.dispose()
    }
  })

  test("finds rows that SQL does not know, and takes them out", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      const [vector] = await models.embedder.embed(["phantom"], { kind: "passage" })
      if (vector === undefined) throw new Error("there is a vector")
      const id = "doc_phantom" as Parameters<typeof base.parts.index.removeDocuments>[0][number]
      const row = {
        ...{ id: "doc_phantom:0", documentId: id, collectionId: "default", aclClass: "everyone", revision: "r" },
        ...{ title: "", mediaType: "text/plain", modifiedAt: 0, vector, ordinal: 0, start: 0, end: 7, page: null },
        ...{ headingPath: [], text: "phantom" },
      }
      await base.parts.index.replaceDocuments([{ id, chunks: [row as never] }])
      const found = await base.kb.search({ question: "phantom" }, { principal: ADMIN })
      expect(found.passages.map((passage) => passage.text)).not.toContain("phantom")
      expect((await base.kb.doctor({ repair: false })).violations.map((one) => one.invariant)).toEqual(["V3"])
      expect((await base.kb.doctor({ repair: true })).violations).toEqual([])
    } finally {
      await base.kb.dispose()
    }
  })

  test("finds an original that is damaged, and does not hide it by a repair when its file is gone too", async () => {
    const base = await open()
    try {
      await base.ingest(docs)
      rmSync(docs, { recursive: true })
      const [file] = readdirSync(join(folder, "data", "blobs"), { recursive: true, withFileTypes: true }).filter(
        (one) => one.isFile(),
      )
      appendFileSync(join(file?.parentPath ?? "", file?.name ?? ""), "more")
      expect((await base.kb.doctor({ repair: true })).violations.map((one) => one.invariant)).toEqual(["V8"])
      expect((await base.kb.search({ question: "parents leave" }, { principal: ADMIN })).passages).not.toEqual([])
    } finally {
      await base.kb.dispose()
    }
  })
})

test("a file that moves keeps its text searchable at its new place", async () => {
  const base = await open()
  try {
    await base.ingest(docs)
    renameSync(join(docs, "pump.txt"), join(docs, "hr", "pump.txt"))
    await base.ingest(docs)
    const { passages } = await base.kb.search({ question: "PF-2210-B" }, { principal: ADMIN })
    expect(passages[0]?.path).toMatch(/pump\.txt$/)
    unlinkSync(join(docs, "hr", "pump.txt"))
  } finally {
    await base.kb.dispose()
  }
})
