import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { SOURCE_REMOVED } from "../src/core/redact-answer.ts"
import type { Principal } from "../src/core/types.ts"
import { type AnsweringBase, LEAVE, openAnsweringBase } from "./support/answering-base.ts"
import { makeTemporaryFolder, temporaryFolder } from "./support/folder.ts"
import { ADMIN } from "./support/knowledge-base.ts"

const LEAVE_QUESTION = "How many weeks of paid leave do parents get?"
const PUMP_QUESTION = "How many newton metres are the housing bolts of the pump tightened to?"
const ANNA: Principal = { id: "anna", kind: "key", role: "reader", collections: "all" }
const BEN: Principal = { id: "ben", kind: "key", role: "reader", collections: "all" }
const call = { principal: ADMIN }

const folder = makeTemporaryFolder()
let base: AnsweringBase
beforeAll(async () => {
  base = await openAnsweringBase(folder.path)
}, 60_000)
afterAll(async () => {
  await base.kb.dispose()
  folder.remove()
})

/** Runs on a base of its own, for what changes documents. */
async function withBase(work: (own: AnsweringBase) => Promise<void>, options = {}): Promise<void> {
  const own = await openAnsweringBase(temporaryFolder(), options)
  try {
    await work(own)
  } finally {
    await own.kb.dispose()
  }
}

describe("KnowledgeBase.getAnswer()", () => {
  test("shows the whole answer as it was given", async () => {
    const given = await base.ask(LEAVE_QUESTION)
    expect(given).toMatchObject({ status: "answered", mode: "generated", receipt: given.id })
    expect((await base.kb.getAnswer(given.id, call)).answer).toEqual(given)
  })

  test("shows who asked, what was searched, by which build, index, models, prompt and seed", async () => {
    const given = await base.ask({ question: LEAVE_QUESTION, filters: { mediaTypes: ["text/markdown"] } }, ANNA)
    expect(await base.kb.getAnswer(given.id, { principal: ANNA })).toMatchObject({
      ...{ principalId: "anna", question: LEAVE_QUESTION, collections: ["default"], generation: "test", build: "test" },
      request: { filters: { mediaTypes: ["text/markdown"] } },
      indexVersion: await base.parts.index.version(),
      models: { generator: { id: "fake-generator" }, embedder: { fingerprint: base.parts.embedder.fingerprint } },
      prompt: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), seed: 0 },
      written: "Parents get 16 weeks of paid leave.",
      sources: expect.arrayContaining([expect.objectContaining({ path: "leave.md", state: "current" })]),
    })
  })

  test("shows each chunk that a search returned with its ranks, and each sentence with its scores", async () => {
    const { id } = await base.ask(LEAVE_QUESTION)
    const { trace } = await base.kb.getAnswer(id, call)
    expect(trace.candidates[0]).toMatchObject({
      ...{ chunkId: `${await base.idOf("leave.md")}:0`, fusedRank: 1, denseRank: 1, lexicalRank: 1, passage: 1 },
      dropped: null,
    })
    expect(trace.candidates.map(({ fusedRank }) => fusedRank)).toEqual(trace.candidates.map((_, place) => place + 1))
    const [sentence] = trace.passages[0]?.sentences ?? []
    expect(sentence).toMatchObject({
      cosine: expect.any(Number),
      reader: expect.any(Number),
      score: expect.any(Number),
    })
    expect(trace.support.isEnough).toBe(true)
  })

  test("shows why a written sentence was withheld", async () => {
    const { id, mode } = await base.ask(PUMP_QUESTION)
    const { trace, written } = await base.kb.getAnswer(id, call)
    expect({ mode, withheld: trace.withheld, written }).toEqual({
      mode: "extractive",
      withheld: "not-in-evidence",
      written: "It is 99 newton metres.",
    })
  })

  test("is for who asked and for administrators, and says the same to others as of what does not exist", async () => {
    const { id } = await base.ask(LEAVE_QUESTION, ANNA)
    const missing = await base.kb.getAnswer("ans_none", { principal: BEN }).catch((error: Error) => error.message)
    await expect(base.kb.getAnswer(id, { principal: BEN })).rejects.toMatchObject({
      code: "not-found",
      message: missing,
    })
    await expect(base.kb.getAnswer(id, call)).resolves.toMatchObject({ principalId: "anna" })
  })

  test("hides the texts of a collection that was closed to who asked", async () => {
    const { id } = await base.ask(LEAVE_QUESTION, ANNA)
    const shown = await base.kb.getAnswer(id, { principal: { ...ANNA, collections: [] } })
    expect(JSON.stringify(shown)).not.toContain("16 weeks")
    expect(shown.answer.text).toBe(SOURCE_REMOVED)
  })
})

