import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { parseFailure } from "../ingest/parse/failure.ts"
import { IbidError } from "../src/core/errors.ts"
import { sha256 } from "../src/core/hash.ts"
import type { Embedder } from "../src/core/ports.ts"
import type { DocumentSummary, IngestEvent } from "../src/core/types.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { temporaryFolder } from "./support/folder.ts"
import { ADMIN, openTestBase, type TestBase, type TestBaseOptions } from "./support/knowledge-base.ts"
import { createScriptedParserHost, pagesOf, scanOf } from "./support/scripted-parser-host.ts"

const call = { principal: ADMIN }

async function open(options: TestBaseOptions, folder = temporaryFolder()): Promise<TestBase> {
  const models = { embedder: createFakeEmbedder(), reader: createFakeReader(), dispose: async () => undefined }
  const base = await openTestBase(folder, models, options)
  onTestFinished(() => base.kb.dispose())
  return base
}

const upload = (base: TestBase, path: string, text = path) => base.kb.upload({ path, bytes: Buffer.from(text) }, call)

/** All that is waiting for, and what comes of it. */
async function settle(base: TestBase): Promise<IngestEvent[]> {
  return await base.ingest()
}

async function documentAt(base: TestBase, path: string): Promise<DocumentSummary | undefined> {
  return (await base.kb.listDocuments(call)).data.find((one) => one.path === path)
}

const found = async (base: TestBase, question: string): Promise<string[]> =>
  (await base.kb.search({ question }, call)).passages.map(({ path, text }) => `${path}: ${text}`)

