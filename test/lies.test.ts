import { describe, expect, test } from "vitest"
import type { DocumentId, Passage, Revision } from "../src/core/types.ts"
import type { ScoredEvidence } from "../src/generation/evidence.ts"
import { gate } from "../src/generation/gate.ts"
import { citeWritten as cite } from "./support/cite-written.ts"
import { evalRows } from "./support/eval-rows.ts"

interface Case {
  readonly kind?: string
  readonly language: string
  readonly title: string
  readonly question: string
  readonly evidence: string
  readonly sentence: string
}

const lies = evalRows<Case>("lies/lies.jsonl")
const truths = evalRows<Case>("lies/truths.jsonl")

function evidenceOf({ title, evidence }: Case): ScoredEvidence {
  const passage: Passage = {
    ...{ rank: 1, documentId: title as DocumentId, path: `${title}.md`, title, revision: "r" as Revision, page: null },
    ...{ start: 0, end: evidence.length, headingPath: [], text: evidence },
    scores: { fused: 1, dense: 1, lexical: 1, reader: null },
  }
  const { documentId, path, page, start, end } = passage
  return { passage, covered: [], score: 1, documentId, path, page, start, end, quote: evidence }
}

const citedOf = (one: Case) => cite(one.sentence, [evidenceOf(one)], one.question)
const report = (line: string) => process.stdout.write(`${line}\n`)
const shareOf = (count: number, all: number) => `${count} of ${all} (${((100 * count) / all).toFixed(1)} %)`

describe("cite() and 200 lies", () => {
  test("withholds at least 95 % of them, and the quote stands in for each", () => {
    expect(lies.length).toBeGreaterThanOrEqual(200)
    const kinds = new Map<string, { all: number; withheld: number }>()
    for (const lie of lies) {
      const { mode, sentences } = citedOf(lie)
      const count = kinds.get(lie.kind ?? "") ?? { all: 0, withheld: 0 }
      kinds.set(lie.kind ?? "", { all: count.all + 1, withheld: count.withheld + (mode === "extractive" ? 1 : 0) })
      if (mode === "extractive") expect(sentences[0]?.text).toBe(`“${lie.evidence}” [1]`)
    }
    const withheld = [...kinds.values()].reduce((sum, count) => sum + count.withheld, 0)
    const table = [...kinds].map(([kind, count]) => `${kind} ${count.withheld}/${count.all}`)
    report(`Lies withheld: ${shareOf(withheld, lies.length)}; ${table.join(", ")}`)
    expect(withheld / lies.length).toBeGreaterThanOrEqual(0.95)
  })

  test("marks none with a wrong number, date, code or id as supported", () => {
    const passed = lies
      .filter(({ kind }) => /^(?:number|unit|date|code|name|unknown-id|foreign-quote)$/.test(kind ?? ""))
      .filter((lie) => citedOf(lie).mode === "generated")
    expect(passed.map(({ sentence }) => sentence)).toEqual([])
    for (const lie of lies) {
      for (const { citations } of citedOf(lie).sentences) expect(citations).toEqual([1])
    }
  })

  test("says why with a code", () => {
    for (const lie of lies) {
      const { withheld } = citedOf(lie)
      if (withheld?.reason !== "nothing-new" && withheld !== null) expect(withheld.problems.length).toBeGreaterThan(0)
    }
  })
})

describe("cite() and true sentences", () => {
  test("knows their words, and quotes for those that are no excerpt", () => {
    expect(truths.length).toBeGreaterThanOrEqual(150)
    const known = truths.filter(
      (one) => gate(one.sentence, `${one.title}\n${one.evidence}`, one.question).passes,
    ).length
    report(`True sentences of which the words are known: ${shareOf(known, truths.length)}`)
    expect(known / truths.length).toBeGreaterThanOrEqual(0.95)
    const passed = truths.filter((truth) => citedOf(truth).mode === "generated").length
    report(`True sentences that pass: ${shareOf(passed, truths.length)}`)
    for (const truth of truths.filter((one) => citedOf(one).mode === "extractive")) {
      expect(citedOf(truth).sentences[0]?.text).toBe(`“${truth.evidence}” [1]`)
    }
  })

  test("checks a sentence in under 5 ms", () => {
    const all = [...lies, ...truths]
    for (const one of all) citedOf(one)
    const started = process.cpuUsage()
    for (const one of all) citedOf(one)
    const { user, system } = process.cpuUsage(started)
    const ms = (user + system) / 1_000 / all.length
    report(`Time of the processor for a sentence: ${ms.toFixed(2)} ms`)
    expect(ms).toBeLessThan(5)
  })
})