describe("KnowledgeBase.getAnswer() of a document", () => {
  test("says where it was quoted", async () => {
    const { id } = await base.ask(LEAVE_QUESTION)
    const { document } = await base.kb.getAnswer(id, { ...call, document: "leave.md" })
    expect(document).toMatchObject({ outcome: "cited", message: "It is quoted in the answer as [1]." })
  })

  test("says that better sentences stand before it, and at which ranks both searches found it", async () => {
    const { id } = await base.ask(LEAVE_QUESTION)
    const { document } = await base.kb.getAnswer(id, { ...call, document: await base.idOf("holidays.md") })
    expect(document).toMatchObject({ path: "holidays.md", outcome: "evidence", reason: "better-evidence" })
    expect(document?.candidates[0]).toMatchObject({ denseRank: expect.any(Number), fusedRank: expect.any(Number) })
  })

  test("says that better passages filled the places", async () => {
    const { id } = await base.ask({ question: LEAVE_QUESTION, limit: 1 })
    const { document } = await base.kb.getAnswer(id, { ...call, document: "pump.md" })
    expect(document).toMatchObject({ outcome: "dropped", reason: "limit" })
  })

  test("says that the filters of the question leave it out", async () => {
    const only = await base.idOf("leave.md")
    const { id } = await base.ask({ question: LEAVE_QUESTION, filters: { documentIds: [only] } })
    const { document } = await base.kb.getAnswer(id, { ...call, document: "pump.md" })
    expect(document).toMatchObject({ outcome: "not-found", reason: "filtered" })
  })

  test("says that nothing supports an answer enough", async () => {
    const { id, reason } = await base.ask("Who painted the ceiling of the chapel in leave?")
    expect(reason).toBe("weak-evidence")
    const { document } = await base.kb.getAnswer(id, { ...call, document: "leave.md" })
    expect(document).toMatchObject({ outcome: "evidence", reason: "not-enough-support" })
  })

  test("finds no document that the principal may not read", async () => {
    const { id } = await base.ask(LEAVE_QUESTION, ANNA)
    const closed = { principal: { ...ANNA, collections: [] }, document: "leave.md" }
    await expect(base.kb.getAnswer(id, closed)).rejects.toMatchObject({ code: "document-not-found" })
  })
})

describe("receipts of documents that are gone", () => {
  test("say 'source removed' from the acknowledgement of a removal on, in SQL too", async () => {
    await withBase(async (own) => {
      const { id } = await own.ask(LEAVE_QUESTION)
      const documentId = await own.idOf("leave.md")
      await own.kb.removeDocument(documentId, call)
      const shown = await own.kb.getAnswer(id, call)
      expect(shown.answer).toMatchObject({
        text: SOURCE_REMOVED,
        citations: [{ quote: SOURCE_REMOVED, verified: false }],
      })
      expect(shown.sources).toContainEqual({ documentId, path: SOURCE_REMOVED, state: "removed" })
      expect(JSON.stringify(shown)).not.toContain("16 weeks")
      // the question is the asker's own, and stays
      const rows = await own.parts.database.read.all<{ answer: string; written: string | null }>(
        "SELECT * FROM answers",
      )
      expect(rows.map(({ answer, written }) => `${answer}${written}`).join()).not.toContain("16 weeks")
    })
  }, 30_000)

  test("do not show a removed text again when a document comes back under its name", async () => {
    await withBase(async (own) => {
      const { id } = await own.ask(LEAVE_QUESTION)
      await own.kb.removeDocument(await own.idOf("leave.md"), call)
      await own.ingest(own.docs)
      expect((await own.kb.getAnswer(id, call)).answer.text).toBe(SOURCE_REMOVED)
    })
  }, 30_000)

  test("keep the quotes of a document that has changed, and no passage of it", async () => {
    await withBase(async (own) => {
      const { id, text } = await own.ask(LEAVE_QUESTION)
      await own.change("leave.md", "# Leave\n\nParents get 20 weeks of paid leave.\n")
      const { answer, sources } = await own.kb.getAnswer(id, call)
      expect(answer.text).toBe(text)
      expect(answer.citations[0]?.quote).toBe(LEAVE)
      expect(answer.passages[0]?.text).toBe("source changed")
      expect(sources).toContainEqual(expect.objectContaining({ path: "leave.md", state: "changed" }))
    })
  }, 30_000)

  test("leave the text in no file when a document is erased, not even in a question that repeats it", async () => {
    await withBase(async (own) => {
      const secret = "The keeper of the zeppelinquartzvulture lives behind the third lighthouse of the harbour."
      await own.change("secret.md", `# Secret\n\n${secret}\n`)
      const harmless = await own.ask("Where does the keeper of the harbour live?")
      expect(harmless.citations.map(({ path }) => path)).toContain("secret.md")
      const telling = await own.ask("Who is the keeper of the zeppelinquartzvulture?")
      const other = await own.ask(LEAVE_QUESTION)
      await own.kb.eraseDocument(await own.idOf("secret.md"), call)
      await own.kb.doctor({ repair: false }) // alone with the index: the erasure is done when it begins
      const [erasure] = (await own.kb.listErasures(call)).data
      expect(erasure?.receipt).toMatchObject({ removed: { receipts: 1 }, proof: { found: 0 } })
      expect(filesWith(own.data, ["zeppelinquartzvulture", "third lighthouse"])).toEqual([])
      await expect(own.kb.getAnswer(telling.id, call)).rejects.toMatchObject({ code: "not-found" })
      expect((await own.kb.getAnswer(harmless.id, call)).answer.text).toContain(SOURCE_REMOVED)
      expect((await own.kb.getAnswer(other.id, call)).answer.text).toBe(other.text)
    })
  }, 60_000)
})

