import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { lastAnswer } from "../src/app/answer.ts"
import { evalRows } from "./support/eval-rows.ts"
import { createFakeEmbedder } from "./support/fake-embedder.ts"
import { createFakeGenerator } from "./support/fake-generator.ts"
import { createFakeReader } from "./support/fake-reader.ts"
import { ADMIN, openTestBase, type TestBase } from "./support/knowledge-base.ts"

interface Lie {
  readonly kind: string
  readonly title: string
  readonly question: string
  readonly evidence: string
  readonly sentence: string
}

const lies = evalRows<Lie>("lies/lies.jsonl")

/** What the generator says next, whatever it is asked. */
let says = ""
let folder: string
let base: TestBase

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ibid-verification-"))
  const docs = join(folder, "docs")
  mkdirSync(docs)
  const texts = new Map(lies.map(({ title, evidence }) => [title, evidence]))
  for (const [title, evidence] of texts) writeFileSync(join(docs, `${title}.md`), `# ${title}\n\n${evidence}\n`)
  writeFileSync(join(docs, "rota-2024.md"), "# Night rota\n\nThe night guard checks the boiler gauge every 4 hours.\n")
  writeFileSync(join(docs, "rota-2026.md"), "# Night rota\n\nThe night guard checks the boiler gauge every 6 hours.\n")
  const reader = createFakeReader()
  // every question is answered, so that the sentence itself is what is judged
  const readWithTrust: typeof reader.read = async (...call) =>
    (await reader.read(...call)).map((reading) => ({ ...reading, answerable: 6 }))
  const models = {
    embedder: createFakeEmbedder(),
    reader: { ...reader, read: readWithTrust },
    dispose: async () => undefined,
  }
  base = await openTestBase(join(folder, "data"), models, { generator: createFakeGenerator(() => [says]) })
  await base.ingest(docs)
}, 60_000)

afterAll(async () => {
  await base.kb.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(question: string, sentence: string) {
  says = sentence
  return await lastAnswer(base.kb.ask({ question: `${question}`, limit: 5 }, { principal: ADMIN }))
}

const plain = (text: string) => text.replace(/\s*\[[^\]]*\]/g, "").trim()

describe("the answer flow and a generator that lies", () => {
  test("shows at most 5 % of what it says, and never with a quote that is not in its document", async () => {
    const shown: string[] = []
    let answers = 0
    for (const lie of lies) {
      const given = await ask(lie.question, lie.sentence)
      if (given.status === "answered") answers += 1
      const markers = new Set(given.citations.map(({ marker }) => marker))
      for (const sentence of given.sentences) {
        expect(sentence.citations.length).toBeGreaterThan(0)
        for (const marker of sentence.citations) expect(markers.has(marker)).toBe(true)
      }
      for (const citation of given.citations) expect(citation.verified).toBe(true)
      if (given.mode !== "generated" || !given.text.includes(plain(lie.sentence))) continue
      // a quote of another document may stand when it is cited to that document
      const [first] = given.citations
      const isMoved = lie.kind === "foreign-quote" && first !== undefined && !first.path.startsWith(lie.title)
      if (!isMoved) shown.push(`${lie.kind}: ${lie.sentence}`)
    }
    process.stdout.write(`Lies through the answer flow: ${lies.length - shown.length} of ${lies.length} withheld, `)
    process.stdout.write(`${answers} answered by quotes\n`)
    expect(shown.length).toBeLessThanOrEqual(0.05 * lies.length)
    expect(shown.filter((one) => /^(?:number|unit|date|code|name|unknown-id)/.test(one))).toEqual([])
  }, 120_000)
})

describe("the answer flow and two documents that differ", () => {
  const question = "How often does the night guard check the boiler gauge?"

  test("cites both, and warns with both values and the dates of both documents", async () => {
    const given = await ask(question, "The night guard checks the boiler gauge every 4 hours.")
    expect(given.citations.map(({ path }) => path).sort()).toEqual(["rota-2024.md", "rota-2026.md"])
    expect(given.text).toMatch(/4 hours.*6 hours|6 hours.*4 hours/)
    const warning = given.warnings.find(({ code }) => code === "conflicting-sources")
    expect(warning?.message).toMatch(/4 hour/)
    expect(warning?.message).toMatch(/6 hour/)
    for (const { modifiedAt } of given.citations) expect(warning?.message).toContain(modifiedAt.slice(0, 10))
  })

  test("cites a sentence to the document that says so, whatever marker it came with", async () => {
    for (const [hours, path] of [
      [4, "rota-2024.md"],
      [6, "rota-2026.md"],
    ] as const) {
      const given = await ask(question, `The night guard checks the boiler gauge every ${hours} hours [9].`)
      const marker = given.sentences[0]?.citations[0]
      expect(given.citations.find((citation) => citation.marker === marker)?.path).toBe(path)
    }
  })

  test("does not warn where one document answers", async () => {
    const given = await ask("At what pressure does the emergency valve open?", "It opens at 6.5 bar.")
    expect(given.warnings.map(({ code }) => code)).not.toContain("conflicting-sources")
  })
})
