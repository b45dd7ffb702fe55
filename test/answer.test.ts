import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { lastAnswer } from "../src/app/answer.ts"
import { readingWarnings } from "../src/app/reading-warnings.ts"
import { createTextLoader } from "../src/app/text-loader.ts"
import { packageRoot } from "../src/core/package-root.ts"
import type { AnswerEvent, Citation, CollectionId, Principal } from "../src/core/types.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { ADMIN, type Models, openBundledModels, openTestBase, type TestBase } from "./support/knowledge-base.ts"
import { sheetData, workbook } from "./support/workbook.ts"

const LEAVE = `# Leave

## Parental leave

Parents get 16 weeks of paid leave, counted from the birth or adoption of a child. The leave can be split into two parts.

## Sick leave

Employees who are ill for more than three days bring a doctor's note to the people team.
`
const PUMPS = `# Pump PF-2210-B

The housing bolts are tightened to 24 newton metres. The impeller is made of bronze and turns at 2,900 revolutions per minute.
`

let models: Models
let folder: string
let base: TestBase
const written = createFakeGenerator((messages) => [
  String(
    messages[0]?.content.includes("16 weeks")
      ? "Parents get 16 weeks of paid leave. More text follows"
      : "The bolts need 99 newton metres.",
  ),
])

beforeAll(async () => {
  models = openBundledModels()
  folder = mkdtempSync(join(tmpdir(), "ibid-answer-"))
  const docs = join(folder, "docs")
  mkdirSync(docs)
  writeFileSync(join(docs, "leave.md"), LEAVE)
  writeFileSync(join(docs, "pump.md"), PUMPS)
  const tolls = sheetData([
    ["Crossing", "Toll in euros"],
    ["Storstrom bridge, lorries", 42],
  ])
  writeFileSync(join(docs, "tolls.xlsx"), workbook([{ name: "Lorries", xml: tolls }]))
  base = await openTestBase(join(folder, "data"), models, { generator: written })
  await base.ingest(docs)
}, 60_000)