describe("KnowledgeBase.replayAnswer()", () => {
  test("gives the same text where nothing has changed, and stores nothing", async () => {
    const given = await base.ask(LEAVE_QUESTION)
    const before = (await base.kb.listAnswers(call)).data.length
    const again = await base.kb.replayAnswer(given.id, call)
    expect(again).toMatchObject({ isSameText: true, originalText: given.text, changes: [], answer: { receipt: null } })
    expect((await base.kb.listAnswers(call)).data.length).toBe(before)
  })

  test("says which documents, index version and build are not as they were", async () => {
    await withBase(async (own) => {
      const { id } = await own.ask(LEAVE_QUESTION)
      const documentId = await own.idOf("leave.md")
      await own.change("leave.md", "# Leave\n\nParents get 20 weeks of paid leave.\n")
      const again = await own.kb.replayAnswer(id, call)
      expect(again.isSameText).toBe(false)
      expect(again.changes).toContainEqual(expect.objectContaining({ what: "document", documentId }))
      expect(again.changes.map(({ what }) => what)).toEqual(expect.arrayContaining(["index-version", "prompt"]))
    })
  }, 30_000)

  test("is for who asked alone, and for administrators", async () => {
    const { id } = await base.ask(LEAVE_QUESTION, ANNA)
    await expect(base.kb.replayAnswer(id, { principal: BEN })).rejects.toMatchObject({ code: "not-found" })
  })
})

describe("KnowledgeBase.listAnswers()", () => {
  test("lists one's own, newest first, page by page, and all to an administrator", async () => {
    await withBase(async (own) => {
      const ids = []
      for (const principal of [ANNA, BEN, ANNA]) ids.push((await own.ask(LEAVE_QUESTION, principal)).id)
      const first = await own.kb.listAnswers({ principal: ANNA, page: { limit: 1 } })
      expect(first.data.map(({ id }) => id)).toEqual([ids[2]])
      const next = await own.kb.listAnswers({ principal: ANNA, page: { cursor: first.cursor ?? "" } })
      expect(next.data.map(({ id }) => id)).toEqual([ids[0]])
      expect((await own.kb.listAnswers(call)).data.map(({ id }) => id)).toEqual(ids.toReversed())
    })
  }, 30_000)
})

test("receipts past their number are forgotten, the oldest first", async () => {
  await withBase(
    async (own) => {
      const ids = []
      for (const question of ["first leave?", "second leave?", "third leave?"]) ids.push((await own.ask(question)).id)
      expect((await own.kb.listAnswers(call)).data.map(({ id }) => id)).toEqual([ids[2], ids[1]])
    },
    { receipts: { most: 2, days: 90 } },
  )
}, 30_000)

test("receipts past their age are forgotten with the next answer", async () => {
  await withBase(async (own) => {
    const old = await own.ask(LEAVE_QUESTION)
    await own.parts.database.write(async (transaction) => {
      await transaction.run(`UPDATE answers SET created_at = ${Date.now() - 91 * 24 * 60 * 60 * 1000}`)
    })
    const { id } = await own.ask(LEAVE_QUESTION)
    expect((await own.kb.listAnswers(call)).data.map((one) => one.id)).toEqual([id])
    await expect(own.kb.getAnswer(old.id, call)).rejects.toMatchObject({ code: "not-found" })
  })
}, 30_000)

test("a receipt that cannot be stored is logged and said, and the answer comes all the same", async () => {
  const lines: string[] = []
  await withBase(
    async (own) => {
      await own.parts.database.write(async (transaction) => {
        await transaction.run("CREATE TRIGGER refuse BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'no'); END")
      })
      const { receipt, text, warnings } = await own.ask(LEAVE_QUESTION)
      expect({ receipt, text }).toEqual({ receipt: null, text: "Parents get 16 weeks of paid leave. [1]" })
      expect(warnings.map(({ code }) => code)).toEqual(["receipt-not-stored"])
      expect(lines).toContain("error the receipt of an answer was not stored")
    },
    { log: (level: string, message: string) => void lines.push(`${level} ${message}`) },
  )
}, 30_000)

test("an answer does not wait for a receipt that other writes keep waiting, and says so", async () => {
  await withBase(async (own) => {
    let release = (): void => undefined
    const held = own.parts.database.write(
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    const { id, receipt, warnings } = await own.ask(LEAVE_QUESTION)
    expect({ receipt, codes: warnings.map(({ code }) => code) }).toEqual({ receipt: id, codes: ["receipt-late"] })
    release()
    await held
    await expect
      .poll(() =>
        own.kb.getAnswer(id, call).then(
          (shown) => shown.id,
          () => "",
        ),
      )
      .toBe(id)
  })
}, 30_000)

function filesWith(root: string, texts: readonly string[]): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => texts.some((text) => readFileSync(path).includes(text)))
}
