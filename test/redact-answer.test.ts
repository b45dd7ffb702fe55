import { expect, test } from "vitest"
import { documentsOf, redactReceipt, SOURCE_REMOVED } from "../src/core/redact-answer.ts"
import type { Answer, DocumentId, Revision } from "../src/core/types.ts"

const [GONE, KEPT] = ["doc_gone", "doc_kept"] as DocumentId[] as [DocumentId, DocumentId]
const SECRET = "zeppelin"

function placeOf(documentId: DocumentId, text: string) {
  const scores = { fused: 1, dense: 1, lexical: 1, reader: 1 }
  const place = { documentId, path: `${text}.md`, page: 1, start: 0, end: 9 }
  const passage = { ...place, rank: 1, title: text, revision: "r" as Revision, headingPath: [text], text, scores }
  const dates = { modifiedAt: "2026-01-01T00:00:00.000Z", indexedAt: "2026-01-01T00:00:00.000Z" }
  const citation = { ...place, ...dates, title: text, revision: "r" as Revision, quote: text, verified: true }
  return {
    passage,
    evidence: { ...place, quote: text, score: 1 },
    citation: { ...citation, changedSinceIndexed: false },
  }
}

function answerOf(): Answer {
  const [gone, kept] = [placeOf(GONE, SECRET), placeOf(KEPT, "harmless")]
  return {
    ...{
      id: "ans_1",
      status: "answered",
      mode: "extractive",
      question: "q",
      confidence: 1,
      reason: null,
      receipt: null,
    },
    text: `“${SECRET}” [1] “harmless” [2]`,
    sentences: [
      { text: `“${SECRET}” [1]`, citations: [1], supported: true },
      { text: "“harmless” [2]", citations: [2], supported: true },
    ],
    citations: [
      { ...gone.citation, marker: 1, pageLabel: SECRET, tableHeader: SECRET },
      { ...kept.citation, marker: 2 },
    ],
    evidence: [gone.evidence, kept.evidence],
    passages: [gone.passage, kept.passage],
    warnings: [
      { code: "conflicting-sources", message: `Two documents differ: ${SECRET}` },
      { code: "lexical-unavailable", message: "Passages were found by meaning alone" },
      { code: "model-busy", message: "Went on without the language model: it is busy with other questions" },
    ],
    model: { generator: "g", reader: null, embedder: "e" },
    timings: { retrieveMs: 1, evidenceMs: 1, firstTokenMs: null, totalMs: 1 },
  }
}

test("redactReceipt() leaves no text, name, label or warning of a document that is gone", () => {
  const redacted = redactReceipt({ answer: answerOf(), written: `It is ${SECRET}.` }, (id) => id === GONE)
  expect(JSON.stringify(redacted)).not.toContain(SECRET)
  expect(redacted.answer.text).toBe(`${SOURCE_REMOVED} “harmless” [2]`)
  expect(redacted.written).toBeNull()
})

test("redactReceipt() keeps ids, places and scores, and all of the other documents", () => {
  const { answer } = redactReceipt({ answer: answerOf(), written: null }, (id) => id === GONE)
  expect(documentsOf(answer)).toEqual([GONE, KEPT])
  expect(answer.citations[0]).toMatchObject({ marker: 1, start: 0, end: 9, verified: false })
  expect(answer.passages[0]?.scores.fused).toBe(1)
  const whole = answerOf()
  expect([answer.citations[1], answer.evidence[1], answer.passages[1], answer.warnings.slice(1)]).toEqual([
    ...[whole.citations[1], whole.evidence[1], whole.passages[1], whole.warnings.slice(1)],
  ])
})

test("redactReceipt() returns what mentions no such document as it is", () => {
  const receipt = { answer: answerOf(), written: "w" }
  expect(redactReceipt(receipt, () => false)).toBe(receipt)
})