/** A promise that the test settles. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

describe("the queue", () => {
  test("tries a document again whose parser was killed, and indexes it", async () => {
    let attempts = 0
    const parserHost = createScriptedParserHost({
      "a.txt": () => {
        if (++attempts < 2) throw parseFailure("parse-crashed", "a.txt")
        return pagesOf(["The valve opens at nine bar."])
      },
    })
    const base = await open({ parserHost })
    const { jobId } = await upload(base, "a.txt")
    const events = await settle(base)
    expect(events.map(({ event }) => event)).toEqual(["document-indexed", "summary"])
    expect(await base.kb.getJob(jobId ?? "", call)).toMatchObject({ state: "indexed", attempts: 2 })
    expect(await found(base, "valve")).toEqual(["a.txt: The valve opens at nine bar."])
  })

  test("does not try again what would end the same way, and the others go on", async () => {
    let attempts = 0
    const parserHost = createScriptedParserHost({
      "broken.pdf": () => {
        attempts++
        throw parseFailure("broken-file", "broken.pdf")
      },
      "good.txt": () => pagesOf(["Sound words."]),
    })
    const base = await open({ parserHost })
    await upload(base, "broken.pdf", "%PDF-1.7")
    await upload(base, "good.txt")
    await settle(base)
    expect(attempts).toBe(1)
    expect(await documentAt(base, "broken.pdf")).toMatchObject({ state: "failed", code: "broken-file" })
    expect(await documentAt(base, "good.txt")).toMatchObject({ state: "indexed" })
  })

  test("cancels a document that is being parsed, and keeps it listed with the reason", async () => {
    const begun = gate()
    const parserHost = createScriptedParserHost({
      "slow.txt": async ({ signal }) => {
        begun.open()
        await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
        return pagesOf([])
      },
    })
    const base = await open({ parserHost })
    const { jobId } = await upload(base, "slow.txt")
    await begun.opened
    await base.kb.cancelJob(jobId ?? "", call)
    expect((await settle(base)).map(({ event }) => event)).toEqual(["summary"])
    expect(await base.kb.getJob(jobId ?? "", call)).toMatchObject({ state: "failed", code: "cancelled" })
    expect(await documentAt(base, "slow.txt")).toMatchObject({ state: "failed", code: "cancelled" })
    await expect(base.kb.cancelJob(jobId ?? "", call)).rejects.toMatchObject({ code: "conflict" })
  })

  test("drops a content that a newer one has overtaken while it was parsed", async () => {
    const begun = gate()
    const overtaken = gate()
    let parsed = 0
    const parserHost = createScriptedParserHost({
      "a.txt": async () => {
        if (++parsed > 1) return pagesOf(["The new price is 20 euros."])
        begun.open()
        await overtaken.opened
        return pagesOf(["The old price is 10 euros."])
      },
    })
    const base = await open({ parserHost })
    const first = await upload(base, "a.txt", "old")
    await begun.opened
    await upload(base, "a.txt", "new")
    overtaken.open()
    await settle(base)
    expect(await found(base, "price euros")).toEqual(["a.txt: The new price is 20 euros."])
    expect(await base.kb.getJob(first.jobId ?? "", call)).toMatchObject({ state: "failed", code: "conflict" })
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("tries a failed document again when a person asks for it", async () => {
    let isMended = false
    const parserHost = createScriptedParserHost({
      "a.txt": () => {
        if (!isMended) throw parseFailure("parse-timeout", "a.txt")
        return pagesOf(["Now it can be read."])
      },
    })
    const base = await open({ parserHost })
    const { documentId } = await upload(base, "a.txt")
    await settle(base)
    expect(await documentAt(base, "a.txt")).toMatchObject({ state: "failed", code: "parse-timeout" })
    isMended = true
    await base.kb.retryDocument(documentId, call)
    await settle(base)
    expect(await documentAt(base, "a.txt")).toMatchObject({ state: "indexed", code: null })
    await expect(base.kb.retryDocument(documentId, call)).rejects.toMatchObject({ code: "conflict" })
  })

  test("refuses an upload for now while too many wait, and while the disk is almost full", async () => {
    const held = gate()
    const parserHost = createScriptedParserHost({
      "a.txt": async () => {
        await held.opened
        return pagesOf(["a"])
      },
    })
    const base = await open({ parserHost, maxQueuedJobs: 1 })
    await upload(base, "a.txt")
    await expect(upload(base, "b.txt")).rejects.toMatchObject({ code: "overloaded" })
    held.open()
    await settle(base)
    const full = await open({ parserHost, minFreeBytes: Number.MAX_SAFE_INTEGER })
    // On a disk that is larger than 20 times its free room; elsewhere 5 % are free and the upload is taken.
    const taken = await upload(full, "a.txt").then(
      () => "taken",
      (error: { code: string }) => error.code,
    )
    expect(["taken", "disk-full"]).toContain(taken)
  })
})

describe("long documents", () => {
  test("are searchable from the beginning while the end is still being read", async () => {
    const pages = Array.from({ length: 40 }, (_, index) => `Page ${index + 1} tells of item number${index + 1}.`)
    const offered = gate()
    const readOn = gate()
    const parserHost = createScriptedParserHost({
      "long.txt": async ({ onPart }) => {
        onPart?.(pagesOf(pages.slice(0, 20), 40))
        offered.open()
        await readOn.opened
        onPart?.(pagesOf(pages.slice(0, 21), 40)) // not worth a step of its own
        return pagesOf(pages)
      },
    })
    const base = await open({ parserHost })
    await upload(base, "long.txt")
    await offered.opened
    await expect
      .poll(() => documentAt(base, "long.txt"), { timeout: 20_000 })
      .toMatchObject({ isComplete: false, pages: 40 })
    expect((await found(base, "number7")).join()).toContain("item number7.")
    expect((await found(base, "number33")).join()).not.toContain("item number33.")
    readOn.open()
    await settle(base)
    expect((await found(base, "number33")).join()).toContain("item number33.")
    expect(await documentAt(base, "long.txt")).toMatchObject({ isComplete: true, state: "indexed", pages: 40 })
    expect(await base.parts.texts.entries()).toHaveLength(1)
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("let go of their text when their beginning cannot be embedded", async () => {
    const fake = createFakeEmbedder()
    let failures = 0
    const embedder: Embedder = {
      ...fake,
      async embedPassages(passages, options) {
        if (failures++ === 0) throw new IbidError("embedding-failed", "Cannot embed the text: not this time")
        return await fake.embedPassages(passages, options)
      },
    }
    const parserHost = createScriptedParserHost({
      "long.txt": async ({ onPart }) => {
        onPart?.(pagesOf(["The beginning of it."], 2))
        return pagesOf(["The beginning of it.", "The end of it."])
      },
    })
    const base = await open({ parserHost, embedder })
    await upload(base, "long.txt")
    await settle(base)
    const document = await documentAt(base, "long.txt")
    expect([document?.state, failures > 1]).toEqual(["indexed", true])
    await base.kb.removeDocument(document?.id ?? "", call)
    await settle(base)
    await expect.poll(() => base.parts.texts.entries(), { timeout: 10_000 }).toEqual([])
  })

  test("become searchable step by step while they are embedded", async () => {
    const words = Array.from(
      { length: 700 },
      (_, index) => `Entry number${index + 1}. ${"filler words of this entry ".repeat(40)}`,
    )
    const embedder = createFakeEmbedder()
    const firstStep = gate()
    const goOn = gate()
    let texts = 0
    const parserHost = createScriptedParserHost({ "long.txt": () => pagesOf(words) })
    const base = await open({
      parserHost,
      embedder: {
        ...embedder,
        embedPassages: async (batch, options) => {
          if (texts > 0) {
            firstStep.open()
            await goOn.opened
          }
          texts += batch.length
          return await embedder.embedPassages(batch, options)
        },
      },
    })
    await upload(base, "long.txt")
    await firstStep.opened
    expect((await found(base, "number5")).join()).toContain("Entry number5.")
    expect(await documentAt(base, "long.txt")).toMatchObject({ isComplete: false })
    goOn.open()
    await settle(base)
    expect((await found(base, "number690")).join()).toContain("Entry number690.")
    expect(texts).toBeLessThan(2 * 700)
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("are published in steps that leave what stands, also where it was published while they were read", async () => {
    const words = Array.from({ length: 700 }, (_, index) => `Entry number${index + 1}. ${"filler words ".repeat(90)}`)
    const written: { from: number; to: number }[] = []
    const isRead = gate()
    const parserHost = createScriptedParserHost({
      "long.txt": async ({ onPart }) => {
        onPart?.(pagesOf(words.slice(0, 600), 700))
        await isRead.opened
        return pagesOf(words)
      },
    })
    const base = await open({ parserHost })
    const { index } = base.parts
    const replace = index.replaceDocuments.bind(index)
    index.replaceDocuments = async (documents) => {
      const version = await replace(documents)
      const [{ from = 0, chunks } = { chunks: [] }] = documents
      written.push({ from, to: from + chunks.length })
      if (written.length === 2) isRead.open()
      return version
    }
    await upload(base, "long.txt")
    await settle(base)
    expect(written[0]).toEqual({ from: 0, to: 32 })
    // The last chunk of what was read first has got a neighbour.
    const steps = written.slice(0, -1).map(({ to }) => (to === 1_200 ? 1_199 : to))
    expect(written.slice(1).map(({ from }) => from)).toEqual(steps)
    expect(written.at(-1)?.to).toBe(await index.countRows())
    expect(Math.max(...written.map(({ from, to }) => to - from))).toBeLessThanOrEqual(256)
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("are written anew from the first chunk on that reads otherwise when all is read", async () => {
    const words = Array.from({ length: 400 }, (_, index) => `Entry number${index + 1}. ${"filler words ".repeat(90)}`)
    const changed = words.with(150, `Entry marigold. ${"filler words ".repeat(90)}`)
    const written: number[] = []
    const isRead = gate()
    const parserHost = createScriptedParserHost({
      "long.txt": async ({ onPart }) => {
        onPart?.(pagesOf(words.slice(0, 300), 400))
        await isRead.opened
        return pagesOf(changed)
      },
    })
    const base = await open({ parserHost })
    const { index } = base.parts
    const replace = index.replaceDocuments.bind(index)
    index.replaceDocuments = async (documents) => {
      const version = await replace(documents)
      written.push(documents[0]?.from ?? 0)
      if (written.length === 3) isRead.open()
      return version
    }
    await upload(base, "long.txt")
    await settle(base)
    const anew = written.find((from, place) => from < (written[place - 1] ?? 0))
    expect(anew).toBeGreaterThan(100)
    expect(anew).toBeLessThanOrEqual(2 * 150)
    expect((await found(base, "marigold")).join()).toContain("marigold")
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("do not take the place of an older content before they are whole", async () => {
    const offered = gate()
    const readOn = gate()
    let content = 0
    const parserHost = createScriptedParserHost({
      "a.txt": async ({ onPart }) => {
        if (++content === 1) return pagesOf(["The former text has the word marigold."])
        onPart?.(pagesOf(["The first page of the newer text."], 2))
        offered.open()
        await readOn.opened
        return pagesOf(["The first page of the newer text.", "Its second page has the word foxglove."])
      },
    })
    const base = await open({ parserHost })
    await upload(base, "a.txt", "1")
    await settle(base)
    await upload(base, "a.txt", "2")
    await offered.opened
    expect((await found(base, "marigold")).join()).toContain("marigold")
    readOn.open()
    await settle(base)
    expect((await found(base, "marigold")).join()).not.toContain("marigold")
    expect((await found(base, "foxglove")).join()).toContain("foxglove")
  })
})

describe("recognition", () => {
  test("follows when the document is indexed, keeps each page, and is not done again", async () => {
    const asked: number[] = []
    const text = (page: number): string => `Recognised page ${page} names lot number${page}.`
    const parserHost = createScriptedParserHost({ "scan.pdf": ({ recognised }) => scanOf(5, recognised) })
    const base = await open({
      parserHost,
      ocrHost: {
        recognise: async ({ page }) => {
          asked.push(page)
          if (page === 4) throw parseFailure("parse-timeout", "scan.pdf")
          return { page, text: text(page), confidence: 80 + page }
        },
        dispose: async () => undefined,
      },
    })
    const { documentId } = await upload(base, "scan.pdf", "%PDF-1.7 a scan")
    const events = await settle(base)
    expect(events.map(({ event }) => event)).toEqual(["document-indexed", "document-recognised", "summary"])
    expect(events[0]).toMatchObject({ chunks: 0, warnings: ["no-text"] })
    expect(events[1]).toMatchObject({ documentId, pages: 4, confidence: Math.round((81 + 82 + 83 + 85) / 4) })
    expect(asked).toEqual([1, 2, 3, 4, 5])
    expect((await found(base, "number3")).join()).toContain(text(3))
    expect((await base.kb.getDocument(documentId, call)).report?.weakPages).toHaveLength(5)
    expect(await base.parts.texts.entries()).toHaveLength(1)
    await upload(base, "copy.pdf", "%PDF-1.7 a scan").catch(() => undefined)
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("names a page that it fails for in the report, and reads it when the document is tried again", async () => {
    const asked: number[] = []
    let isWell = false
    const base = await open({
      parserHost: createScriptedParserHost({ "scan.pdf": ({ recognised }) => scanOf(3, recognised) }),
      ocrHost: {
        recognise: async ({ page }) => {
          asked.push(page)
          if (page === 2 && !isWell) throw parseFailure("parse-crashed", "scan.pdf")
          return { page, text: `Page ${page} names lot number${page}.`, confidence: 80 }
        },
        dispose: async () => undefined,
      },
    })
    const { documentId } = await upload(base, "scan.pdf", "%PDF-1.7 a scan")
    await settle(base)
    const { state, report } = await base.kb.getDocument(documentId, call)
    expect([state, report?.pagesRead]).toEqual(["indexed", 2])
    const unread = { page: 2, reason: "unreadable", confidence: null, code: "parse-crashed" }
    expect(report?.weakPages[1]).toEqual(unread)
    expect(asked).toEqual([1, 2, 2, 3])

    isWell = true
    await base.kb.retryDocument(documentId, call)
    await settle(base)
    const again = await base.kb.getDocument(documentId, call)
    expect(again.report?.pagesRead).toBe(3)
    expect(again.report?.weakPages.map(({ reason }) => reason)).toEqual(["recognised", "recognised", "recognised"])
    expect(asked).toEqual([1, 2, 2, 3, 2])
    expect((await found(base, "number2")).join()).toContain("Page 2 names")
    await expect(base.kb.retryDocument(documentId, call)).rejects.toMatchObject({ code: "conflict" })
    expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
  })

  test("lets documents go first, between two pages", async () => {
    const order: string[] = []
    const pageRead = gate()
    const uploaded = gate()
    const parserHost = createScriptedParserHost({
      "scan.pdf": ({ recognised }) => scanOf(3, recognised),
      "urgent.txt": () => {
        order.push("urgent.txt")
        return pagesOf(["Urgent words."])
      },
    })
    const base = await open({
      parserHost,
      ocrHost: {
        recognise: async ({ page }) => {
          order.push(`page ${page}`)
          if (page === 1) {
            pageRead.open()
            await uploaded.opened
          }
          return { page, text: `Text of page ${page}.`, confidence: 90 }
        },
        dispose: async () => undefined,
      },
    })
    await upload(base, "scan.pdf", "%PDF-1.7 a scan")
    await pageRead.opened
    await upload(base, "urgent.txt")
    uploaded.open()
    await settle(base)
    expect(order).toEqual(["page 1", "urgent.txt", "page 2", "page 3"])
  })
})

describe("embedded files", () => {
  const letters = { "mail.txt": { "offer.txt": "offer", "photo.exe": "\x7fELF\0\0\0" } }
  const script = {
    "mail.txt": () => pagesOf(["See the offer that is attached."]),
    "mail.txt/offer.txt": () => pagesOf(["The offer is 900 euros."]),
  }

  test("become documents below the one that holds them; what cannot is listed with the reason", async () => {
    const base = await open({ parserHost: createScriptedParserHost(script, letters) })
    const { documentId } = await upload(base, "mail.txt")
    const events = await settle(base)
    expect(events.map(({ event }) => event)).toEqual(["document-indexed", "document-indexed", "summary"])
    expect(await found(base, "offer 900 euros")).toContain("mail.txt/offer.txt: The offer is 900 euros.")
    expect(await documentAt(base, "mail.txt/offer.txt")).toMatchObject({ parentId: documentId, state: "indexed" })
    expect(await documentAt(base, "mail.txt/photo.exe")).toMatchObject({ state: "failed", code: "unsupported-type" })
    expect((await base.kb.getDocument(documentId, call)).report?.embeddedFiles).toEqual([
      { name: "offer.txt", sizeBytes: 5, mediaType: null, code: null },
      { name: "photo.exe", sizeBytes: 7, mediaType: null, code: "unsupported-type" },
    ])
  })

  test("go with the document that holds them, and with a content that held them", async () => {
    const files: Record<string, Record<string, string>> = { "mail.txt": { "offer.txt": "offer" } }
    const base = await open({ parserHost: createScriptedParserHost(script, files) })
    const { documentId } = await upload(base, "mail.txt")
    await settle(base)
    files["mail.txt"] = {}
    await upload(base, "mail.txt", "without the offer")
    await settle(base)
    expect(await documentAt(base, "mail.txt/offer.txt")).toBeUndefined()
    files["mail.txt"] = { "offer.txt": "offer" }
    await upload(base, "mail.txt", "with it again")
    await settle(base)
    expect(await documentAt(base, "mail.txt/offer.txt")).toMatchObject({ state: "indexed" })
    await base.kb.removeDocument(documentId, call)
    expect(await found(base, "offer 900 euros")).toEqual([])
    await settle(base)
    expect((await base.kb.listDocuments(call)).data).toEqual([])
    await expect.poll(() => base.parts.index.countRows(), { timeout: 20_000 }).toBe(0)
  })

  test("end where they are nested too deeply", async () => {
    const deep: Record<string, Record<string, string>> = {}
    const nested: Record<string, () => ReturnType<typeof pagesOf>> = {}
    for (let depth = 0, path = "a.txt"; depth < 8; depth++, path += "/a.txt") {
      deep[path] = { "a.txt": "again" }
      nested[path] = () => pagesOf([`Level ${depth}.`])
    }
    const base = await open({ parserHost: createScriptedParserHost(nested, deep) })
    await upload(base, "a.txt")
    await settle(base)
    const documents = (await base.kb.listDocuments(call)).data
    expect(documents).toHaveLength(6)
    expect(documents.filter(({ state }) => state === "failed").map(({ code }) => code)).toEqual(["too-deep"])
  })
})

test("a content that two documents share stays on the disk while one of them needs it", async () => {
  const folder = temporaryFolder()
  const parserHost = createScriptedParserHost({
    "a.txt": () => pagesOf(["Shared words."]),
    "b.txt": () => pagesOf(["Shared words."]),
  })
  const base = await open({ parserHost }, folder)
  const first = await upload(base, "a.txt", "same bytes")
  await settle(base)
  await base.kb.removeDocument(first.documentId, call)
  await upload(base, "b.txt", "same bytes") // while the purge of the first is under way
  await settle(base)
  const hash = sha256("same bytes")
  expect(existsSync(join(folder, "blobs", hash.slice(0, 2), hash))).toBe(true)
  expect(await found(base, "shared words")).toEqual(["b.txt: Shared words."])
  expect((await base.kb.doctor({ repair: false })).violations).toEqual([])
})