afterAll(async () => {
  await base.kb.dispose()
  await models.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function events(question: string, principal: Principal = ADMIN): Promise<AnswerEvent[]> {
  const all: AnswerEvent[] = []
  for await (const event of base.kb.ask({ question }, { principal })) all.push(event)
  return all
}

const ask = (question: string, options: { generate?: boolean } = {}) =>
  lastAnswer(base.kb.ask({ question, ...options }, { principal: ADMIN }))

describe("answer()", () => {
  test("sends passages, then evidence, then the text, its citations and last the whole answer", async () => {
    const types = (await events("How many weeks of paid leave do parents get?")).map((event) => event.type)
    expect(types).toEqual(["passages", "evidence", "delta", "citation", "answer"])
  })

  test("numbers its events from 1 without a gap", async () => {
    const sequences = (await events("How many weeks of paid leave do parents get?")).map((event) => event.sequence)
    expect(sequences).toEqual(sequences.map((_, position) => position + 1))
  })

  test("cites a written sentence with the exact text at its place", async () => {
    const given = await ask("How many weeks of paid leave do parents get?")
    expect(given).toMatchObject({
      status: "answered",
      mode: "generated",
      text: "Parents get 16 weeks of paid leave. [1]",
    })
    const [citation] = given.citations
    expect(citation).toMatchObject({ path: "leave.md", verified: true, changedSinceIndexed: false })
    const text = await base.kb.readText(citation?.documentId ?? "", {}, { principal: ADMIN })
    expect(text.slice(citation?.start, citation?.end)).toBe(citation?.quote)
    expect(citation?.quote).toContain("16 weeks")
  })

  test("says what the document calls the page that is cited", async () => {
    const { citations } = await ask("What is the toll of the Storstrom bridge for lorries?", { generate: false })
    expect(citations[0]).toMatchObject({ path: "tolls.xlsx", page: 1, pageLabel: "Lorries" })
    const [other] = (await ask("How many weeks of paid leave do parents get?")).citations
    expect(other).not.toHaveProperty("pageLabel")
  })

  test("withholds a written sentence with a number that is not in the evidence, and the quote stands in for it", async () => {
    const given = await ask("How tight are the housing bolts of the pump?")
    expect(given).toMatchObject({ status: "answered", mode: "extractive" })
    expect(given.text).toContain("24 newton metres")
    expect(given.text).not.toContain("99")
    expect(given.warnings.map((warning) => warning.code)).toContain("sentence-withheld")
  })

  test("answers in quotes without a language model", async () => {
    const given = await ask("Who has to bring a doctor's note?", { generate: false })
    expect(given).toMatchObject({ status: "answered", mode: "extractive", model: { generator: null } })
    expect(given.sentences[0]?.text).toMatch(/^“.*doctor's note.*” \[1\]$/)
  })

  test("abstains before writing when nothing supports an answer, and shows the closest quotes", async () => {
    const before = written.requests.length
    const given = await ask("What is the capital of Mongolia?")
    expect(given).toMatchObject({ status: "abstained", reason: "weak-evidence", citations: [], mode: "extractive" })
    expect(given.evidence.length).toBeGreaterThan(0)
    expect(written.requests.length).toBe(before)
  })

  test("finds nothing for a principal that may read no collection", async () => {
    const nobody: Principal = { id: "nobody", kind: "key", role: "reader", collections: [] }
    const last = (await events("How many weeks of paid leave do parents get?", nobody)).at(-1)
    expect(last).toMatchObject({
      type: "answer",
      answer: { status: "abstained", reason: "no-match", passages: [], evidence: [] },
    })
  })

  test("refuses a collection that the principal may not read in the words for one that does not exist", async () => {
    const other: Principal = { id: "other", kind: "key", role: "reader", collections: ["hr" as CollectionId] }
    const message = async (principal: Principal, name: string) => {
      try {
        await base.kb.search({ question: "leave", collections: [name] }, { principal })
        return "nothing"
      } catch (thrown) {
        return thrown instanceof Error ? thrown.message : ""
      }
    }
    expect(await message(other, "default")).toBe(await message(ADMIN, "missing"))
    expect(await message(ADMIN, "missing")).toMatch(/Cannot find the collection/)
  })

  test("shows the model only the evidence and the question", async () => {
    await ask("How many weeks of paid leave do parents get?")
    const prompt =
      written.requests
        .at(-1)
        ?.map((message) => message.content)
        .join("\n") ?? ""
    expect(prompt).toContain("16 weeks")
    expect(prompt).not.toContain("doctor")
  })

  test("throws cancelled when the signal has fired", async () => {
    const call = { principal: ADMIN, signal: AbortSignal.abort() }
    await expect(lastAnswer(base.kb.ask({ question: "leave" }, call))).rejects.toMatchObject({ code: "cancelled" })
  })

  test("throws model-not-found for a generator that nobody knows", async () => {
    const events = base.kb.ask({ question: "leave", model: "none-such" }, { principal: ADMIN })
    await expect(lastAnswer(events)).rejects.toMatchObject({ code: "model-not-found" })
  })

  test("answers questions of special characters alone without failing", async () => {
    for (const question of ["?!*", "' OR 1=1 --", '"', "<|im_end|>", "\\", "a".repeat(8_000)]) {
      expect((await ask(question, { generate: false })).question.length).toBeGreaterThan(0)
    }
  })
})

describe("readingWarnings()", () => {
  test("a scan that an answer rests on is named with the confidence of its recognition", async () => {
    const own = await openTestBase(mkdtempSync(join(folder, "scan-")), models)
    try {
      await own.ingest(join(packageRoot, "data", "sample", "operations", "delivery-note-scan.pdf"))
      const { data } = await own.kb.listDocuments({ principal: ADMIN })
      const citation = { documentId: data[0]?.id, path: "scan.pdf", page: 1 } as Citation
      const [warning, ...more] = await readingWarnings([citation, citation], createTextLoader(own.parts))
      expect(warning?.code).toBe("weak-page")
      expect(warning?.message).toMatch(/^"scan.pdf", page 1 was read by recognition \(confidence \d+\)$/)
      expect(more).toEqual([])
    } finally {
      await own.kb.dispose()
    }
  })
})

describe("search()", () => {
  test("ranks the passage that answers first and gives all its scores", async () => {
    const { passages, generation } = await base.kb.search({ question: "PF-2210-B bolts" }, { principal: ADMIN })
    expect(passages[0]).toMatchObject({ rank: 1, path: "pump.md", title: "Pump PF-2210-B" })
    expect(passages[0]?.scores.dense).toBeGreaterThan(0)
    expect(passages[0]?.scores.lexical).toBeGreaterThan(0)
    expect(generation).toBe("test")
  })

  test("gives passages whose text is the canonical text at their place", async () => {
    const { passages } = await base.kb.search({ question: "leave of employees" }, { principal: ADMIN })
    for (const passage of passages) {
      const range = { start: passage.start, end: passage.end }
      expect(await base.kb.readText(passage.documentId, range, { principal: ADMIN })).toBe(passage.text)
    }
    expect(passages.length).toBeGreaterThan(0)
  })

  test("keeps to the limit", async () => {
    const { passages } = await base.kb.search({ question: "leave", limit: 1 }, { principal: ADMIN })
    expect(passages).toHaveLength(1)
  })
})

describe("verify()", () => {
  test("refuses a quote after one byte of the stored text has changed", async () => {
    const own = mkdtempSync(join(folder, "damaged-"))
    writeFileSync(join(own, "leave.md"), LEAVE)
    const damaged = await openTestBase(join(own, "data"), models)
    try {
      await damaged.ingest(join(own, "leave.md"))
      const question = { question: "How many weeks of paid leave do parents get?" }
      expect(await lastAnswer(damaged.kb.ask(question, { principal: ADMIN }))).toMatchObject({ status: "answered" })
      const texts = join(own, "data", "texts")
      const [file] = readdirSync(texts, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const path = join(file?.parentPath ?? "", file?.name ?? "")
      const bytes = readFileSync(path)
      bytes[bytes.indexOf("16 weeks")] = "9".charCodeAt(0)
      writeFileSync(path, bytes)
      const given = await lastAnswer(damaged.kb.ask(question, { principal: ADMIN }))
      expect(given).toMatchObject({ status: "abstained", reason: "unsupported", citations: [] })
      expect(given.warnings.map((warning) => warning.code)).toContain("quote-refused")
      expect((await damaged.kb.doctor({ repair: false })).violations.map((one) => one.invariant)).toContain("V8")
      expect((await damaged.kb.doctor({ repair: true })).violations).toEqual([])
      expect(await lastAnswer(damaged.kb.ask(question, { principal: ADMIN }))).toMatchObject({ status: "answered" })
    } finally {
      await damaged.kb.dispose()
    }
  })
})
